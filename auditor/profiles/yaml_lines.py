"""Reads YAML safely and remembers on which line each key stands, for messages that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]


class LinedYaml:
    """A YAML document with the line (1-based) of every key and list item."""

    def __init__(self, path: Path) -> None:
        """Read the file; `OSError` and `yaml.YAMLError` are the caller's to explain."""
        text = path.read_text(encoding="utf-8")
        self.path = path
        self.data: Any = yaml.load(text, Loader=yaml.CSafeLoader)  # noqa: S506 - CSafeLoader is the safe one
        self._lines: dict[Location, int] = {}
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        if node is not None:
            self._walk(node, ())

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
