"""Statements of indented configs as a profile tells them: what a line says, and what may stand in its block.

The reader of that language describes their keys.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_FIRST_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?=\\? |$)")
_GROUPS = re.compile(r"\{(\w+)(?::(mask|wildcard))?\}")
_ALL_ONES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the language as the profile tells it."""

    pattern: re.Pattern[str]
    section: str | None
    values: Mapping[str, str]
    no: Mapping[str, str] | None
    odd: str | None
    derive: tuple[tuple[dict[str, tuple[str, ...]], Mapping[str, str]], ...]
    inside: Level
    beside: Level


class Level:
    """The statements that may stand in one block, found by their first word."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self.statements = tuple(_statement(entry) for entry in entries)
        self._by_word: dict[str, list[Statement]] = {}
        words = [_FIRST_WORD.match(str(entry["line"])) for entry in entries]
        for word in {match.group() for match in words if match}:
            self._by_word[word] = [
                statement
                for statement, match in zip(self.statements, words, strict=True)
                if match is None or match.group() == word
            ]
        self._other = [s for s, match in zip(self.statements, words, strict=True) if match is None]

    def match(self, line: str, *, negated: bool) -> tuple[Statement, re.Match[str]] | None:
        """Return the first statement that fits the line."""
        for statement in self._by_word.get(line.partition(" ")[0], self._other):
            if negated and statement.no is None and statement.odd is None:
                continue
            match = statement.pattern.fullmatch(line)
            if match:
                return statement, match
        return None


def _statement(entry: Mapping[str, Any]) -> Statement:
    derive = tuple(
        (
            {
                key: tuple(map(str, want)) if isinstance(want, list) else (str(want),)
                for key, want in case["where"].items()
            },
            _texts(case["values"]),
        )
        for case in entry.get("derive", ())
    )
    return Statement(
        pattern=re.compile(str(entry["line"])),
        section=entry.get("section"),
        values=_texts(entry.get("values", {})),
        no=_texts(entry["no"]) if "no" in entry else None,
        odd=entry.get("odd"),
        derive=derive,
        inside=Level(entry["inside"]) if entry.get("inside") else NOTHING,
        beside=Level(entry["beside"]) if entry.get("beside") else NOTHING,
    )


def _texts(values: Mapping[Any, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in values.items()}


def values_of(statement: Statement, match: re.Match[str], *, negated: bool) -> dict[str, str]:
    """Return the groups that took part and the values that the profile adds to them."""
    groups = {key: value for key, value in match.groupdict().items() if value is not None}
    added = {**statement.values, **(statement.no or {})} if negated else statement.values
    filled = {
        key: _GROUPS.sub(lambda part: _length(groups[part[1]], part[2]), template)
        for key, template in added.items()
        if all(name in groups for name, _as in _GROUPS.findall(template))
    }
    return {**groups, **filled}


def _length(text: str, form: str | None) -> str:
    """Return a mask, or an inverted one, as the length of a prefix; one with gaps, and any other text, as written."""
    if form is None:
        return text
    try:
        mask = int(ipaddress.IPv4Address(text)) ^ (_ALL_ONES if form == "wildcard" else 0)
    except ValueError:
        return text
    length = mask.bit_count()
    return str(length) if mask == _ALL_ONES ^ (_ALL_ONES >> length) else text


def sections_of(level: Level) -> Iterator[str]:
    """Yield every section that the statements of a level and of its blocks can fill."""
    for statement in level.statements:
        if statement.section is not None:
            yield statement.section
        yield from sections_of(statement.inside)
        yield from sections_of(statement.beside)


NOTHING = Level(())
