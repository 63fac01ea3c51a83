r"""Reads configs made of nested blocks: `config … / edit … / set … / next / end`.

The language: `config firewall policy` opens a block, `edit 7` an object in it, `set key value …` gives it values and
`unset key` takes one back; `next` closes the object, `end` the block. Blocks stand inside objects and blocks. A value in
double quotes holds anything, also line ends and words such as `end`; a backslash keeps the next character. `#` starts a
comment, also behind a statement; an empty value is none. The text is a script: what it says later about the same object counts. Only one vendor
speaks it today; it is a language of its own all the same, because exports, listings, scripts and sessions are written in it.

A record's section is the names of the blocks around it (`system session-ttl port`), its values are the keys as written,
`@edit` (the object's name) and `@<section>` for every object that the block stands in. Several values of one key are
divided by a line end.

Options, all of them left out where nothing is to be done:

- `wrappers`: blocks around whole configs, with the key under which the records inside carry the name of the object,
  or an empty text: `{vdom: "@vdom", global: ""}`.
- `ignore`: patterns of what a terminal leaves at the start of lines, such as a pager's foot.
- `keep`: the sections that give records; every statement is read all the same.
- `header`: what the comments at the start of a text say: a `section`, and `patterns` whose named groups become values.
- `section`: what statements belong to that stand outside of any block; `pairs: true` reads `key : value` there.
- `implied`: values that a record has without saying so: `{section, where, values}`.
- `derived`: keys made of others, in a `section`: `key`, and either `from` with `each` (the first group is taken out of every
  value; `first: true` takes one alone) and `separator`, or `format` with keys in braces, all of which have to be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.extract.block_statements import TAKES_VALUE, Statement, statements
from auditor.extract.found import matches
from auditor.extract.records import NotUnderstood, Reading, Record

_SEPARATOR = "\n"
_PAIR = re.compile(r"[ \t]*(?P<key>[\w.-]+)[ \t]*:[ \t]*(?P<value>.*?)[ \t\r]*$")
_HEADER_LINES = 200
_DEEPEST = 64  # blocks in blocks
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class _Object:
    """What was said of one object, or of the block itself where it holds none."""

    section: str
    line: int
    values: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Block:
    """An open block. `around` are the objects that it stands in, `wrapper` the key that it gives to what is inside."""

    section: str
    around: dict[str, str]
    wrapper: str | None = None
    inside: tuple[str, ...] = ()  # the key of the object that it stands in
    name: str | None = None
    current: _Object | None = None


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for every object, in the order in which the text first names them."""
    for pattern in options.get("ignore", ()):
        text = re.sub(f"(?m){pattern}", "", text)
    script = _Script(options)
    for statement in statements(text):
        script.take(statement)
    reading = script.reading()
    return replace(reading, records=(*_header(text, options.get("header", {})), *reading.records))


def _header(text: str, header: Mapping[str, Any]) -> Iterator[Record]:
    """Yield a record for each line before the first block that says something known."""
    for number, line in enumerate(text.split("\n", _HEADER_LINES)[:_HEADER_LINES], 1):
        if line.lstrip().startswith("config "):
            return
        for pattern in header.get("patterns", ()):
            match = re.search(pattern, line)
            if match:
                values = {key: value for key, value in match.groupdict().items() if value is not None}
                yield Record(section=str(header["section"]), values=values, line=number)


class _Script:
    """The objects that a text makes, statement by statement."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._wrappers: Mapping[str, str] = options.get("wrappers", {})
        self._keep = frozenset(options.get("keep", ())) or None
        self._blocks: list[_Block] = []
        outside = options.get("section")
        self._outside = _Block(outside, {}) if outside else None
        self._objects: dict[tuple[str, ...], _Object] = {}
        self._inside: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self._sections: list[tuple[str, int]] = [(outside, 1)] if outside else []
        self._odd: list[NotUnderstood] = []
        self._listed: set[tuple[str, str]] = set()
        self._entered: set[tuple[str, str]] = set()
        self._cut = False
        self._run = {
            "config": self._config,
            "edit": self._edit,
            "set": self._set,
            "append": self._append,
            "unset": self._unset,
            "next": self._next,
            "end": self._end,
            "delete": self._delete,
        }

    def take(self, statement: Statement) -> None:
        """Do what one statement says."""
        run = self._run.get(statement.words[0]) if statement.words else None
        # A value at the very end of a text, inside a block, may be a piece of the true one.
        cut = statement.last and bool(self._blocks) and statement.words[:1] != ("end",)
        refused = statement.broken or cut or run is None or not run(statement)
        if refused:
            self._refuse(statement)
        self._cut = refused and statement.last

    def reading(self) -> Reading:
        """Return everything that was made."""
        missing = self._entered and self._listed - self._entered
        records = (_made(made, self._options) for made in self._objects.values())
        return Reading(
            records=tuple(records),
            sections=tuple(self._sections),
            not_understood=tuple(self._odd),
            ended=False if self._blocks or self._cut or missing else None,
            closed=frozenset(name for name, _line in self._sections)
            - {self._outside and self._outside.section},
        )

    def _refuse(self, statement: Statement) -> None:
        block = self._top()
        pair = _PAIR.match(statement.text) if block is self._outside and self._options.get("pairs") else None
        if pair and block:
            self._store(block, pair["key"], pair["value"], statement.line)
            return
        section = block.section if block else ""
        text = statement.text or " ".join(statement.words)[:80]
        self._odd.append(NotUnderstood(section=section, line=statement.line, why=text))

    def _top(self) -> _Block | None:
        return self._blocks[-1] if self._blocks else self._outside

    def _config(self, statement: Statement) -> bool:
        name = " ".join(statement.words[1:])
        outer = self._blocks[-1] if self._blocks else None
        if outer and len(self._blocks) >= _DEEPEST:
            self._blocks.append(_Block(outer.section, outer.around, wrapper=""))
            return False
        if outer and outer.wrapper:
            self._entered.add((outer.section, outer.name or ""))
        around = dict(outer.around) if outer else {}
        if outer and outer.name is not None:
            around[outer.wrapper or f"@{outer.section}"] = outer.name
        wrapper = self._wrappers.get(name) if outer is None else None
        section = name if outer is None or outer.wrapper is not None else f"{outer.section} {name}"
        inside = _key(outer, outer.name) if outer else ()
        self._blocks.append(_Block(section, around, wrapper, inside))
        self._sections.append((section, statement.line))
        return bool(name)

    def _edit(self, statement: Statement) -> bool:
        block = self._top()
        if block is None or len(statement.words) < TAKES_VALUE - 1 or block.wrapper == "":
            return False
        name = " ".join(statement.words[1:])
        block.name = name
        block.current = self._object(block, name, statement.line)
        if block.wrapper:
            self._listed.add((block.section, name))
        return True

    def _set(self, statement: Statement) -> bool:
        block = self._top()
        if block is None or block.wrapper is not None or len(statement.words) < TAKES_VALUE:
            return False
        self._store(block, statement.words[1], _SEPARATOR.join(statement.words[2:]), statement.line)
        return True

    def _append(self, statement: Statement) -> bool:
        block = self._top()
        if block is None or block.wrapper is not None or len(statement.words) < TAKES_VALUE:
            return False
        key = statement.words[1]
        made = block.current or self._object(block, None, statement.line)
        held = [made.values[key]] if made and key in made.values else []
        self._store(block, key, _SEPARATOR.join([*held, *statement.words[2:]]), statement.line)
        return True

    def _unset(self, statement: Statement) -> bool:
        block = self._top()
        if block is None or len(statement.words) != TAKES_VALUE - 1:
            return False
        made = block.current or self._object(block, None, statement.line)
        if made:
            made.values.pop(statement.words[1], None)
        return True

    def _next(self, _statement: Statement) -> bool:
        block = self._top()
        if block is None or block.name is None:
            return False
        block.name = block.current = None
        return True

    def _end(self, _statement: Statement) -> bool:
        if not self._blocks:
            return False
        self._blocks.pop()
        return True

    def _delete(self, statement: Statement) -> bool:
        block = self._top()
        if block is None or block.name is not None or len(statement.words) < TAKES_VALUE - 1:
            return False
        gone = [_key(block, " ".join(statement.words[1:]))]
        while gone:
            key = gone.pop()
            self._objects.pop(key, None)
            gone.extend(self._inside.pop(key, ()))
        return True

    def _object(self, block: _Block, name: str | None, line: int) -> _Object | None:
        if self._keep is not None and block.section not in self._keep:
            return None
        key = _key(block, name)
        if key not in self._objects:
            values = dict(block.around) if name is None else {**block.around, "@edit": name}
            self._objects[key] = _Object(block.section, line, values)
            self._inside.setdefault(block.inside, []).append(key)
        return self._objects[key]

    def _store(self, block: _Block, key: str, value: str, line: int) -> None:
        made = block.current or self._object(block, block.name, line)
        if made and not value:
            made.values.pop(key, None)
        elif made:
            made.values[key] = value
            made.lines[key] = line


def _key(block: _Block, name: str | None) -> tuple[str, ...]:
    """Return what tells an object from all others."""
    places = [part for pair in block.around.items() for part in pair]
    return (*places, f"@{block.section}", *(() if name is None else (name,)))


def _made(made: _Object, options: Mapping[str, Any]) -> Record:
    """Return the record of an object, with what it implies and what is made of its values."""
    values, lines = made.values, made.lines
    for rule in options.get("implied", ()):
        if rule["section"] == made.section and matches(values, _as_where(rule["where"])):
            values = {**rule["values"], **values}
    for rule in options.get("derived", ()):
        value = _derived(rule, values) if rule["section"] == made.section else None
        if value:
            values = {**values, rule["key"]: value}
            source = rule.get("from")
            lines = {**lines, rule["key"]: lines[source]} if source in lines else lines
    return Record(section=made.section, values=values, line=made.line, lines=lines)


def _derived(rule: Mapping[str, Any], values: Mapping[str, str]) -> str | None:
    if "format" in rule:
        template = str(rule["format"])
        if any(key not in values for key in _PLACE.findall(template)):
            return None
        return _PLACE.sub(lambda place: values[place[1]], template)
    found = _taken(values.get(str(rule["from"]), "").split(_SEPARATOR), str(rule["each"]))
    return str(rule.get("separator", ",")).join(found[:1] if rule.get("first") else found)


def _taken(values: Sequence[str], pattern: str) -> list[str]:
    matched = (re.search(pattern, value) for value in values)
    return [match[1] for match in matched if match]


def _as_where(where: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(wanted) if isinstance(wanted, list) else (wanted,) for key, wanted in where.items()}
