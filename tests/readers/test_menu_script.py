"""Scripts of menu consoles: menus, wrapped lines, quotes and comments, as exports write them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.menu_script import read
from auditor.extract.records import Record


def records(text: str) -> list[Record]:
    reading = read(text, {})
    assert not reading.not_understood, reading.not_understood
    return list(reading.records)


def test_commands_belong_to_the_menu_above_them() -> None:
    text = "/ip firewall nat\nadd chain=srcnat action=masquerade\n/system identity\nset name=x"
    assert [(r.section, r.values["@command"]) for r in records(text)] == [
        ("ip firewall nat", "add"),
        ("system identity", "set"),
    ]


def test_a_command_on_its_menus_line() -> None:
    (record,) = records("/ip firewall connection tracking set udp-timeout=10s")
    assert (record.section, record.values["udp-timeout"]) == ("ip firewall connection tracking", "10s")


def test_wrapped_lines_join_in_the_middle_of_a_value_and_values_keep_their_line() -> None:
    (record,) = records(
        '/ip firewall nat\nadd action=dst-nat to-addresses=\\\n    10.0.0.5 comment="a\\\n    b" dst-po\\\n    rt=53'
    )
    assert record.values["to-addresses"] == "10.0.0.5"
    assert record.values["comment"] == "ab"
    assert record.values["dst-port"] == "53"
    assert (record.line, record.line_of("action")) == (2, 2)


def test_selectors_and_bare_names() -> None:
    bare, found, quoted, switched = records(
        "/ip firewall service-port\nset sip disabled=yes\nset [ find name=h323 ] disabled=yes\n"
        'set [find where name="ftp"] ports=21\nenable pptp'
    )
    assert (bare.values["name"], bare.values["disabled"]) == ("sip", "yes")
    assert (found.values["name"], quoted.values["name"]) == ("h323", "ftp")
    assert (switched.values["name"], switched.values["disabled"]) == ("pptp", "no")


@pytest.mark.parametrize(
    "command",
    ["set [ find ] disabled=no", "set 4 disabled=no", "set sip,ftp disabled=no", "set numbers=sip disabled=no",
     "enable [find ports=5060,5061]", "enable"],
)  # fmt: skip
def test_what_an_unclear_selector_may_have_changed_is_no_longer_stated(command: str) -> None:
    reading = read(f"/ip firewall service-port\nset sip disabled=yes ports=5060\n{command}\n", {})
    assert [odd.line for odd in reading.not_understood] == [3]
    assert "disabled" not in reading.records[0].values
    assert reading.records[0].values["ports"] == "5060"


def test_a_full_listing_names_what_is_not_set() -> None:
    (record,) = records("/ip firewall filter\nadd action=accept chain=forward !dst-port !time log=no")
    assert set(record.values) == {"@command", "action", "chain", "log"}


def test_menus_are_also_named_from_where_one_stands() -> None:
    text = "/ip firewall\nnat add chain=srcnat\nservice-port set sip disabled=yes\n/ip/firewall/nat/add chain=dstnat"
    assert [r.section for r in records(text)] == [
        "ip firewall nat", "ip firewall service-port", "ip firewall nat",
    ]  # fmt: skip
    walked = read("/ip firewall nat\n..\nfilter\nadd chain=forward", {})
    assert [r.section for r in walked.records] == ["ip firewall filter"]


def test_a_stray_word_may_have_opened_a_menu() -> None:
    reading = read("/ip firewall nat\nfoo\nadd chain=dstnat", {})
    assert [odd.section for odd in reading.not_understood] == ["ip firewall nat"]
    assert [record.section for record in reading.records] == ["ip firewall nat foo"]


def test_menus_behind_a_quote_that_stays_open_are_not_understood() -> None:
    script = '/system script\nadd name=x source="\n/ip firewall nat\nadd chain=dstnat\n"\n/ip proxy\n'
    reading = read(script, {})
    assert [(odd.section, odd.line) for odd in reading.not_understood] == [("ip firewall nat", 3)]
    assert [record.section for record in reading.records] == ["system script"]
    assert [name for name, _line in reading.sections] == ["system script", "ip proxy"]
    unclosed = read('/ip dns\nset servers="1.1.1.1\n/ip firewall nat\nadd chain=dstnat', {})
    assert [odd.section for odd in unclosed.not_understood] == ["ip dns", "ip firewall nat"]
    assert not unclosed.records


def test_a_program_inside_quotes_is_no_command() -> None:
    text = '/system script\nadd name=x source="/ip dns static;\\r\\n\\\n    /ip firewall nat\\r\\nadd chain=dstnat to-addresses=6.6.6.6"\n/ip firewall nat\nadd chain=srcnat action=masquerade'
    assert [r.section for r in records(text)] == ["system script", "ip firewall nat"]


def test_comments_and_status_lines_are_no_commands() -> None:
    text = "# 2025-01-01 by RouterOS 7\n/interface ethernet\n# ether2 not ready\nset ether1 name=wan\n"
    (record,) = records(text)
    assert record.line == 4


def test_an_open_quote_is_not_understood() -> None:
    reading = read('/ip firewall nat\nadd chain=dstnat comment="half', {})
    assert [odd.section for odd in reading.not_understood] == ["ip firewall nat"]
    assert not reading.records


def test_a_text_that_ends_in_a_wrapped_line_is_not_understood() -> None:
    assert read("/ip firewall nat\nadd chain=dstnat \\", {}).not_understood


def test_every_menu_is_listed_also_an_empty_one() -> None:
    assert read("/ip firewall nat\n/ip proxy\n", {}).sections == (("ip firewall nat", 1), ("ip proxy", 2))


KEYS = st.text(string.ascii_lowercase + "-", min_size=1, max_size=12).filter(
    lambda key: key.strip("-") == key and key != "name"
)
VALUES = st.text(string.ascii_letters + string.digits + ' .,:/=";$\\?[]{}!<>()_-', max_size=20)


def quoted(value: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("?", "\\?")):
        value = value.replace(plain, escaped)
    return f'"{value}"'


def wrapped(line: str, width: int) -> str:
    """Wrap as exports do: only at a blank between words, never inside a quoted value."""
    out, column, inside = [], 0, False
    for index, character in enumerate(line):
        inside ^= character == '"' and line[index - 1] != "\\"
        out.append(character)
        column += 1
        if character == " " and not inside and column >= width:
            out.append("\\\n    ")
            column = 0
    return "".join(out)


@given(
    rows=st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), max_size=6), width=st.integers(8, 80)
)
def test_whatever_is_written_is_read_back(rows: list[dict[str, str]], width: int) -> None:
    lines = ["/some menu"]
    lines += [wrapped("add " + " ".join(f"{k}={quoted(v)}" for k, v in row.items()), width) for row in rows]
    found = records("\n".join(lines))
    assert [{k: v for k, v in r.values.items() if not k.startswith("@")} for r in found] == rows


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text, {})
