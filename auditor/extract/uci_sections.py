"""What a section of UCI holds, as a profile's reader options say it: options in, records out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.extract.records import NotUnderstood, Record

NAME, IDENTITY = "@name", "@section"  # keys of every record: the section's name, and how commands call it


@dataclass(slots=True, kw_only=True)
class Section:
    """One section while it is read; `cut`: the text may end before it does."""

    package: str
    kind: str
    name: str
    identity: str
    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    cut: bool = False

    @property
    def place(self) -> str:
        """Return the section's name in profiles."""
        return f"{self.package} {self.kind}"

    def set(self, key: str, values: list[str], line: int) -> None:
        """Give an option its value; a later one replaces it."""
        self.values[key] = values
        self.lines[key] = line

    def add(self, key: str, values: list[str], line: int) -> None:
        """Add to a list."""
        self.values.setdefault(key, []).extend(values)
        self.lines.setdefault(key, line)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a section.

    `section` and `keys` are other names for the records; `defaults` are what an option that is not written means
    (`$key`: as another option), `shapes` what a value has to look like to be understood, `foreign` values (patterns)
    of a section that is about something else and is left out, `words` other spellings of values, `commas` keys whose
    several values are joined by commas, and `each` the key of which every value gives a record of its own.
    """

    section: str
    keys: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    foreign: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    commas: frozenset[str] = frozenset()
    each: str = ""


def kinds_of(options: Mapping[str, Any]) -> dict[str, Kind]:
    """Return the sections that the options of a profile describe, by `<package> <type>`."""
    return {
        place: Kind(
            section=str(given.get("section", place)),
            keys=dict(given.get("keys", {})),
            defaults=dict(given.get("defaults", {})),
            shapes={key: re.compile(shape) for key, shape in given.get("shapes", {}).items()},
            foreign={key: re.compile(shape) for key, shape in given.get("foreign", {}).items()},
            words=dict(given.get("words", {})),
            commas=frozenset(given.get("commas", ())),
            each=str(given.get("each", "")),
        )
        for place, given in options.get("sections", {}).items()
    }


def records_of(section: Section, kind: Kind) -> Iterator[Record | NotUnderstood]:
    """Yield the records of a section, or what of it was not understood."""
    values = {key: _joined(parts, key in kind.commas) for key, parts in section.values.items()}
    if any(shape.search(values.get(key, "")) for key, shape in kind.foreign.items()):
        return
    odd = next((key for key, shape in kind.shapes.items() if not shape.fullmatch(values.get(key, ""))), None)
    missing = next((key for key in kind.defaults if not values.get(key)), None)
    if odd is not None or (section.cut and missing is not None):
        line = section.line if odd is None else section.lines.get(odd, section.line)
        why = f"{section.identity}: {odd or missing} {values.get(odd or '', '')}".rstrip()[:80]
        yield NotUnderstood(section=kind.section, line=line, why=why)
        return
    for key, default in kind.defaults.items():
        if not values.get(key):
            values[key] = values.get(default[1:], "") if default.startswith("$") else default
    values = {key: value for key, value in values.items() if value}
    values |= {IDENTITY: section.identity, **({NAME: section.name} if section.name else {})}
    for row in _rows(values, kind):
        named = {kind.keys.get(key, key): value for key, value in row.items()}
        lines = {kind.keys.get(key, key): line for key, line in section.lines.items()}
        yield Record(section=kind.section, values=named, line=section.line, lines=lines)


def _joined(parts: list[str], commas: bool) -> str:
    words = " ".join(parts).strip()
    return ",".join(words.split()) if commas else words


def _rows(values: dict[str, str], kind: Kind) -> Iterator[dict[str, str]]:
    if kind.each not in values:
        yield values
        return
    words = " ".join(kind.words.get(word.lower(), word) for word in values[kind.each].split())
    for word in dict.fromkeys(words.split()):
        yield {**values, kind.each: word}
