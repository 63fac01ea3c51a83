"""Listings of tree consoles: single values, and tables that are cut at their header's edges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.tree_listing import read

MENUS: dict[str, Any] = {
    "Setup/Nat": {"names": {"Alterung": "Aging"}, "shapes": {"Aging": "[1-9][0-9]*"}},
    "Setup/Nat/Forwards": {
        "table": True,
        "needs": ["From", "To", "Address"],
        "absent": {"Protocol": "both"},
        "blank": {"Wan": "0.0.0.0"},  # noqa: S104 - a column's word for none
        "range": {"first": "From", "last": "To", "inside": "Map"},
        "shapes": {"Address": r"\d+(?:\.\d+){3}"},
    },
}
NAT: dict[str, Any] = {"menu": "Setup/Nat", "menus": MENUS}
FORWARDS: dict[str, Any] = {"menu": "Setup/Nat/Forwards", "menus": MENUS}


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("Aging      VALUE:   20", "Aging"),
        ("  aging    WERT: 20  ", "aging"),
        ("Alterung   WERT:    20", "Alterung"),
        ("Aging      20", "Aging"),
    ],
)
def test_a_value_is_read_with_the_name_that_was_printed(line: str, printed: str) -> None:
    (record,) = read(f"\nForwards   TABLE:  64 x [From,To]\n{line}\n", NAT).records
    assert (record.values["Aging"], record.values["@Aging"], record.line) == ("20", printed, 3)


@pytest.mark.parametrize(
    "line",
    [
        "Aging      VALUE:   2m",
        "Aging      VALUE:",
        "Aging      VALUE:   0",
        "Aging = 20",
        "Aging: 20",
        "Aging      20 seconds",
        "/Setup/Nat: no such path",
        "Max-Aging  20",
    ],
)
def test_another_layout_is_not_understood_and_shown_as_it_is(line: str) -> None:
    reading = read(f"\n{line}\n", NAT)
    assert reading.records == ()
    ((number, why),) = [(odd.line, odd.why) for odd in reading.not_understood]
    assert (number, why) == (2, " ".join(line.split()))


TABLE = """\

From   To     Wan           Peer     Address       Map  Note
-------------------------------------------------------------
5060   5060   0.0.0.0                192.0.2.9     0    a > b  c
10000  20000  198.51.100.1  DSL 1    192.0.2.9
443    443    0.0.0.0       "DSL 2"  192.0.2.10    8443
"""


def test_cells_are_cut_where_the_header_says() -> None:
    rows = [dict(record.values) for record in read(TABLE, FORWARDS).records]
    assert [row["@ports"] for row in rows] == ["5060", "10000-20000", "443"]
    assert [row.get("Peer") for row in rows] == [None, "DSL 1", "DSL 2"]
    assert [row.get("Wan") for row in rows] == [None, "198.51.100.1", None]
    assert [row.get("@inside-ports") for row in rows] == [None, None, "8443"]
    assert rows[0]["Note"] == "a > b  c"
    assert rows[0]["Protocol"] == "both"


def test_an_empty_table_is_one() -> None:
    reading = read("\n".join(TABLE.split("\n")[:3]), FORWARDS)
    assert (reading.records, reading.not_understood) == ((), ())


@pytest.mark.parametrize(
    "row",
    [
        "5060   5060   198.51.100.1000        192.0.2.9     0",  # runs over an edge
        "5060   5060   0.0.0.0                192.0.2.x     0",
        "5060          0.0.0.0                192.0.2.9     0",
        "       5060   0.0.0.0                192.0.2.9     0",
        "x5060  5060   0.0.0.0                192.0.2.9     0",
        "5060   5050   0.0.0.0                192.0.2.9     0",
        "3 entries",
    ],
)
def test_a_row_that_is_not_certain_is_not_understood(row: str) -> None:
    reading = read(f"{TABLE}{row}\n", FORWARDS)
    assert len(reading.records) == 3
    assert [odd.line for odd in reading.not_understood] == [7]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/Setup/Nat/Forwards: no such path\n",
        TABLE.replace("-", " "),
        TABLE.replace("Address ", "Adresse "),
        TABLE.replace("Peer", "From"),
    ],
)
def test_a_table_without_its_header_and_rule_is_not_understood(text: str) -> None:
    reading = read(text, FORWARDS)
    assert reading.records == ()
    assert len(reading.not_understood) == 1


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text, NAT)
    read(text, FORWARDS)
