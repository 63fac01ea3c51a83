r"""Reads what consoles with a tree of menus show of one menu: `Name  VALUE: value`, or a table with a header.

    UDP-Aging-Seconds             VALUE:   120
    Service-Table                 TABLE:   64 x [D-port-from,D-port-to,...]

    D-port-from  D-port-to  Intranet-Address
    -----------------------------------------
    5060         5060       192.0.2.10

Options: `menu`, the path that was shown and the section of every record, and `menus`, what is known of each path (see
`auditor.extract.tree_rows`). A table's cells are cut where its header's words start, for they may be empty or hold
blanks; a row that runs over such an edge is not understood. A value may stand without its mark only where the menu
names it. Only one vendor's consoles speak this language; it is one of its own, with `tree_script` for its scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.extract.tree_rows import Menu, menus_of, odd

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9][\w().+/-]*)\s+(?:(?P<mark>[A-ZÄÖÜ][A-ZÄÖÜ-]+):\s*)?(?P<value>.*)")
_VALUE_MARKS = frozenset({"VALUE", "WERT"})
_RULE = re.compile(r"\s*-[-\s=+]*-\s*")
_WORD = re.compile(r"\S+")


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for every value, or for every row of the table."""
    menu = menus_of(options)[str(options["menu"]).lower()]
    found = list(_rows(text, menu) if menu.table else _values(text, menu))
    return Reading(
        records=tuple(one for one in found if isinstance(one, Record)),
        sections=((menu.path, 1),),
        not_understood=tuple(one for one in found if isinstance(one, NotUnderstood)),
    )


def _values(text: str, menu: Menu) -> Iterator[Record | NotUnderstood]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        entry = _ENTRY.fullmatch(line.strip())
        name = menu.name(entry["name"]) if entry else ""
        if not entry or (entry["mark"] is None and name not in menu.shapes):
            yield odd(menu.path, number, line)
        elif entry["mark"] is None or entry["mark"] in _VALUE_MARKS:
            value = _unquoted(entry["value"])
            if menu.fits(name, value):
                values = {name: value, f"@{name}": entry["name"]}
                yield Record(section=menu.path, values=values, line=number)
            else:
                yield odd(menu.path, number, line)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _rows(text: str, menu: Menu) -> Iterator[Record | NotUnderstood]:
    lines = [line.expandtabs() for line in text.split("\n")]
    rule = next((index for index, line in enumerate(lines) if index and _RULE.fullmatch(line)), None)
    header = lines[rule - 1] if rule else ""
    columns = [(menu.name(word.group()), word.start()) for word in _WORD.finditer(header)]
    names = [name for name, _start in columns]
    if rule is None or not menu.needs <= set(names) or len(set(names)) < len(names):
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        yield odd(menu.path, first + 1, lines[first] or menu.path)
        return
    for index, line in enumerate(lines):
        if line.strip() and index != rule - 1 and not _RULE.fullmatch(line):
            cells = _cells(line, columns) if index > rule else None
            yield odd(menu.path, index + 1, line) if cells is None else menu.row(cells, index + 1, line)


def _cells(line: str, columns: Sequence[tuple[str, int]]) -> dict[str, str] | None:
    """Cut a row at the columns' starts; None where text runs over an edge."""
    starts = [start for _name, start in columns]
    if line[: starts[0]].strip() or any(line[start - 1 : start].strip() for start in starts[1:]):
        return None
    ends = [*starts[1:], len(line)]
    return {
        name: _unquoted(line[start:end].strip()) for (name, start), end in zip(columns, ends, strict=True)
    }
