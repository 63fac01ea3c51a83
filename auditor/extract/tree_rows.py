"""What a menu of a tree console holds, as a profile's reader options say it: cells and values in, records out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from auditor.extract.records import NotUnderstood, Record
from auditor.model.ports import HIGHEST, LOWEST

_LONGEST = 80  # characters of a line that is quoted


@dataclass(frozen=True, slots=True)
class Range:
    """A range that stands in two columns: first and last port, and where it goes on the inside."""

    first: str
    last: str
    inside: str
    ports: str = "@ports"
    inside_ports: str = "@inside-ports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One menu of the tree, read or only known as a table.

    `names` are other spellings of its columns and values (`UDP-Aging-Sekunden` is `UDP-Aging-Seconds`), `shapes` what
    a value has to look like to be understood. Of a table: `needs` are columns without which a row says nothing,
    `filled` those that no row leaves empty (a row that was cut short does), `absent` is what an older table without such a column means, `blank` are values that say as much as none.
    """

    path: str
    table: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    absent: Mapping[str, str] = field(default_factory=dict)
    blank: Mapping[str, str] = field(default_factory=dict)
    range: Range | None = None

    @classmethod
    def of(cls, path: str, options: Mapping[str, Any]) -> Self:
        """Return the menu that the options of a profile describe."""
        texts = {str(name): str(value) for name, value in options.get("names", {}).items()}
        own = {*options.get("shapes", {}), *options.get("needs", ()), *options.get("absent", {})}
        ports = options.get("range")
        return cls(
            path=path,
            table=bool(options.get("table", False)),
            names={name.lower(): name for name in own} | {key.lower(): name for key, name in texts.items()},
            shapes={name: re.compile(shape) for name, shape in options.get("shapes", {}).items()},
            needs=frozenset(options.get("needs", ())),
            filled=frozenset(options.get("filled", ())),
            absent=dict(options.get("absent", {})),
            blank=dict(options.get("blank", {})),
            range=Range(**ports) if ports else None,
        )

    def name(self, printed: str) -> str:
        """Return the profile's name for a column or value."""
        return self.names.get(printed.lower(), printed)

    def fits(self, name: str, value: str) -> bool:
        """Tell whether a value looks as it has to."""
        shape = self.shapes.get(name)
        return shape is None or shape.fullmatch(value) is not None

    def row(self, cells: Mapping[str, str], line: int, text: str) -> Record | NotUnderstood:
        """Return a row of the table as a record, or why it is none."""
        wanted = self.needs | (cells.keys() & (self.filled | self.absent.keys()))
        if not all(cells.get(name) for name in wanted):
            return odd(self.path, line, text)
        values = {name: value for name, value in cells.items() if value and value != self.blank.get(name)}
        values = {**{k: v for k, v in self.absent.items() if k not in cells}, **values}
        if not all(self.fits(*cell) for cell in values.items()):
            return odd(self.path, line, text)
        ranges = _ranges(self.range, values) if self.range else {}
        if ranges is None:
            return odd(self.path, line, text)
        return Record(section=self.path, values={**values, **ranges}, line=line)


def menus_of(options: Mapping[str, Any]) -> dict[str, Menu]:
    """Return the menus of a reader's options by their path in small letters."""
    return {path.lower(): Menu.of(path, spec or {}) for path, spec in options["menus"].items()}


def odd(section: str, line: int, text: str) -> NotUnderstood:
    """Return a line that may hold a fact of this menu, with the line itself as the reason."""
    return NotUnderstood(section=section, line=line, why=" ".join(text.split())[:_LONGEST])


def _ranges(spec: Range, values: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the ports outside and, where they are translated, inside; None where that is not clear."""
    ends: Sequence[str] = [values.get(name, "") for name in (spec.first, spec.last)]
    inside = values.get(spec.inside, "0")
    if not all(end.isdecimal() for end in (*ends, inside)):
        return None
    first, last, start = int(ends[0]), int(ends[1]), int(inside)
    if not LOWEST <= first <= last <= HIGHEST or start > HIGHEST:
        return None
    ports = {spec.ports: _written(first, last)}
    if start in {0, first}:
        return ports
    # Whether a range moves as a whole or onto one port is not documented.
    return {**ports, spec.inside_ports: _written(start, start)} if first == last else None


def _written(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
