"""The commands of the menu console: `print`, `set`, `add`, `remove`, `enable`, `disable`, `export`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from auditor.simulator.console import Reply
from auditor.simulator.menu_export import export
from auditor.simulator.menu_filter import condition
from auditor.simulator.menu_tables import Row, Table
from auditor.simulator.menu_values import BadValue, Lookup, canonical, network_of
from auditor.simulator.menu_words import Refused, Word, statements, unquoted

_NAMES = {
    "settings": {"print", "set", "get", "export"},
    "named": {"print", "set", "get", "enable", "disable", "export"},
    "rows": {"print", "set", "get", "add", "remove", "enable", "disable", "export"},
    "table": {"print", "get", "remove"},
}
_PRINT_WORDS = {"detail", "terse", "brief", "without-paging", "count-only"}
_EXPORT_WORDS = {"verbose", "terse", "compact", "hide-sensitive", "show-sensitive"}


class Commands:
    """Runs commands on the tables, for one session."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        *,
        lookup: Lookup,
        head: Callable[[], str],
        may_write: bool,
        width: int,
    ) -> None:
        self._tables = tables
        self._lookup = lookup
        self._head = head
        self._may_write = may_write
        self._width = width
        self._printed: dict[str, list[Row]] = {}
        self._run = {
            "print": self._print,
            "set": self._set,
            "add": self._add,
            "remove": self._remove,
            "enable": self._switch("no"),
            "disable": self._switch("yes"),
        }

    def names(self, menu: str) -> set[str]:
        """Return the commands that a menu has."""
        table = self._tables.get(menu)
        return _NAMES[table.menu.kind] if table else {"export"}

    def run(self, menu: str, command: str, words: list[Word]) -> Reply:
        """Run a command with its words in a menu; raises `Refused`."""
        if command == "export":
            return self._export(menu, words)
        if command == "get":
            raise Refused("syntax", column=words[-1].column if words else 1)
        return self._run[command](menu, words)

    def _print(self, menu: str, words: list[Word]) -> Reply:
        table = self._tables[menu]
        texts = [word.text for word in words]
        end = texts.index("where") if "where" in texts else len(words)
        _only(words[:end], _PRINT_WORDS)
        pages = "without-paging" not in texts[:end]
        if table.menu.kind == "settings":
            _only(words[end:], set())
            return Reply(text=table.settings_page(), pages=pages)
        wanted = condition(words[end + 1 :], table, self._lookup)
        rows = self._printed[menu] = [row for row in table.rows if wanted(row)]
        if "count-only" in texts[:end]:
            return Reply(text=f"{len(rows)}\n")
        if "terse" in texts[:end]:
            return Reply(text=table.terse_page(rows), pages=pages)
        return Reply(text=table.rows_page(rows, width=self._width), pages=pages)

    def _set(self, menu: str, words: list[Word]) -> Reply:
        table = self._tables[menu]
        rows, pairs = (table.rows, words) if table.menu.kind == "settings" else self._target(menu, words)
        values = self._values(table, pairs)
        self._permitted()
        for row in rows:
            row.update(values)
            _compute(table, row)
        return Reply()

    def _add(self, menu: str, words: list[Word]) -> Reply:
        table = self._tables[menu]
        values = self._values(table, words)
        for key, parameter in table.menu.parameters.items():
            if parameter.needed and key not in values:
                raise Refused("missing", word=key)
        self._permitted()
        row = {
            key: value
            for key, p in table.menu.parameters.items()
            if (value := values.pop(key, p.default if p.initial is None else p.initial)) is not None
        } | values
        _compute(table, row)
        table.rows.append(row)
        return Reply()

    def _remove(self, menu: str, words: list[Word]) -> Reply:
        table = self._tables[menu]
        rows, rest = self._target(menu, words)
        _only(rest, set())
        self._permitted()
        table.rows[:] = [row for row in table.rows if not any(row is gone for gone in rows)]
        return Reply()

    def _switch(self, value: str) -> Callable[[str, list[Word]], Reply]:
        def switch(menu: str, words: list[Word]) -> Reply:
            rows, rest = self._target(menu, words)
            _only(rest, set())
            self._permitted()
            for row in rows:
                row["disabled"] = value
            return Reply()

        return switch

    def _export(self, menu: str, words: list[Word]) -> Reply:
        _only(words, _EXPORT_WORDS)
        texts = {word.text for word in words}
        below = f"{menu} " if menu else ""
        tables = [
            (name, table)
            for name, table in sorted(self._tables.items())
            if name == menu or name.startswith(below)
        ]
        text = export(tables, header=self._head(), verbose="verbose" in texts, terse="terse" in texts)
        return Reply(text=text)

    def _target(self, menu: str, words: list[Word]) -> tuple[list[Row], list[Word]]:
        """Return the rows that the first word names (`[find ...]`, a name, printed numbers), and the other words."""
        if not words:
            raise Refused("no_item")
        first, rest = words[0], words[1:]
        pair = first.pair
        if pair and pair[0] == "numbers" and pair[1] == "=":
            first = Word(text=pair[2], column=first.column + len("numbers="))
        elif pair:
            raise Refused("no_item")
        if first.group is not None:
            return self._found(menu, first), rest
        table = self._tables[menu]
        named = [row for row in table.rows if row.get("name") == unquoted(first.text)]
        if named:
            return named, rest
        return [self._numbered(menu, number) for number in first.text.split(",")], rest

    def _found(self, menu: str, word: Word) -> list[Row]:
        inner = statements(word.group or "", word.column + 1)
        if len(inner) != 1 or inner[0][0].text != "find":
            raise Refused("syntax", column=word.column + 1)
        words = inner[0][2:] if len(inner[0]) > 1 and inner[0][1].text == "where" else inner[0][1:]
        table = self._tables[menu]
        wanted = condition(words, table, self._lookup)
        return [row for row in table.rows if wanted(row)]

    def _numbered(self, menu: str, number: str) -> Row:
        """Return the row that had this number when it was printed last in this session."""
        printed = self._printed.get(menu, [])
        if not number.isdecimal() or int(number) >= len(printed):
            raise Refused("no_item")
        row = printed[int(number)]
        if not any(row is present for present in self._tables[menu].rows):
            raise Refused("no_item")
        return row

    def _values(self, table: Table, words: list[Word]) -> dict[str, str]:
        """Check every `key=value` and return the values in printed form."""
        values = {}
        for word in words:
            pair = word.pair
            parameter = table.menu.parameter(pair[0]) if pair and pair[1] == "=" else None
            if pair is None or parameter is None or parameter.fixed:
                raise Refused("end", column=word.column)
            try:
                values[pair[0]] = canonical(parameter, unquoted(pair[2]), self._lookup)
            except BadValue as error:
                raise Refused("value", word=pair[0], column=word.column) from error
        return values

    def _permitted(self) -> None:
        if not self._may_write:
            raise Refused("permission")


def _only(words: list[Word], known: set[str]) -> None:
    for word in words:
        if word.text not in known:
            raise Refused("end", column=word.column)


def _compute(table: Table, row: Row) -> None:
    for key, parameter in table.menu.parameters.items():
        if parameter.kind == "network_of" and row.get(parameter.key):
            row[key] = network_of(row[parameter.key])
