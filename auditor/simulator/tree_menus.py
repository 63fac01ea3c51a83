"""The state of a tree console: single values and tables by their paths, and how they are printed and written down."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.profiles.schema import Strict, Texts
from auditor.simulator.menu_values import BadValue, Parameter, canonical

_NAME, _MARK, _GAP = 30, 9, 2  # widths of a listing


class TreeRefused(Exception):
    """The console refuses a line; `kind` names the text, `word` fills it."""

    def __init__(self, kind: str, word: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.word = word


class Value(Strict):
    """A single value: what it takes, what it is, and its name where the console speaks another language."""

    takes: Parameter
    is_now: str
    translated: str = ""


class TreeTable(Strict):
    """A table: its columns with what they take, its rows, and how many it can hold."""

    columns: dict[str, Parameter]
    rows: tuple[Texts, ...] = ()
    size: int = 64


class TreeMenu(Strict):
    """One menu: single values and tables by name."""

    values: dict[str, Value]
    tables: dict[str, TreeTable]


_NOTHING = TreeMenu(values={}, tables={})


class Tree:
    """Everything that is set now."""

    def __init__(self, menus: Mapping[str, TreeMenu]) -> None:
        self._menus = menus
        self._values = {
            (path, name): value.is_now for path, menu in menus.items() for name, value in menu.values.items()
        }
        self._rows = {
            (path, name): [list(row) for row in table.rows]
            for path, menu in menus.items()
            for name, table in menu.tables.items()
        }

    def menu(self, path: tuple[str, ...]) -> str | None:
        """Return the menu's path as the device writes it; None if there is none."""
        wanted = "/".join(path).lower()
        return next((name for name in self._branches() if name.lower() == wanted), None if wanted else "")

    def table(self, path: tuple[str, ...]) -> tuple[str, str] | None:
        """Return menu and name of a table, None where the path leads to none."""
        wanted = "/".join(path).lower()
        return next((key for key in self._rows if "/".join(key).lower() == wanted), None)

    def _branches(self) -> set[str]:
        return {
            "/".join(path.split("/")[:depth])
            for path in self._menus
            for depth in range(1, path.count("/") + 2)
        }

    def columns(self, key: tuple[str, str]) -> dict[str, Parameter]:
        """Return the columns of a table."""
        return self._menus[key[0]].tables[key[1]].columns

    def set_value(self, path: str, name: str, value: str) -> None:
        """Set a single value by its own or its translated name."""
        menu = self._menus.get(path, _NOTHING)
        known = next(
            (own for own, v in menu.values.items() if name.lower() in {own.lower(), v.translated.lower()}),
            None,
        )
        if known is None:
            raise TreeRefused("path", f"/{path}/{name}")
        self._values[path, known] = _checked(menu.values[known].takes, value)

    def add(self, key: tuple[str, str], cells: list[str]) -> None:
        """Append a row whose cells stand in the order of the table's columns."""
        parameters = self.columns(key).values()
        self._rows[key].append([_checked(p, cell) for p, cell in zip(parameters, cells, strict=True)])

    def change(self, key: tuple[str, str], row: str, cells: Mapping[str, str]) -> None:
        """Set some cells of the row whose first cell is this."""
        found = next((one for one in self._rows[key] if one[0] == row), None)
        if found is None:
            raise TreeRefused("path", row)
        columns = self.columns(key)
        places = {name: list(columns).index(_own(columns, name)) for name in cells}
        checked = {name: _checked(columns[_own(columns, name)], cell) for name, cell in cells.items()}
        for name, cell in checked.items():
            found[places[name]] = cell

    def remove(self, key: tuple[str, str], row: str) -> None:
        """Take away the row whose first cell is this."""
        kept = [one for one in self._rows[key] if one[0] != row]
        if len(kept) == len(self._rows[key]):
            raise TreeRefused("path", row)
        self._rows[key] = kept

    def menu_page(self, path: str, *, translated: bool) -> str:
        """Return what a menu shows: values, tables and the menus below."""
        menu = self._menus.get(path, _NOTHING)
        mark, table_mark = ("WERT:", "TABELLE:") if translated else ("VALUE:", "TABLE:")
        lines = [
            f"{(value.translated if translated else '') or name:<{_NAME}}{mark:<{_MARK}}{self._values[path, name]}"
            for name, value in menu.values.items()
        ]
        lines += [
            f"{name:<{_NAME}}{table_mark:<{_MARK}}{table.size} x [{','.join(table.columns)}]"
            for name, table in menu.tables.items()
        ]
        below = {name[len(path) :].lstrip("/") for name in self._branches() if name.startswith(path)}
        lines += [f"{name:<{_NAME}}MENU:" for name in sorted(below) if name and "/" not in name]
        return "".join(f"{line}\n" for line in lines)

    def table_page(self, key: tuple[str, str]) -> str:
        """Return a table: the names of its columns, a rule, and its rows cut to the columns' widths."""
        names, rows = list(self.columns(key)), self._rows[key]
        widths = [
            max(len(name), *(len(row[index]) for row in rows), 0) + _GAP for index, name in enumerate(names)
        ]
        lines = [
            "".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in (names, *rows)
        ]
        return "\n".join([lines[0], "-" * (sum(widths) - _GAP), *lines[1:], ""])

    def script(self) -> str:
        """Return the statements that make the present state."""
        lines = [f"set  /{path}/{name} {_written(value)}" for (path, name), value in self._values.items()]
        for key, rows in self._rows.items():
            lines += [f"cd /{'/'.join(key)}", f"tab {' '.join(self.columns(key))}"]
            lines += [f"add  {' '.join(map(_written, row))}" for row in rows]
        return "".join(f"{line}\n" for line in ["lang English", "flash No", *lines, "flash Yes", "exit"])


def _own(columns: Mapping[str, Parameter], name: str) -> str:
    """Return a column's name as the table writes it."""
    own = next((column for column in columns if column.lower() == name.lower()), None)
    if own is None:
        raise TreeRefused("path", name)
    return own


def _checked(parameter: Parameter, value: str) -> str:
    """Return a value in printed form; choices are taken in any case."""
    spelled = next((word for word in parameter.values if word.lower() == value.lower()), value)
    try:
        return canonical(parameter, spelled, lambda _menu, _key: ())
    except BadValue as error:
        raise TreeRefused("value", value) from error


def _written(value: str) -> str:
    return value if value and all(c.isalnum() or c in ".:+_/-" for c in value) else f'"{value}"'
