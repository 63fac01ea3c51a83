"""All documents of a capture, read, as one thing to ask: what is stated where, and what may be taken as absent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.extract.joins import joined
from auditor.extract.readers import reader_for
from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.model.capture import Capture, Document, Outcome
from auditor.model.facts import Evidence
from auditor.model.text import _
from auditor.profiles.schema import Completeness, DocumentKind, Pick, Profile, Where

ABSENT, ANY = "-", "*"  # in a profile's `where`: the key is not there; it is there, whatever it holds
_READABLE = frozenset({Outcome.OK, Outcome.FRAGMENT, Outcome.CUT_OFF})
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with its place in the profile and what its reader made of it."""

    document: Document
    spec: DocumentKind
    reading: Reading
    lines: Sequence[str]

    def evidence(self, line: int) -> Evidence:
        """Return the evidence for a line of the text, counted as it was collected."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Evidence(
            document=self.document.name,
            line=self.document.first_line + line - 1,
            text=text.rstrip()[:_LONGEST_QUOTE],
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


@dataclass(frozen=True, slots=True)
class Absence:
    """What it means that nothing was found: `known` if it proves that nothing is there, else `why` not.

    `by_default`: unwritten statements have their default value; otherwise there simply is no such row.
    `failed`: a document that could have told was not readable.
    """

    known: bool
    by_default: bool = False
    failed: bool = False
    why: str = ""


class View:
    """Answers questions about a capture; built once for each audit."""

    def __init__(self, capture: Capture, profile: Profile) -> None:
        self._profile = profile
        self._absences: dict[str, Absence] = {}
        self._sections: dict[str, tuple[Found, ...]] = {}
        self.path_key = profile.facts.paths.key if profile.facts.paths else ""
        order = {kind: index for index, kind in enumerate(profile.documents)}
        known = [doc for doc in capture.documents if doc.kind in order]
        self.unreadable = tuple(doc for doc in known if doc.outcome not in _READABLE)
        self.documents = tuple(
            self._read(doc)
            for doc in sorted(known, key=lambda doc: order[doc.kind])
            if doc.outcome in _READABLE
        )

    def _read(self, document: Document) -> ReadDocument:
        spec = self._profile.documents[document.kind]
        text = document.text
        noise = self._profile.session.noise if self._profile.session else ()
        for pattern in noise:
            text = re.sub(f"(?m){pattern}.*$", "", text)
        reading = reader_for(spec.reader)(text, spec.options)
        if document.context and self.path_key:
            here = {self.path_key: document.context}
            records = (replace(r, values={**here, **r.values}) for r in reading.records)
            reading = replace(reading, records=tuple(records))
        return ReadDocument(document, spec, reading, document.text.split("\n"))

    def records(self, section: str, where: Where | None = None) -> Iterator[Found]:
        """Yield every record of a section that has these values, in the order of the profile's documents."""
        if section not in self._sections:
            rows = (
                joined(self, self._profile, section)
                if section in self._profile.facts.joins
                else self._stated(section)
            )
            self._sections[section] = tuple(rows)
        for found in self._sections[section]:
            if matches(found.record.values, where or {}):
                yield found

    def _stated(self, section: str) -> Iterator[Found]:
        for source in self.documents:
            for record in source.reading.records:
                if record.section == section:
                    yield Found(source, record)

    def path_of(self, found: Found) -> str:
        """Return the path (VDOM, VRF) that a record belongs to, empty for all."""
        return found.record.values.get(self.path_key, "")

    def setting(self, section: str, where: Where, key: str, ignore: Sequence[str] = ()) -> Found | None:
        """Return the record that sets a key: the last one of the first document that states it."""
        stated = [
            f for f in self.records(section, where) if f.record.values.get(key, "") not in {"", *ignore}
        ]
        return next((f for f in reversed(stated) if f.source is stated[0].source), None)

    def pick(self, pick: Pick) -> Iterator[tuple[str, Found]]:
        """Yield the values that a pick points to."""
        for found in self.records(pick.section, pick.where):
            value = found.record.values.get(pick.key)
            if value is None:
                continue
            for part in value.split(pick.split) if pick.split else (value,):
                if pick.pattern:
                    match = re.search(pick.pattern, part)
                    if match:
                        yield match.group(1).strip(), found
                elif part.strip():
                    yield part.strip(), found

    def first(self, picks: Sequence[Pick]) -> tuple[str, Found] | None:
        """Return the first value that any of the picks points to."""
        return next((hit for pick in picks for hit in self.pick(pick)), None)

    def not_understood(self, section: str) -> Iterator[tuple[NotUnderstood, ReadDocument]]:
        """Yield the lines that may belong to a section and could not be read."""
        wanted = self._sides(section)
        for source in self.documents:
            for odd in source.reading.not_understood:
                if odd.section in wanted:
                    yield odd, source

    def _sides(self, section: str) -> tuple[str, ...]:
        """Return the sections of documents that a section is made of: itself, or both sides of its join."""
        join = self._profile.facts.joins.get(section)
        if join is None:
            return () if section in self._profile.facts.tables else (section,)
        names = (join.left, *(groups.section for groups in join.groups), *join.right)
        return tuple(dict.fromkeys(side for name in names for side in self._sides(name)))

    def absence(self, section: str) -> Absence:
        """Tell what it means that a section does not state something."""
        if section not in self._absences:
            sides = [self._absence(side) for side in self._sides(section)]
            self._absences[section] = next((side for side in sides if not side.known), sides[0])
        return self._absences[section]

    def _absence(self, section: str) -> Absence:
        failed = [
            doc
            for doc in self.unreadable
            if self._covers(doc, section)
            and not (doc.outcome is Outcome.REFUSED and self._profile.documents[doc.kind].optional)
        ]
        if failed:
            return Absence(known=False, failed=True, why=_reason(failed[0]))
        covering = [doc for doc in self.documents if self._covers(doc.document, section)]
        if not covering:
            return Absence(known=False, why=_("no document that was read can show it"))
        lacking = self._lacking(covering)
        if lacking:
            return Absence(
                known=False, why=_("it may stand in what {name} shows, which is missing").format(name=lacking)
            )
        absences = {doc.document.kind: _absence_in(doc, section) for doc in covering}
        doubtful = next((absence for absence in absences.values() if not absence.known), None)
        together = {kind for doc in covering for kind in doc.spec.beside}
        for kind, absence in absences.items():
            if absence.known and (doubtful is None or not doubtful.failed):
                open_end = next((a for k, a in absences.items() if k in together and not a.known), None)
                return open_end if open_end and kind in together else absence
        return doubtful or next(iter(absences.values()))

    def covers(self, section: str) -> bool:
        """Tell whether a document that was read may show this section."""
        return any(
            self._covers(doc.document, side) for doc in self.documents for side in self._sides(section)
        )

    def _lacking(self, covering: Sequence[ReadDocument]) -> str:
        """Return the name of a document without which these prove nothing, or an empty text."""
        read = {doc.document.kind for doc in self.documents}
        had = read | {doc.kind for doc in self.unreadable}
        wanted = [kind for doc in covering for kind in doc.spec.beside if kind not in had]
        wanted += [
            kind
            for doc in covering
            for mark, kind in doc.spec.complete.elsewhere.items()
            if kind not in read and re.search(mark, doc.document.text, re.MULTILINE)
        ]
        return next((self._profile.documents[kind].command or kind for kind in wanted), "")

    def _covers(self, document: Document, section: str) -> bool:
        sections = self._profile.documents[document.kind].sections
        return section in sections or "*" in sections


def matches(values: Mapping[str, str], where: Where) -> bool:
    """Tell whether a record has one of the wanted values for every key; `-` is "not there", `*` any value."""
    return all(
        values[key] in wanted or ANY in wanted if key in values else ABSENT in wanted
        for key, wanted in where.items()
    )


def _reason(document: Document) -> str:
    reasons = {
        Outcome.REFUSED: _("{name} was refused: {detail}"),
        Outcome.NO_PRIVILEGE: _("the log-in may not run {name}: {detail}"),
        Outcome.TIMED_OUT: _("{name} did not end in time"),
        Outcome.SKIPPED: _("{name} was not run: {detail}"),
    }
    text = reasons.get(document.outcome, _("{name} could not be read"))
    return text.format(name=document.name, detail=document.detail).rstrip(": ")


def _absence_in(source: ReadDocument, section: str) -> Absence:
    """Judge one document: is it whole as far as this section goes?"""
    spec, name = source.spec, source.document.name
    if spec.absence == "unknown":
        return Absence(known=False, why=_("{name} does not show it").format(name=name))
    if any(re.search(mark, source.document.text, re.MULTILINE) for mark in spec.complete.broken):
        return Absence(known=False, failed=True, why=_("{name} is a partly failed export").format(name=name))
    if source.document.outcome is Outcome.CUT_OFF:
        return Absence(known=False, failed=True, why=_("{name} was cut off").format(name=name))
    if source.reading.ended is False:
        return Absence(known=False, why=_("{name} does not show its own end").format(name=name))
    if source.document.outcome is Outcome.OK or _proven_whole(source, spec.complete, section):
        return Absence(known=True, by_default=spec.absence == "default")
    return Absence(
        known=False,
        why=_("{name} may end before it: nothing in the text proves that it is whole").format(name=name),
    )


def _proven_whole(source: ReadDocument, complete: Completeness, section: str) -> bool:
    """Tell whether a text from a file shows its own end, or something that stands behind the section."""
    begins = [line for name, line in source.reading.sections if name == section]
    if complete.end:
        last = next((line for line in reversed(source.lines) if line.strip()), "")
        if re.search(complete.end, last):
            return True
    if source.reading.ended and begins:
        return True
    if section not in complete.order:
        return False
    start = max(begins, default=0)
    behind = complete.order[complete.order.index(section) + 1 :]
    return any(line > start and name in behind for name, line in source.reading.sections)
