"""Objects of a config tree, as a profile's reader options say them: statements in, records out.

A statement is a path of words. What of the tree counts is said by `objects`, each with

    path      words of the tree; `{name}` stands for any word and keeps it under this name
    section   the section of its records
    lists     keys that may hold several values: they are joined with commas, of others the last one counts
    fold      {key: word}: `key a word`, `key b word` become `key: a,b`; with any other word they say nothing
    services  keys whose named ports become numbers, by the table `ports`
    inherit   keys of the node in which the object stands, given to each of its records
    needs     {key: pattern}: a record without such a value is none
    values    further values, with the record's own in braces: {interface: "{parent}.{vif}"}
    rename    {key: other name}
    whole     one that the end of the text may have cut says nothing: `always`, or only in `blocks`, where the listing's
              order puts last what it cannot do without

The last word of a statement is the value of the words before it; one word alone is `present`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from auditor.extract.records import Record

PRESENT = "present"
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an object looks like; `words` are those of its path, None for one that is kept under a name."""

    section: str
    words: tuple[str | None, ...]
    names: tuple[str, ...]
    lists: frozenset[str]
    fold: Mapping[str, str]
    services: frozenset[str]
    ports: Mapping[str, str]
    inherit: frozenset[str]
    needs: Mapping[str, re.Pattern[str]]
    values: Mapping[str, str]
    rename: Mapping[str, str]
    whole: str

    @classmethod
    def of(cls, options: Mapping[str, Any], ports: Mapping[str, Any]) -> Self:
        """Return the shape that the options of a profile describe."""
        words = str(options["path"]).split()
        return cls(
            section=str(options["section"]),
            words=tuple(None if word.startswith("{") else word for word in words),
            names=tuple(word[1:-1] for word in words if word.startswith("{")),
            lists=frozenset(options.get("lists", ())),
            fold=dict(options.get("fold", {})),
            services=frozenset(options.get("services", ())),
            ports={str(name): str(port) for name, port in ports.items()},
            inherit=frozenset(options.get("inherit", ())),
            needs={key: re.compile(str(shape)) for key, shape in options.get("needs", {}).items()},
            values={str(key): str(value) for key, value in options.get("values", {}).items()},
            rename=dict(options.get("rename", {})),
            whole=str(options.get("whole", "")),
        )

    @property
    def literal(self) -> tuple[str, ...]:
        """Return the words before the first name."""
        first = self.words.index(None) if None in self.words else len(self.words)
        return tuple(word or "" for word in self.words[:first])

    def names_in(self, path: Sequence[str]) -> tuple[str, ...] | None:
        """Return what stands in a path for the names; None where the path does not lead to such an object."""
        if len(path) < len(self.words):
            return None
        for want, have in zip(self.words, path, strict=False):
            if want is not None and want != have:
                return None
        return tuple(have for want, have in zip(self.words, path, strict=False) if want is None)

    def meets(self, path: Sequence[str]) -> bool:
        """Tell whether a path leads to, into or through such an object."""
        return all(want in {None, have} for want, have in zip(self.words, path, strict=False))


@dataclass(slots=True)
class _Object:
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


class Objects:
    """Everything of one shape that a text states."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._found: dict[tuple[str, ...], _Object] = {}
        self._shared: dict[str, tuple[str, int]] = {}

    def state(self, path: Sequence[str], line: int) -> tuple[str, ...] | None:
        """Take a statement in; return the names of the object that it speaks of, None where it is no part of one."""
        names = self.shape.names_in(path)
        if names is None:
            self._inherited(path, line)
            return None
        one = self._found.setdefault(names, _Object(line))
        rest = path[len(self.shape.words) :]
        if rest:
            key, value = (" ".join(rest[:-1]), rest[-1]) if len(rest) > 1 else (rest[0], PRESENT)
            self._set(one, key, value, line)
        return names

    def _inherited(self, path: Sequence[str], line: int) -> None:
        parent = self.shape.literal[:-1]
        if len(path) == len(parent) + 2 and tuple(path[:-2]) == parent and path[-2] in self.shape.inherit:
            self._shared[path[-2]] = (path[-1], line)

    def _set(self, one: _Object, key: str, value: str, line: int) -> None:
        node, _blank, member = key.rpartition(" ")
        if node in self.shape.fold:
            if value != self.shape.fold[node]:
                return
            key, value = node, ",".join(filter(None, (one.values.get(node), member)))
        elif key in self.shape.lists and one.values.get(key, value) != value:
            value = f"{one.values[key]},{value}"
        one.values[key] = value
        one.lines[key] = line

    def delete(self, path: Sequence[str]) -> None:
        """Take away what a path leads to, and all below it."""
        words = self.shape.words
        parent = self.shape.literal[:-1]
        if tuple(path[: len(parent)]) == parent and len(path) > len(parent):
            self._shared.pop(path[len(parent)], None)
        if not self.shape.meets(path):
            return
        wanted = [have for want, have in zip(words, path, strict=False) if want is None]
        rest = list(path[len(words) :])
        for names in [names for names in self._found if list(names[: len(wanted)]) == wanted]:
            if not rest:
                del self._found[names]
                continue
            one = self._found[names]
            for key in list(one.values):
                if [*key.split(), one.values[key]][: len(rest)] == rest:
                    del one.values[key], one.lines[key]

    def holds(self, names: tuple[str, ...]) -> bool:
        """Tell whether the text states an object with these names."""
        return names in self._found

    def drop(self, names: tuple[str, ...]) -> int:
        """Take away an object that the text does not show whole; return its line."""
        return self._found.pop(names).line

    def records(self) -> Iterator[Record]:
        """Yield a record for each object, those with numbers in their names in the order of the numbers."""
        for names in sorted(self._found, key=_natural):
            record = self._record(names, self._found[names])
            if record is not None:
                yield record

    def _record(self, names: tuple[str, ...], one: _Object) -> Record | None:
        shape = self.shape
        shared = {key: value for key, (value, _line) in self._shared.items()}
        values = {**shared, **one.values, **dict(zip(shape.names, names, strict=True))}
        for key in shape.services & values.keys():
            values[key] = _numbered(values[key], shape.ports)
        if not all(pattern.search(values.get(key, "")) for key, pattern in shape.needs.items()):
            return None
        values |= {key: template.format_map(_Blank(values)) for key, template in shape.values.items()}
        lines = {key: line for key, (_value, line) in self._shared.items()} | one.lines
        return Record(
            section=shape.section,
            values={shape.rename.get(key, key): value for key, value in values.items()},
            line=one.line,
            lines={shape.rename.get(key, key): line for key, line in lines.items()},
        )


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _natural(names: tuple[str, ...]) -> list[tuple[bool, int, str]]:
    parts = [part for name in names for part in (*_NUMBER.split(name), "")]
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _numbered(text: str, ports: Mapping[str, str]) -> str:
    """Return a list of ports with numbers for the names that are known."""
    sign = "!" if text.startswith("!") else ""
    parts = text.removeprefix("!").split(",")
    return sign + ",".join(ports.get(part.strip().lower(), part) for part in parts)
