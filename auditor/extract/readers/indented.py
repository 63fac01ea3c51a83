"""Reads configs in which a line is a statement and deeper indented lines belong to the statement above them.

What the lines say is told by the profile. Options:

    lines        statements, tried in order; the first whose pattern fits counts
    negation     the word that takes a statement back (`no`, `undo`)
    separator    how a line starts that says nothing (comments, dividers)
    opaque       texts that are not config (banners, macros): `{begin: ..., end: ...}`; without `end` the text ends on the
                 line that holds again what the group `end` of `begin` matched

A statement has `line` (a pattern for the whole line without indentation and negation; its named groups become values)
and may have `section` (a record of its own; without it the values go to the record of the block around it), `values`
(further ones, which may use groups in braces, `{x:mask}` and `{x:wildcard}` as the length of a prefix, and are left out where one took no part), `no` (values where the
line is negated; without it a negated line does not fit), `inside` (the statements of its block), `derive` (values by what
the whole record says: the first of `{where: ..., values: ...}` that fits) and `odd` (a section: such a line may hold a
fact of it and is not understood).

A record also has the values of the blocks around it. Where a text lost all its indentation, a line belongs to the
innermost open block that knows it, and a separator closes all blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.extract.found import matches
from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.extract.statements import NOTHING, Level, Statement, sections_of, values_of

_TAB = 8
_LONGEST = 80


@dataclass(slots=True)
class _Block:
    """An open statement: what it says so far, and the block around it."""

    indent: int
    level: Level
    around: _Block | None = None
    statement: Statement | None = None
    line: int = 0
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        """Whether it is known to hold nothing: what is indented beneath it belongs to the block around."""
        return self.statement is not None and self.level is NOTHING


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return the records of a config."""
    return _Reader(options).read(text)


class _Reader:
    """One reading of one text."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._root = Level(options["lines"])
        self._negation = f"{options['negation']} " if "negation" in options else ""
        self._separator = str(options.get("separator", "!"))
        self._opaque = [
            (re.compile(each["begin"]), re.compile(each["end"]) if "end" in each else None)
            for each in options.get("opaque", ())
        ]
        self._stack = [_Block(-1, self._root)]
        self._blocks: list[_Block] = []
        self._odd: list[NotUnderstood] = []
        self._flat = False

    def read(self, text: str) -> Reading:
        lines = text.split("\n")
        self._flat = not any(line[:1] in {" ", "\t"} and line.strip() for line in lines)
        for number, line in self._config_lines(lines):
            self._take(number, line)
        records = tuple(_records(self._blocks))
        begins: dict[str, int] = {}
        for record in records:
            begins.setdefault(record.section, record.line)
        return Reading(records=records, sections=tuple(begins.items()), not_understood=tuple(self._odd))

    def _config_lines(self, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yield the lines that are statements; texts that are none are passed over to their end."""
        closes: re.Pattern[str] | None = None
        opened = 0
        for number, line in enumerate(lines, 1):
            if closes is not None:
                closes = None if closes.search(line) else closes
                continue
            bare = line.strip()
            if not bare or bare.startswith(self._separator):
                if self._flat and bare:
                    del self._stack[1:]
                continue
            closes, opened = self._begins_opaque(" ".join(line.split())), number
            yield number, line
        if closes is not None:
            why = lines[opened - 1].strip()[:_LONGEST]
            self._odd += [
                NotUnderstood(section=name, line=opened, why=why) for name in sections_of(self._root)
            ]

    def _begins_opaque(self, line: str) -> re.Pattern[str] | None:
        """Return what ends the text that begins on this line, None if none begins or it ends on the same line."""
        for begin, end in self._opaque:
            match = begin.search(line)
            if match:
                closes = end or re.compile(re.escape(match["end"]))
                return None if closes.search(line, match.end()) else closes
        return None

    def _take(self, number: int, line: str) -> None:
        bare = " ".join(line.split())  # words may stand apart as they like
        indent = len(line.expandtabs(_TAB)) - len(line.expandtabs(_TAB).lstrip())
        if indent == 0 and bare[0].isdigit() and self._continues(number, bare):
            return
        negated = bool(self._negation) and bare.startswith(self._negation)
        statement = bare.removeprefix(self._negation) if negated else bare
        found = self._find(statement, indent, negated=negated)
        if found is None:
            if not self._flat:
                self._stack.append(_Block(indent, NOTHING, self._stack[-1]))
            return
        self._enter(*found, indent=indent, number=number, bare=bare, negated=negated)

    def _continues(self, number: int, bare: str) -> bool:
        """Tell whether a line is the end of a statement that a terminal broke; then neither part is trusted."""
        last = self._blocks[-1] if self._blocks else None
        if last is None or last.line != number - 1 or last.statement is None:
            return False
        self._blocks.pop()
        section = last.statement.section or ""
        self._odd.append(NotUnderstood(section=section, line=last.line, why=bare[:_LONGEST]))
        return True

    def _find(self, line: str, indent: int, *, negated: bool) -> tuple[Statement, re.Match[str]] | None:
        """Return the statement of a line; the block that it belongs to is then the last on the stack."""
        if not self._flat:
            while self._stack[-1].indent >= indent or self._stack[-1].is_leaf:
                self._stack.pop()
            return self._stack[-1].level.match(line, negated=negated)
        for depth in range(len(self._stack) - 1, -1, -1):
            found = self._stack[depth].level.match(line, negated=negated)
            if found:
                del self._stack[depth + 1 :]
                return found
        return None

    def _enter(
        self,
        statement: Statement,
        match: re.Match[str],
        *,
        indent: int,
        number: int,
        bare: str,
        negated: bool,
    ) -> None:
        """Keep what a statement says: as a record of its own, or in the block around it."""
        around = self._stack[-1]
        if statement.odd is not None:
            self._odd.append(NotUnderstood(section=statement.odd, line=number, why=bare[:_LONGEST]))
        values = values_of(statement, match, negated=negated) if statement.odd is None else {}
        block = _Block(indent, statement.inside, around, statement, number, values)
        if statement.section is None and around.statement is not None:
            around.values |= values
            around.lines |= dict.fromkeys(values, number)
            block.values = {}
        elif statement.section is not None:
            self._blocks.append(block)
        self._stack.append(block)


def _records(blocks: Sequence[_Block]) -> Iterator[Record]:
    """Yield the records in the order of the text, each with the values of the blocks around it."""
    whole: dict[int, tuple[dict[str, str], dict[str, int]]] = {id(None): ({}, {})}
    for block in blocks:
        outer_values, outer_lines = _around(block, whole)
        own_lines = {**dict.fromkeys(block.values, block.line), **block.lines}
        values, lines = {**outer_values, **block.values}, {**outer_lines, **own_lines}
        statement = block.statement
        if statement is None or statement.section is None:
            continue
        derived = next((more for where, more in statement.derive if matches(values, where)), {})
        values |= derived
        whole[id(block)] = (values, lines)
        yield Record(section=statement.section, values=values, line=block.line, lines=lines)


def _around(
    block: _Block, whole: Mapping[int, tuple[dict[str, str], dict[str, int]]]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return what the nearest record around a block says, with what stands between."""
    between: list[_Block] = []
    outer = block.around
    while outer is not None and id(outer) not in whole:
        between.append(outer)
        outer = outer.around
    values, lines = whole[id(outer)]
    for each in reversed(between):
        values = {**values, **each.values}
        lines = {**lines, **dict.fromkeys(each.values, each.line)}
    return values, lines
