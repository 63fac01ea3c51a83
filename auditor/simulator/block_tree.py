"""The state of a block console: objects in blocks, what their keys take, and how they are printed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.profiles.schema import Strict, Texts

_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?::\d{1,5}(?:-\d{1,5})?)?")
_MOST = 65535
_INDENT = "    "


class BadValue(Exception):
    """The key does not take this value."""


class Key(Strict):
    """One key of an object. `quoted` values are printed in quotes; `tables` hold the names that a reference takes.

    `after` is a key that has to be set before. `default` is what a full listing prints where nothing was set.
    """

    kind: Literal["text", "number", "choice", "ports", "address", "network", "reference"] = "text"
    values: Texts = ()
    tables: Texts = ()
    minimum: int = 0
    maximum: int = 2**32 - 1
    several: bool = False
    quoted: bool = False
    after: str = ""
    default: str = ""
    needed: bool = False


class Shape(Strict):
    """What a block holds: settings, or a table of objects that go by a number or a name; `inner` blocks stand inside.

    Objects that go by a number stand in its order, unless they are kept `as_entered`.
    """

    place: Literal["global", "vdom"] = "vdom"
    table: Literal["", "number", "name"] = ""
    as_entered: bool = False
    keys: Mapping[str, Key] = {}
    inner: Mapping[str, Shape] = {}


Values = dict[str, tuple[str, ...]]
Lookup = Callable[[str], tuple[str, ...]]  # a block's path -> the names in it


@dataclass(slots=True)
class Node:
    """A block, or an object in one."""

    values: Values = field(default_factory=dict)
    objects: dict[str, Node] = field(default_factory=dict)
    inner: dict[str, Node] = field(default_factory=dict)

    def copy(self) -> Node:
        """Return a node of the same content that can be changed apart."""
        return Node(
            dict(self.values),
            {name: node.copy() for name, node in self.objects.items()},
            {name: node.copy() for name, node in self.inner.items()},
        )


def node_of(data: Mapping[str, object], shape: Shape) -> Node:
    """Return the state that a device file writes down: values by key, objects by name, inner blocks by their word."""
    node = Node()
    for name, value in data.items():
        if isinstance(value, Mapping):
            if name in shape.inner:
                node.inner[name] = node_of(value, shape.inner[name])
            else:
                node.objects[str(name)] = node_of(value, shape)
        else:
            words = value if isinstance(value, list) else [value]
            node.values[str(name)] = tuple(str(word) for word in words)
    return node


def checked(key: Key, words: tuple[str, ...], lookup: Lookup) -> tuple[str, ...]:
    """Return the values that a key takes; raises `BadValue`."""
    if not words or (len(words) > 1 and not key.several and key.kind != "network"):
        raise BadValue
    if key.kind == "network":
        return _network(words)
    for word in words:
        _check(key, word, lookup)
    return words


def _check(key: Key, word: str, lookup: Lookup) -> None:
    if key.kind == "number" and not (
        word.isascii() and word.isdigit() and key.minimum <= int(word) <= key.maximum
    ):
        raise BadValue
    if key.kind == "choice" and word not in key.values:
        raise BadValue
    if key.kind == "reference" and word not in (*key.values, *(n for t in key.tables for n in lookup(t))):
        raise BadValue
    if key.kind == "ports":
        match = _PORTS.fullmatch(word)
        ends = [int(end) for end in match.groups() if end] if match else [_MOST + 1]
        if ends != sorted(ends) or ends[-1] > _MOST:
            raise BadValue
    if key.kind == "address":
        try:
            for part in word.split("-"):
                ipaddress.IPv4Interface(part)
        except ValueError as error:
            raise BadValue from error


def _network(words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        ipaddress.IPv4Interface("/".join(words))
    except ValueError as error:
        raise BadValue from error
    return words


def printed(path: str, shape: Shape, node: Node, *, full: bool, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a block: what was set, or everything that has a value."""
    pad = _INDENT * depth
    yield f"{pad}config {path}"
    if not shape.table:
        yield from _contents(shape, node, full=full, depth=depth + 1)
    sorts = shape.table == "number" and not shape.as_entered
    for name in sorted(node.objects, key=int) if sorts else node.objects:
        made = node.objects[name]
        yield f"{pad}{_INDENT}edit {name if shape.table == 'number' else _quoted(name)}"
        yield from _contents(shape, made, full=full, depth=depth + 2)
        yield f"{pad}{_INDENT}next"
    yield f"{pad}end"


def _contents(shape: Shape, node: Node, *, full: bool, depth: int) -> Iterator[str]:
    for name, key in shape.keys.items():
        words = node.values.get(name) or ((key.default,) if full and key.default else ())
        if words and (full or words != (key.default,)):
            shown = (_quoted(word) if key.quoted else word for word in words)
            yield f"{_INDENT * depth}set {name} {' '.join(shown)}"
    for name, inner in shape.inner.items():
        block = node.inner.get(name)
        if block and (block.values or block.objects):
            yield from printed(name, inner, block, full=full, depth=depth)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
