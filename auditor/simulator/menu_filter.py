"""The conditions behind `where` and inside `[find ...]` of the menu console."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from auditor.simulator.menu_tables import Row, Table
from auditor.simulator.menu_values import BadValue, Lookup, canonical
from auditor.simulator.menu_words import Refused, Word, unquoted

Condition = Callable[[Row], bool]


def condition(words: list[Word], table: Table, lookup: Lookup) -> Condition:
    """Return the test that the words mean: terms side by side or joined by `and`, alternatives by `or`."""
    alternatives: list[list[Condition]] = [[]]
    for word in words:
        if word.text == "or":
            alternatives.append([])
        elif word.text != "and":
            alternatives[-1].append(_term(word, table, lookup))
    return lambda row: any(all(term(row) for term in terms) for terms in alternatives)


def _term(word: Word, table: Table, lookup: Lookup) -> Condition:
    pair = word.pair
    if pair is None:
        key = word.text.removeprefix("!")
        wanted = "no" if word.text.startswith("!") else "yes"
        _known(key, word, table)
        return lambda row: (table.value(row, key) or "no") == wanted
    key, operator, raw = pair
    _known(key, word, table)
    value = unquoted(raw)
    if operator == "~":
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise Refused("syntax", column=word.column) from error
        return lambda row: pattern.search(table.value(row, key)) is not None
    parameter = table.menu.parameter(key)
    if parameter and value:
        with contextlib.suppress(BadValue):  # compared as it stands: it equals nothing that could be stored
            value = canonical(parameter, value, lookup)
    return lambda row: (table.value(row, key) == value) is (operator == "=")


def _known(key: str, word: Word, table: Table) -> None:
    if table.menu.parameter(key) is None:
        raise Refused("end", column=word.column)
