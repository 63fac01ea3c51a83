"""The statements of a configuration: which there may be, which there are, and how they are written down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Self

from auditor.profiles.schema import Strict
from auditor.simulator.menu_values import BadValue, Parameter, canonical

_NUMBER = re.compile(r"(\d+)")
_PLAIN = re.compile(r"[^\s'\"{}]+")


class ConfigRefused(Exception):
    """The console refuses a line; `kind` names the text, `word` fills it."""

    def __init__(self, kind: str, word: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.word = word


class Node(Strict):
    """A statement that there may be: the value that it takes, None where it has none; `several` may stand side by side.

    In its path `%` stands for a number and `*` for any word.
    """

    takes: Parameter | None = None
    several: bool = False


class Config:
    """Statements, each a path of words and its value."""

    def __init__(
        self,
        nodes: Mapping[tuple[str, ...], Node],
        *,
        quotes: bool,
        values: Mapping[tuple[str, ...], tuple[str, ...]],
    ) -> None:
        self._nodes = nodes
        self._quotes = quotes
        self._values = dict(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self._values == other._values

    __hash__ = None  # type: ignore[assignment] # it changes

    def copy(self) -> Self:
        """Return a configuration of its own with the same statements."""
        return type(self)(self._nodes, quotes=self._quotes, values=self._values)

    def set(self, words: Sequence[str]) -> None:
        """Take a statement in; a node of one value forgets the old one."""
        path, node, value = self._understood(words)
        if value is None:
            self._values.setdefault(path, ())
            return
        kept = self._values.get(path, ()) if node.several else ()
        self._values[path] = (*(one for one in kept if one != value), value)

    def _understood(self, words: Sequence[str]) -> tuple[tuple[str, ...], Node, str | None]:
        for shape, node in self._nodes.items():
            length = len(shape)
            if not _fits(shape, words[:length]) or len(words) != length + (node.takes is not None):
                continue
            if node.takes is None:
                return tuple(words), node, None
            try:
                return tuple(words[:length]), node, canonical(node.takes, words[-1], lambda _menu, _key: ())
            except BadValue as error:
                raise ConfigRefused("value", words[-1]) from error
        raise ConfigRefused("path", " ".join(words))

    def delete(self, words: Sequence[str]) -> None:
        """Take away a statement, or everything below a node."""
        path = tuple(words)
        gone = [one for one in self._values if one[: len(path)] == path]
        if not gone:
            parent, value = path[:-1], path[-1:]
            if not value or value[0] not in self._values.get(parent, ()):
                raise ConfigRefused("nothing", " ".join(words))
            left = tuple(one for one in self._values.pop(parent) if one != value[0])
            self._values |= {parent: left} if left else {}
        for one in gone:
            del self._values[one]

    def has(self, path: Sequence[str]) -> bool:
        """Tell whether a statement stands at this path or below it."""
        return any(one[: len(path)] == tuple(path) for one in self._values)

    def value(self, path: Sequence[str]) -> str:
        """Return the last value at a path, empty where there is none."""
        return next(reversed(self._values.get(tuple(path), ("",))), "")

    def lines(self) -> list[str]:
        """Return the statements as they are written down, sorted."""
        return [
            " ".join((*path, *(self._written(value) for value in [one] if value)))
            for path in sorted(self._values, key=_natural)
            for one in self._values[path] or ("",)
        ]

    def _written(self, value: str) -> str:
        if self._quotes or not _PLAIN.fullmatch(value):
            return "'" + value.replace("'", "'\\''") + "'"
        return value


def _fits(shape: Sequence[str], words: Sequence[str]) -> bool:
    return len(shape) == len(words) and all(
        want in {"*", have} or (want == "%" and have.isdecimal())
        for want, have in zip(shape, words, strict=True)
    )


def _natural(path: tuple[str, ...]) -> list[list[tuple[bool, int, str]]]:
    return [
        [
            (not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
            for part in _NUMBER.split(word)
            if part
        ]
        for word in path
    ]
