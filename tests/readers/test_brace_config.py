"""The reader of config trees: both writings say the same, and what is cut, marked or broken says nothing for sure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.extract.readers.brace_config import read
from auditor.extract.records import Reading

RULES = {"section": "rules", "path": "nat rule {rule}", "services": ["port"], "whole": "always"}
OPTIONS: Mapping[str, Any] = {
    "proof": ["interfaces", "system name"],
    "ports": {"https": 443},
    "objects": [
        {"section": "timers", "path": "system timeout udp", "values": {"place": "system timeout udp"}},
        {"section": "modules", "path": "system modules {module}"},
        RULES,
        {"section": "wizard", "path": "forward rule {rule}", "inherit": ["wan"]},
        {"section": "groups", "path": "group {group}", "lists": ["port"]},
        {"section": "states", "path": "filter {chain} rule {rule}", "fold": {"state": "enable"}},
        {
            "section": "addresses",
            "path": "interfaces {kind} {parent} vif {vif} address {address}",
            "needs": {"address": r"^\d+\."},
            "values": {"interface": "{parent}.{vif}"},
        },
    ],
}
BLOCK = """
interfaces {
    ethernet eth0 {
        vif 7 {
            address 192.0.2.1/24
            address dhcp
        }
    }
}
forward {
    rule 1 {
        port 5060
    }
    wan eth0
}
group PHONES {
    port 5060
    port 10000-10099
}
nat {
    rule 10 {
        description "a { b } \\"c\\""
        disable
        port https
    }
    rule 2 {
        port 80
    }
}
system {
    modules {
        ftp
        sip {
            disable
        }
    }
    timeout {
        other 600
        udp {
            other 30
        }
    }
}
"""
LINES = """
set interfaces ethernet eth0 vif 7 address '192.0.2.1/24'
set interfaces ethernet eth0 vif 7 address 'dhcp'
set forward rule 1 port '5060'
set forward wan eth0
set group PHONES port 5060
set group PHONES port '10000-10099'
set nat rule 10 description 'a { b } "c"'
set nat rule 10 disable
set nat rule 10 port 'https'
set nat rule 2 port '80'
set system modules ftp
set system modules sip disable
set system timeout other 600
set system timeout udp other '30'
"""


def _rows(text: str, section: str) -> list[dict[str, str]]:
    return [dict(record.values) for record in read(text, OPTIONS).records if record.section == section]


def _odd(reading: Reading) -> set[str]:
    return {one.section for one in reading.not_understood}


@pytest.mark.parametrize("text", [BLOCK, LINES, LINES.replace("'", '"').replace('""c""', '\\"c\\""')])
def test_both_writings_say_the_same(text: str) -> None:
    assert _rows(text, "timers") == [{"other": "30", "place": "system timeout udp"}]
    assert _rows(text, "modules") == [{"module": "ftp"}, {"module": "sip", "disable": "present"}]
    assert _rows(text, "wizard") == [{"rule": "1", "port": "5060", "wan": "eth0"}]
    assert _rows(text, "groups") == [{"group": "PHONES", "port": "5060,10000-10099"}]
    assert [row["interface"] for row in _rows(text, "addresses")] == ["eth0.7"]
    rules = _rows(text, "rules")
    assert rules[0] == {"rule": "2", "port": "80"}
    assert {"disable": "present", "port": "443"}.items() <= rules[1].items()


def test_each_value_knows_its_line() -> None:
    record = next(record for record in read(BLOCK, OPTIONS).records if record.section == "rules")
    lines = BLOCK.split("\n")
    assert lines[record.line_of("port") - 1].strip() == "port 80"
    shared = next(record for record in read(BLOCK, OPTIONS).records if record.section == "wizard")
    assert lines[shared.line_of("wan") - 1].strip() == "wan eth0"


def test_states_that_are_enabled_are_one_value() -> None:
    text = "filter A {\n rule 1 {\n state {\n established enable\n new disable\n related enable\n }\n }\n}\n"
    assert _rows(text, "states") == [{"chain": "A", "rule": "1", "state": "established,related"}]
    assert _rows("set filter A rule 1 state new enable\n", "states")[0]["state"] == "new"


def test_a_later_line_wins_and_a_deletion_takes_away() -> None:
    assert _rows(LINES + "set system timeout udp other 180\n", "timers")[0]["other"] == "180"
    assert _rows(LINES + "delete system timeout udp\n", "timers") == []
    assert "disable" not in _rows(LINES + "delete nat rule 10 disable\nset system name x\n", "rules")[1]
    assert _rows(LINES + "delete nat\n", "rules") == []
    assert _rows(LINES + "delete forward wan\n", "wizard") == [{"rule": "1", "port": "5060"}]
    assert [row["module"] for row in _rows(LINES + "delete system modules sip\n", "modules")] == ["ftp"]


@pytest.mark.parametrize(
    "text",
    [
        "/* set system timeout udp other 30 */\nsystem {\n}\n",
        "/* system {\n timeout {\n udp {\n other 30\n } } } */\nsystem {\n}\n",
        "# set system timeout udp other 30\nset system name x\n",
        "// system timeout udp other 30\nset system name x\n",
        'system {\n    note "timeout udp other 30"\n}\n',
        "set system note 'timeout udp other 30'\n",
        "set policy system timeout udp other 30\n",
        "policy {\n    system {\n        timeout {\n            udp {\n                other 30\n            }\n        }\n    }\n}\n",
    ],
)
def test_what_only_looks_like_a_statement_is_none(text: str) -> None:
    assert _rows(text, "timers") == []


@pytest.mark.parametrize("mark", ["+", "-", ">", "!"])
def test_differences_of_a_candidate_are_not_understood(mark: str) -> None:
    text = f" system {{\n     timeout {{\n         udp {{\n{mark}            other 180\n         }}\n     }}\n }}\n"
    assert _rows(text, "timers") == [{"place": "system timeout udp"}]
    assert _odd(read(text, OPTIONS)) == {"timers"}
    whole = f" system {{\n     timeout {{\n{mark}        udp {{\n{mark}            other 180\n{mark}        }}\n     }}\n }}\n"
    assert "timers" in _odd(read(whole, OPTIONS))


def test_an_object_that_the_end_may_have_cut_says_nothing() -> None:
    cut = BLOCK[: BLOCK.index("        port https")]
    assert [row["rule"] for row in _rows(cut, "rules")] == []
    assert "rules" in _odd(read(cut, OPTIONS))
    lines = LINES[: LINES.index("set nat rule 10 disable")]
    assert [row["rule"] for row in _rows(lines, "rules")] == []
    ordered = {**OPTIONS, "objects": [{**RULES, "whole": "blocks"}]}
    assert [record.values["rule"] for record in read(lines, ordered).records] == ["10"]
    assert read(cut, ordered).records == ()


def test_a_value_that_the_end_may_have_cut_says_nothing() -> None:
    cut = BLOCK[: BLOCK.index("other 30") + len("other 3")]
    assert "other" not in next(iter(_rows(cut, "timers")), {})
    assert "timers" in _odd(read(cut, OPTIONS))


def test_braces_that_do_not_fit_are_told_for_every_section() -> None:
    assert _odd(read(BLOCK + "}\n", OPTIONS)) == {one["section"] for one in OPTIONS["objects"]}
    assert read(BLOCK, OPTIONS).ended
    assert not read(BLOCK.removesuffix("}\n"), OPTIONS).ended


@pytest.mark.parametrize("text", ["", "\n", "Invalid command: show\n", "other 30\n"])
def test_what_is_no_config_proves_nothing(text: str) -> None:
    reading = read(text, OPTIONS)
    assert reading.records == ()
    assert _odd(reading) == {one["section"] for one in OPTIONS["objects"]}


def test_an_open_quotation_mark_hides_what_follows_and_says_so() -> None:
    text = (
        'nat {\n    rule 1 {\n        description "two\n        disable\n lines"\n        port 80\n    }\n}\n'
    )
    reading = read(text, OPTIONS)
    assert "rules" in _odd(reading)
    assert _odd(read("set nat rule 1 description 'open\nset system name x\n", OPTIONS)) == {"rules"}


def test_a_sorted_listing_proves_the_sections_that_it_left_behind() -> None:
    whole = read(LINES + "set system name x\n", OPTIONS)
    assert not whole.ended  # `forward` stands behind `interfaces`: this listing was put together
    ordered = "set group A port 1\nset interfaces e e0 vif 1 address 192.0.2.1\nset system name x\n"
    names = [name for name, _line in read(ordered, OPTIONS).sections]
    assert read(ordered, OPTIONS).ended
    assert {"groups", "modules", "rules", "wizard"} <= set(names)
    assert "timers" not in names
    assert not read("set system modules ftp\nset system name x\n", OPTIONS).sections


def test_terminal_codes_and_carriage_returns_are_no_part_of_a_line() -> None:
    text = "\x1b[?1h\x1b=\r" + LINES.lstrip().replace("\n", "\r\n")
    assert _rows(text, "timers") == [{"other": "30", "place": "system timeout udp"}]


WORD = st.text(alphabet="abcxyzABC019._:/-", min_size=1, max_size=8).filter(
    lambda word: word[0] not in "-/" and word not in {"set", "delete"}
)
VALUE = st.text(alphabet="abc {}#!+-;\"\\ 'xyz019", min_size=0, max_size=12).filter(
    lambda text: not text.endswith("\\") and text.strip() == text
)
RULE = st.fixed_dictionaries(
    {"port": st.integers(1, 65535).map(str)},
    optional={"description": VALUE, "disable": st.just("present"), "address": WORD},
)


def _block(rules: Mapping[int, Mapping[str, str]]) -> str:
    text = "interfaces {\n}\nnat {\n"
    for number, rule in rules.items():
        text += f"    rule {number} {{\n"
        for key, value in rule.items():
            quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            plain = value if value.replace("-", "").isalnum() else quoted
            text += f"        {key}{'' if key == 'disable' else f' {plain}'}\n"
        text += "    }\n"
    return text + "}\nsystem {\n    name x\n}\n"


def _lines(rules: Mapping[int, Mapping[str, str]]) -> str:
    text = "set interfaces e0\n"
    for number, rule in rules.items():
        for key, value in rule.items():
            quoted = "'" + value.replace("'", "'\\''") + "'"
            text += f"set nat rule {number} {key}{'' if key == 'disable' else f' {quoted}'}\n"
    return text + "set system name x\n"


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.integers(1, 999), RULE, min_size=1, max_size=6), st.booleans())
def test_what_is_written_is_read(rules: dict[int, dict[str, str]], block: bool) -> None:
    text = _block(rules) if block else _lines(rules)
    wanted = [{"rule": str(number), **rules[number]} for number in sorted(rules)]
    assert _rows(text, "rules") == wanted
    assert read(text, OPTIONS).not_understood == ()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="set natrule{}\"'\\\n /*#+-10 ", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = read(text, OPTIONS)
    assert all(1 <= record.line <= text.count("\n") + 1 for record in reading.records)


def test_a_long_config_is_read_in_a_straight_line() -> None:
    def seconds(rules: int) -> float:
        text = _block({number: {"port": "80", "description": "x"} for number in range(1, rules)})
        start = time.perf_counter()
        read(text, OPTIONS)
        return time.perf_counter() - start

    small, large = min(seconds(2_000) for _ in range(3)), seconds(20_000)
    assert large < 40 * small
