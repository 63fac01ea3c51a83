"""Reads YAML safely and remembers on which line each key stands, for messages that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]

_SECTION = re.compile(r"^([a-z_]+):", re.MULTILINE)


class _Loader(yaml.CSafeLoader):
    """The safe loader, but `on`, `off`, `yes` and `no` stay words: devices mean words by them."""


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or letter in "tTfF"
    ]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class LinedYaml:
    """A YAML document with the line (1-based) of every key and list item."""

    def __init__(self, path: Path) -> None:
        """Read the file; `OSError` and `yaml.YAMLError` are the caller's to explain."""
        self.path = path
        self._lines: dict[Location, int] = {}
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            if node is not None:
                self._walk(node, ())
            self.data: Any = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()

    def _walk(self, node: yaml.Node, where: Location) -> None:
        self._lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*where, str(key.value))
                if here in self._lines:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                self._lines[here] = key.start_mark.line + 1
                self._walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*where, index))

    @classmethod
    def sections(cls, path: Path, names: Collection[str]) -> dict[str, Any]:
        """Return some of the mapping's sections; the text of the others is not looked at."""
        parts = _SECTION.split(path.read_text(encoding="utf-8"))
        wanted = "".join(
            f"{name}:{rest}" for name, rest in zip(parts[1::2], parts[2::2], strict=True) if name in names
        )
        return dict(yaml.load(wanted, Loader=_Loader) or {})  # noqa: S506 - a subclass of the safe loader

    def line_of(self, where: Sequence[str | int]) -> int:
        """Return the line of this place, or of the nearest place around it."""
        place: Location = tuple(where)
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def keys_at(self, where: Sequence[str | int]) -> tuple[str, ...]:
        """Return the keys of the mapping at this place."""
        node = self.data
        for step in where:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return ()
        return tuple(str(key) for key in node) if isinstance(node, Mapping) else ()
