r"""Reads scripts of consoles with a tree of menus and plain words: `cd`, `tab`, `add`, `set`, as `tree_listing` shows.

    set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 120
    cd /Setup/IP-Router/1-N-NAT/Service-Table
    tab D-port-from D-port-to Intranet-Address
    add 5060 5060 192.0.2.10
    set 5060 {Active} No ; flash Yes

Statements never span lines; several stand on one between ` ; `. Paths are absolute (`/Setup/...`, or `Setup/...` at the
root) or relative to the menu that `cd` opened. A row's columns are those of the last `tab` for its table; without one
their order is not known and the row is not understood. Columns of a row that stands already may be named in braces. What a script sets twice has the value of
the last time. Options: `menus`, as for `tree_listing`. Only one vendor's consoles speak this language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.extract.tree_rows import Menu, menus_of, odd

_TOKEN = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"(?=\s|$)|(?P<bare>[^\s"]+)(?=\s|$))')
_COLUMN = re.compile(r"\{([^{}\s]+)\}")
_NO_SETTING = frozenset({"lang", "flash", "exit"})


class _Word(NamedTuple):
    text: str
    quoted: bool

    @property
    def column(self) -> str | None:
        match = None if self.quoted else _COLUMN.fullmatch(self.text)
        return match[1] if match else None


@dataclass(slots=True)
class _Row:
    cells: dict[str, str]
    line: int
    text: str


@dataclass(slots=True)
class _Table:
    """The rows that the script leaves in a table, also by what their first cell was, and the columns named last."""

    columns: tuple[str, ...] = ()
    rows: list[_Row] = field(default_factory=list)
    named: dict[str, list[_Row]] = field(default_factory=dict)

    def add(self, words: Sequence[str], number: int, line: str) -> None:
        """Append a row whose cells stand in the order of the columns."""
        row = _Row(dict(zip(self.columns, words, strict=True)), number, line)
        self.rows.append(row)
        self.named.setdefault(words[0], []).append(row)


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for everything that the script leaves set: single values, and rows of tables."""
    script = _Script(menus_of(options))
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            script.line(number, line)
    return script.reading()


class _Script:
    """The state that statements leave, one after the other."""

    def __init__(self, menus: Mapping[str, Menu]) -> None:
        self._menus = menus
        self._path: tuple[str, ...] = ()
        self._values: dict[tuple[str, str], Record] = {}
        self._tables: dict[str, _Table] = {}
        self._sections: dict[str, int] = {}
        self._odd: list[NotUnderstood] = []
        self._verbs: Mapping[str, Callable[[int, str, Sequence[_Word]], bool]] = {
            "cd": self._cd,
            "tab": self._tab,
            "add": self._add,
            "set": self._set,
            "del": self._delete,
            "rm": self._delete,
        }

    def line(self, number: int, line: str) -> None:
        """Do what the statements of a line say; what is not understood is kept as such."""
        words = _words(line)
        if words is None:
            self._doubt(number, line)
            return
        for statement in _statements(words):
            verb = statement[0].text.lower()
            if verb in _NO_SETTING:
                continue
            handler = self._verbs.get(verb)
            if handler is None or not handler(number, line, statement[1:]):
                self._doubt(number, line)

    def _doubt(self, number: int, line: str) -> None:
        """Keep a line that was not understood; a value that it names may have changed by it."""
        path = self._menu_of(line)
        self._odd.append(odd(path, number, line))
        for menu, name in [key for key in self._values if key[0] == path and key[1].lower() in line.lower()]:
            del self._values[menu, name]

    def reading(self) -> Reading:
        """Return what the script leaves, in the order of its lines."""
        records = list(self._values.values())
        for path, table in self._tables.items():
            menu = self._menu(path)
            for row in table.rows:
                one = menu.row(row.cells, row.line, row.text)
                if isinstance(one, Record):
                    records.append(one)
                else:
                    self._odd.append(one)
        return Reading(
            records=tuple(sorted(records, key=lambda record: record.line)),
            sections=tuple(self._sections.items()),
            not_understood=tuple(sorted(self._odd, key=lambda one: one.line)),
        )

    def _menu(self, path: str) -> Menu:
        return self._menus.get(path.lower()) or Menu(path=path)

    def _menu_of(self, line: str) -> str:
        """Return the menu that a line which was not understood speaks of: the one it names, else the open one."""
        named = [path for path in self._menus if f"/{path}" in f"/{line.lower()}"]
        return self._menu(max(named, key=len)).path if named else self._here()

    def _here(self) -> str:
        return self._menu("/".join(self._path)).path

    def _resolved(self, path: str) -> tuple[str, ...]:
        parts = [] if path.startswith("/") else list(self._path)
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in {"", "."}:
                parts.append(part)
        return tuple(parts)

    def _cd(self, number: int, _line: str, words: Sequence[_Word]) -> bool:
        if len(words) != 1:
            return False
        self._path = self._resolved(words[0].text)
        self._sections.setdefault(self._here(), number)
        return True

    def _table(self, menu: Menu) -> _Table | None:
        """Return what the script leaves in a table; None where the menu is known to be none."""
        if menu.path.lower() in self._menus and not menu.table:
            return None
        return self._tables.setdefault(menu.path, _Table())

    def _tab(self, _number: int, _line: str, words: Sequence[_Word]) -> bool:
        menu = self._menu(self._here())
        table = self._table(menu)
        if table is None:
            return False
        columns = tuple(menu.name(word.text) for word in words)
        table.columns = columns if len(set(columns)) == len(columns) else ()
        return bool(table.columns)

    def _add(self, number: int, line: str, words: Sequence[_Word]) -> bool:
        table = self._table(self._menu(self._here()))
        if table is None or not words or len(words) != len(table.columns):
            return False
        table.add([word.text for word in words], number, line)
        return True

    def _set(self, number: int, line: str, words: Sequence[_Word]) -> bool:
        if len(words) < 2 or words[0].column:  # noqa: PLR2004 - a path, and what it is set to
            return False
        path = self._resolved(words[0].text)
        if not path:
            return False
        menu = self._menu("/".join(path[:-1]))
        self._sections.setdefault(menu.path, number)
        if menu.table or menu.path in self._tables:
            return self._set_row(number, line, menu, path[-1], words[1:])
        return len(words) == 2 and self._set_value(number, menu, path[-1], words[1].text)  # noqa: PLR2004

    def _set_value(self, number: int, menu: Menu, printed: str, value: str) -> bool:
        name = menu.name(printed)
        if not menu.fits(name, value):
            return False
        values = {name: value, f"@{name}": printed}
        self._values[menu.path, name] = Record(section=menu.path, values=values, line=number)
        return True

    def _set_row(self, number: int, line: str, menu: Menu, key: str, words: Sequence[_Word]) -> bool:
        """Change a row that the script has made, by name of the column, or write it whole."""
        table = self._tables.setdefault(menu.path, _Table())
        found, cells = table.named.get(key, []), _named(words, menu)
        if cells is None and len(words) + 1 == len(table.columns):
            cells = dict(zip(table.columns[1:], (word.text for word in words), strict=True))
            if not found:
                table.add([key, *cells.values()], number, line)
                return True
        if cells is None or len(found) != 1:
            return False
        found[0].cells |= cells
        return True

    def _delete(self, _number: int, _line: str, words: Sequence[_Word]) -> bool:
        """Take away nothing: which rows such a line removes is not documented. In an empty table it removes none."""
        table = self._table(self._menu(self._here()))
        return table is not None and not table.rows and len(words) == 1


def _words(line: str) -> list[_Word] | None:
    """Cut a line into words; None where a quote stays open, or something follows a closing one at once."""
    if '"' not in line:
        return [_Word(word, quoted=False) for word in line.split()]
    words, position, text = [], 0, line.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        quoted = match["quoted"]
        words.append(_Word(match["bare"] if quoted is None else quoted, quoted is not None))
        position = match.end()
    return words


def _statements(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    statement: list[_Word] = []
    for word in words:
        if word.text == ";" and not word.quoted:
            if statement:
                yield statement
            statement = []
        else:
            statement.append(word)
    if statement:
        yield statement


def _named(words: Sequence[_Word], menu: Menu) -> dict[str, str] | None:
    """Return the cells of `{Column} value` pairs; None where the words are none."""
    if not words or len(words) % 2:
        return None
    names = [word.column for word in words[::2]]
    if not all(names) or len(set(names)) < len(names):
        return None
    return {
        menu.name(name): value.text
        for name, value in zip(names, words[1::2], strict=True)
        if name is not None
    }
