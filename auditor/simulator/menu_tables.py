"""The state of a menu console: one table a menu, and how its pages are printed."""

from __future__ import annotations

import re
from typing import Literal

from auditor.profiles.schema import Strict
from auditor.simulator.menu_values import Parameter
from auditor.simulator.menu_words import quoted

_FLAG = re.compile(r"([A-Za-z]) - ([a-z-]+)")
Row = dict[str, str]


class Menu(Strict):
    """One menu.

    `settings`: one page of values; `named`: rows that the system owns, which can be set but not added; `rows`: rows of
    the user, in order; `table`: rows that come and go by themselves and can only be removed. Parameters stand in the
    order in which `print` shows them. `flags` is the line above the rows; the names in it are parameters too.
    """

    kind: Literal["settings", "named", "rows", "table"]
    flags: str = ""
    label_width: int = 0
    parameters: dict[str, Parameter]
    factory: tuple[dict[str, str], ...] = ()  # rows that the system owns, as they are delivered
    state: tuple[dict[str, str], ...] = ()

    @property
    def flag_names(self) -> dict[str, str]:
        """Return letter → parameter."""
        return dict(_FLAG.findall(self.flags))

    def parameter(self, key: str) -> Parameter | None:
        """Return what a key takes, flags and the comment included."""
        if key in self.parameters:
            return self.parameters[key]
        if key in self.flag_names.values():
            return Parameter(kind="yes_no", default="no", fixed=key != "disabled")
        return Parameter(default="") if key == "comment" and self.kind == "rows" else None


class Table:
    """A menu's rows as they stand now."""

    def __init__(self, menu: Menu) -> None:
        self.menu = menu
        self._factory = {row["name"]: row for row in menu.factory}
        changed = {row["name"]: row for row in menu.state} if self._factory else {}
        if self._factory:
            self.rows: list[Row] = [row | changed.get(name, {}) for name, row in self._factory.items()]
        elif menu.kind == "settings":
            defaults = {key: p.default for key, p in menu.parameters.items() if p.default is not None}
            self.rows = [defaults | (menu.state[0] if menu.state else {})]
        else:
            self.rows = [dict(row) for row in menu.state]

    def default(self, row: Row, key: str) -> str | None:
        """Return what a key of this row is as delivered."""
        parameter = self.menu.parameter(key)
        return self._factory.get(row.get("name", ""), {}).get(key, parameter.default if parameter else None)

    def value(self, row: Row, key: str) -> str:
        """Return a row's value, or the default, or nothing."""
        return row.get(key, self.default(row, key) or "")

    def settings_page(self) -> str:
        """Return the values with their right-aligned names."""
        row = self.rows[0]
        shown = [key for key in self.menu.parameters if key in row]
        width = self.menu.label_width or 2 + max(map(len, shown), default=0)
        return "".join(f"{key:>{width}}: {row[key]}\n" for key in shown)

    def rows_page(self, rows: list[Row], *, width: int) -> str:
        """Return numbered rows under the flags' line, a blank line between two."""
        indent = 3 + max(2, len(self.menu.flag_names))
        blocks = []
        for number, row in enumerate(rows):
            lines = [f";;; {row['comment']}"] if row.get("comment") else []
            lines += _wrapped(self._pairs(row), width - indent)
            head = f"{number:>2} {self._letters(row)}".ljust(indent)
            if len(head) > indent or not head.endswith(" "):
                head = f"{head} "
            blocks.append(head + f"\n{' ' * indent}".join(lines) + "\n")
        return self._flags_line() + "\n".join(blocks)

    def terse_page(self, rows: list[Row]) -> str:
        """Return one line a row, the comment among the values."""
        letters = max(2, len(self.menu.flag_names))
        lines = []
        for number, row in enumerate(rows):
            comment = [f"comment={row['comment']}"] if row.get("comment") else []
            lines.append(
                f"{number:>2} {self._letters(row):<{letters}} {' '.join(comment + self._pairs(row))}\n"
            )
        return "".join(lines)

    def _flags_line(self) -> str:
        return f"Flags: {self.menu.flags}\n" if self.menu.flags else ""

    def _letters(self, row: Row) -> str:
        return "".join(
            letter for letter, name in self.menu.flag_names.items() if row.get(name, "no") == "yes"
        )

    def _pairs(self, row: Row) -> list[str]:
        pairs = []
        for key, parameter in self.menu.parameters.items():
            if key in row:
                pairs.append(f"{key}={quoted(row[key]) if parameter.kind == 'text' else row[key]}")
        return pairs


def _wrapped(pairs: list[str], width: int) -> list[str]:
    lines = [""]
    for pair in pairs:
        if lines[-1] and len(lines[-1]) + 1 + len(pair) > width:
            lines.append("")
        lines[-1] += f" {pair}" if lines[-1] else pair
    return lines
