"""`export` of the menu console: the statements that make the present state."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.simulator.menu_tables import Row, Table
from auditor.simulator.menu_words import exported

_WIDTH = 80
_PIECE = re.compile(r'[^\s="]+=|(?:"(?:\\.|[^"\\])*"|[^\s"])+ ?|"(?:\\.|[^"\\])*" ?|\s')


def export(tables: Iterable[tuple[str, Table]], *, header: str, verbose: bool, terse: bool) -> str:
    """Return the header and every menu's statements: only what differs from the defaults, or all of it."""
    text = header
    for name, table in tables:
        statements = [s for row in table.rows if (s := _statement(table, row, verbose=verbose))]
        if terse:
            text += "".join(f"/{name} {statement}\n" for statement in statements)
        elif statements:
            text += f"/{name}\n" + "".join(_folded(statement) for statement in statements)
    return text


def _statement(table: Table, row: Row, *, verbose: bool) -> str:
    menu = table.menu
    keys = sorted({*menu.parameters, *menu.flag_names.values(), "comment"})
    pairs = []
    for key in keys:
        parameter = menu.parameter(key)
        if parameter is None or parameter.fixed or (menu.kind == "named" and key == "name"):
            continue
        value = table.value(row, key) if verbose else row.get(key)
        if value is None or (not verbose and value == table.default(row, key)) or (verbose and not value):
            continue
        pairs.append(f"{key}={exported(value)}")
    if menu.kind == "table" or row.get("dynamic") == "yes" or (not pairs and menu.kind != "rows"):
        return ""
    verb = {"settings": "set", "named": f"set {exported(row.get('name', ''))}"}.get(menu.kind, "add")
    return " ".join([verb, *pairs])


def _folded(statement: str) -> str:
    """Break a long statement as exports do: behind a blank, or behind the `=` of a value that does not fit."""
    lines = [""]
    for piece in _PIECE.findall(statement):
        if lines[-1].strip() and len(lines[-1]) + len(piece) >= _WIDTH:
            lines[-1] += "\\"
            lines.append("    ")
        lines[-1] += piece
    return "\n".join(lines).rstrip() + "\n"
