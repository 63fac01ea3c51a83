"""Hierarchical configs: braces and set lines give the same records, and nothing is lost on the way."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from auditor.extract.brace_statements import statements_of
from auditor.extract.readers.stanza_config import read
from auditor.extract.records import Reading

OBJECTS = [
    {"section": "pool", "at": "security nat pool {pool}", "leaves": ["address port {port}", "address {address}"]},
    {"section": "set", "at": "security nat set {set}", "leaves": ["from zone {zone+}"], "keep_inactive": True},
    {
        "section": "rule", "at": "security nat set {set} rule {rule}", "parent": "set", "keep_inactive": True,
        "leaves": ["port {ports#}", "match {other*}", {"match": "then off", "values": {"action": "off"}}, "silent"],
    },
    {"section": "application", "at": "applications application {name}", "pairs": True},
    {"section": "term", "at": "applications application {name} term {term}", "pairs": True},
    {"section": "unit", "at": "interfaces {if} unit {unit}", "leaves": ["address {address+}"], "values": {"full": "{if}.{unit}"}},
]  # fmt: skip
OPTIONS: dict[str, Any] = {
    "objects": OBJECTS, "roots": ["security", "applications", "interfaces"], "strip": ["logical-systems"],
    "places": {"nat": "security"},
}  # fmt: skip
BRACES = """\
## Last commit: today
security {
    nat { /* a note
        over lines { */
        pool P {
            address 192.0.2.7/32;
            address {
                port 5060;
            }
        }
        set IN {
            from zone [ wan dmz ];
            rule ONE {
                port 5060 to 5070;
                port 80; ## SECRET-DATA
                then off;
                silent;
            }
            inactive: rule TWO {
                match source 198.51.100.0/24;
                inactive: port 90;
            }
        }
    }
}
interfaces {
    ge-0/0/0 {
        description "a { b; # c";
        unit 0 {
            address 203.0.113.9/29;
            address 203.0.113.10/29;
        }
    }
}
applications {
    application A {
        term t1 protocol udp destination-port 5060 inactivity-timeout 300;
        term t2 {
            protocol tcp;
        }
    }
}
"""
LINES = """\
# a remark
set security nat pool P address 192.0.2.7/32
set security nat pool P address port 5060
set security nat set IN from zone wan
set security nat set IN from zone dmz
set security nat set IN rule ONE port 5060 to 5070
set security nat set IN rule ONE port 80
set security nat set IN rule ONE then off
set security nat set IN rule ONE silent
set security nat set IN rule TWO match source 198.51.100.0/24
set security nat set IN rule TWO port 90
deactivate security nat set IN rule TWO port 90
deactivate security nat set IN rule TWO
set interfaces ge-0/0/0 description "a { b; # c"
set interfaces ge-0/0/0 unit 0 address 203.0.113.9/29
set interfaces ge-0/0/0 unit 0 address 203.0.113.10/29
set applications application A term t1 protocol udp destination-port 5060 inactivity-timeout 300
set applications application A term t2 protocol tcp
"""


def values(reading: Reading) -> list[tuple[str, dict[str, str]]]:
    return [
        (record.section, {key: value for key, value in record.values.items() if key != "@last"})
        for record in reading.records
        if record.section != "application"
    ]


def test_braces_and_set_lines_give_the_same_records() -> None:
    found = values(read(BRACES, OPTIONS))
    assert found == values(read(LINES, OPTIONS))
    assert found == [
        ("pool", {"pool": "P", "address": "192.0.2.7/32", "port": "5060"}),
        ("set", {"set": "IN", "zone": "wan, dmz"}),
        ("rule", {"set": "IN", "zone": "wan, dmz", "rule": "ONE", "ports": "5060-5070,80", "action": "off", "silent": "yes"}),
        ("rule", {"set": "IN", "zone": "wan, dmz", "rule": "TWO", "@inactive": "yes", "other": "source 198.51.100.0/24", "ports": "90"}),
        ("unit", {"if": "ge-0/0/0", "unit": "0", "address": "203.0.113.9/29, 203.0.113.10/29", "full": "ge-0/0/0.0"}),
        ("term", {"name": "A", "term": "t1", "protocol": "udp", "destination-port": "5060", "inactivity-timeout": "300"}),
        ("term", {"name": "A", "term": "t2", "protocol": "tcp"}),
    ]  # fmt: skip
    assert not read(BRACES, OPTIONS).not_understood
    assert not read(LINES, OPTIONS).not_understood


@pytest.mark.parametrize("text", [BRACES, LINES])
def test_every_value_tells_its_line(text: str) -> None:
    lines = text.split("\n")
    for record in read(text, OPTIONS).records:
        for key, line in record.lines.items():
            word = {"action": "then off", "silent": "silent", "ports": "port"}.get(
                key, record.values[key].split(",")[0]
            )
            assert word.split()[-1] in lines[line - 1]


def test_later_lines_change_earlier_ones_as_on_the_device() -> None:
    text = LINES + (
        "set applications application A term t1 inactivity-timeout 30\n"
        "delete security nat set IN rule ONE\n"
        "activate security nat set IN rule TWO\n"
        "set security nat set IN rule THREE silent\n"
        "insert security nat set IN rule THREE before rule TWO\n"
    )
    found = values(read(text, OPTIONS))
    rules = [(v["rule"], v.get("@inactive")) for section, v in found if section == "rule"]
    assert rules == [("THREE", None), ("TWO", None)]
    assert [v["inactivity-timeout"] for s, v in found if s == "term" and v["term"] == "t1"] == ["30"]


def test_places_count_for_what_follows() -> None:
    edited = "edit security nat\nset pool P address 192.0.2.7/32\ntop\nset interfaces a unit 0 address 192.0.2.1/30\n"
    shown = "[edit security nat]\npool P {\n    address 192.0.2.7/32;\n}\n"
    part = "nat {\n    pool P {\n        address 192.0.2.7/32;\n    }\n}\n"
    for text in (edited, shown, part):
        assert values(read(text, OPTIONS))[0] == ("pool", {"pool": "P", "address": "192.0.2.7/32"})
    assert [section for section, _v in values(read(edited, OPTIONS))] == ["pool", "unit"]


@pytest.mark.parametrize(
    "line",
    ['encrypted-password "REMOVED\u201d;## SECRET-DATA', 'message "never closed;', 'message "a \\" b; {";'],
)
def test_a_broken_quotation_mark_swallows_no_other_line(line: str) -> None:
    text = BRACES.replace("    nat {", f"    {line}\n    nat {{", 1)
    assert values(read(text, OPTIONS)) == values(read(BRACES, OPTIONS))


def test_groups_are_applied_and_overridden() -> None:
    text = LINES + (
        "set groups G interfaces <ge-*> unit 0 address 10.0.0.1/24\n"
        "set groups G security nat pool P address 192.0.2.99/32\n"
        "set groups G security nat pool Q address 192.0.2.50/32\n"
        "set groups UNUSED security nat pool R address 192.0.2.51/32\n"
        "set apply-groups G\n"
    )
    found = values(read(text, OPTIONS))
    pools = {v["pool"]: v["address"] for s, v in found if s == "pool"}
    assert pools == {"P": "192.0.2.7/32", "Q": "192.0.2.50/32"}
    assert next(v for s, v in found if s == "unit")["address"].startswith("10.0.0.1/24, 203.0.113.9/29")


def test_a_rule_of_a_group_whose_place_is_not_known_is_told() -> None:
    text = LINES + "set groups G security nat set IN rule NEW silent\nset apply-groups G\n"
    odd = {one.section for one in read(text, OPTIONS).not_understood}
    assert "rule" in odd
    assert "term" not in odd


def test_a_group_that_is_not_there_makes_what_it_may_hold_unknown() -> None:
    assert read(LINES + "set apply-groups GONE\n", OPTIONS).not_understood
    assert not read(LINES + "set apply-groups ${node}\n", OPTIONS).not_understood


def test_objects_of_a_logical_system_are_told_apart() -> None:
    text = "set security nat pool P address 192.0.2.1/32\nset logical-systems L security nat pool P address 192.0.2.2/32\n"
    assert values(read(text, OPTIONS)) == [
        ("pool", {"pool": "P", "address": "192.0.2.1/32"}),
        ("pool", {"pool": "P", "@system": "L", "address": "192.0.2.2/32"}),
    ]


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (LINES.replace("rule ONE port 80", "rule ONE\nport 80"), {"pool", "set", "rule", "unit", "application", "term"}),
        (BRACES.replace("port 80;", "port 80"), {"pool", "set", "rule"}),
        (BRACES + "}\n", {"pool", "set", "rule", "unit", "application", "term"}),
        ("rename security nat pool P to pool Q\n" + LINES, {"pool", "set", "rule", "unit", "application", "term"}),
    ],
)  # fmt: skip
def test_a_line_that_is_not_understood_is_told(text: str, sections: set[str]) -> None:
    assert {one.section for one in read(text, OPTIONS).not_understood} == sections


def test_only_what_is_closed_counts_as_whole() -> None:
    whole = dict(read(BRACES, OPTIONS).sections)
    assert {"pool", "unit", "term"} <= set(whole)
    for end in range(1, BRACES.count("\n")):
        cut = "\n".join(BRACES.split("\n")[:end])
        shown = dict(read(cut, OPTIONS).sections)
        assert ("pool" in shown) == (end >= BRACES[: BRACES.index("interfaces {")].count("\n"))
    assert "term" not in dict(read(LINES, OPTIONS).sections)  # more of them might follow
    assert "pool" in dict(read(LINES, OPTIONS).sections)
    assert "pool" not in dict(read("nat {\n pool P {\n  address 192.0.2.7/32;\n }\n}\n", OPTIONS).sections)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 5000, "}" * 5000, "[" * 5000, "a [ b; c ] d;", ";;;;", '"', "set", "set [ ]", "insert a before b", "edit\n" * 900,
        "/* " * 3000, "set " + "a " * 20000, "deactivate x\n" * 5000, "x { inactive: }", "a {" * 300 + "}" * 300, "\x00\x01 {",
    ],
)  # fmt: skip
def test_hostile_texts_are_survived(text: str) -> None:
    read(text, {**OPTIONS, "lookup": {"predefined": "sys-", "sip": ["sys-sip"]}})


def test_random_cuts_and_swaps_are_survived() -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    for _round in range(200):
        letters = list(chance.choice([BRACES, LINES]))
        for _swap in range(30):
            letters[chance.randrange(len(letters))] = chance.choice('{};[]"#\n ')
        read("".join(letters), {**OPTIONS, "lookup": {"predefined": "sys-", "sip": ["sys-sip"]}})


def test_a_large_config_is_read_in_linear_time() -> None:
    row = "set security nat set S{n} rule R{n} port {n}\nset applications application A{n} protocol udp\ndeactivate security nat set S{n}\n"
    times = []
    for size in (2_000, 8_000):
        text = "".join(row.replace("{n}", str(n)) for n in range(size))
        start = time.perf_counter()
        assert len(read(text, OPTIONS).records) == 2 * size
        times.append(time.perf_counter() - start)
    assert times[1] < 12 * times[0]


def test_the_place_of_every_statement_is_kept() -> None:
    rows = statements_of(BRACES).rows
    lines = BRACES.split("\n")
    assert all(row.words[-1].split()[0].strip('"') in lines[row.line - 1] for row in rows)
