"""What every reader returns, whatever the language: records in sections, in the order of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One statement, table row or object of a document.

    `section` says which table of the device it belongs to, in the words that the profile uses. `values` maps the
    language's own keys to their text, unquoted. `line` is the 1-based line within the text that was read on which the
    record starts, `lines` those of single values where a record spans several. `twin`: another document of the same
    device shows the statement in its own language, if the profile names one (`twin`).
    """

    section: str
    values: Mapping[str, str]
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    twin: bool = False

    def line_of(self, key: str) -> int:
        """Return the line on which a value stands."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """A line that may hold a fact of this section and that the reader could not read: never to be passed over."""

    section: str
    line: int
    why: str
    twin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole document, read.

    `sections` holds every section that begins in the text, with the line of each beginning, in order, also those
    without a record: what is absent can be judged by what follows. `ended` tells whether the text shows its own end,
    None where the language has no such mark. `closed` are sections of which every beginning has its own end: what they do
    not hold is not there, nor in the sections inside them, whose names are theirs and a word more.
    """

    records: tuple[Record, ...] = ()
    sections: tuple[tuple[str, int], ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    ended: bool | None = None
    closed: frozenset[str] = frozenset()
