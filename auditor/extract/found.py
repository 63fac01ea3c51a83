"""What was found: a record, the document that states it, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.model.capture import Document
from auditor.model.facts import Evidence
from auditor.model.text import _
from auditor.profiles.schema import DocumentKind, Where

ABSENT, ANY = "-", "*"  # in a profile's `where`: the key is not there; it is there, whatever it holds
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with its place in the profile and what its reader made of it."""

    document: Document
    spec: DocumentKind
    reading: Reading
    lines: Sequence[str]
    broken: bool  # it shows that a part of it is missing

    def evidence(self, line: int) -> Evidence:
        """Return the evidence for a line of the text, counted as it was collected."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Evidence(
            document=self.document.name,
            line=self.document.first_line + line - 1,
            text=text.rstrip()[:_LONGEST_QUOTE],
        )

    def doubt(self, odd: NotUnderstood) -> str:
        """Return, for a person, what it was that could not be read."""
        line = self.evidence(odd.line)
        return _("{document}, line {line} was not understood: {text}").format(
            document=line.document, line=line.line, text=odd.why
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A record and the document that states it; `beside` are records that a join put beside it, with their prefix."""

    source: ReadDocument
    record: Record
    beside: tuple[tuple[str, Found], ...] = ()

    def evidence(self, key: str | None = None) -> Evidence:
        """Return the evidence for one of the record's values, or for the record."""
        for prefix, other in self.beside:
            own = key.removeprefix(prefix) if key and key.startswith(prefix) else None
            if own in other.record.values:
                return other.evidence(own)
        return self.source.evidence(self.record.line_of(key) if key else self.record.line)


def matches(values: Mapping[str, str], where: Where) -> bool:
    """Tell whether a record has one of the wanted values for every key; `-` is "not there", `*` any value."""
    for key, wanted in where.items():
        value = values.get(key)
        if not (ABSENT in wanted if value is None else value in wanted or ANY in wanted):
            return False
    return True
