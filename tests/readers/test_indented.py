"""Configs with indented blocks: what a profile tells of the language, and texts that are hostile, cut or flat."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.indented import read
from auditor.extract.records import Reading

OPTIONS = {
    "negation": "no",
    "separator": "!",
    "opaque": [{"begin": r"^banner \S+ (?P<end>\^C|\S)"}, {"begin": r"^macro name \S", "end": r"^@$"}],
    "lines": [
        {"line": r"timer (?P<seconds>\d+)", "section": "timer"},
        {"line": r"timer .*", "odd": "timer"},
        {"line": r"helper (?P<name>\S+)", "section": "helper", "values": {"state": "on"}, "no": {"state": "off"}},
        {"line": r"network (?P<net>\S+) (?P<mask>\S+)(?: not (?P<wild>\S+))?", "section": "network",
         "values": {"prefix": "{net}/{mask:mask}", "rest": "{wild:wildcard}"}},
        {"line": r"policy (?P<policy>\S+)", "inside": [
            {"line": r"class (?P<class>\S+)", "section": "class", "inside": [
                {"line": r"(?P<action>inspect|drop)"}, {"line": r"map (?P<map>\S+)", "values": {"action": "inspect"}}]}]},
        {"line": r"interface (?P<interface>\S+)", "section": "interface", "inside": [
            {"line": r"side (?P<side>\S+)"},
            {"line": r"filter (?P<filter>\S+)", "section": "filter",
             "derive": [{"where": {"side": "outside"}, "values": {"counts": "yes"}}, {"where": {}, "values": {"counts": "no"}}]}]},
    ],
}  # fmt: skip


def rows(text: str, section: str) -> list[dict[str, str]]:
    return [dict(record.values) for record in read(text, OPTIONS).records if record.section == section]


def test_a_block_and_what_stands_in_it_are_one_record_with_their_lines() -> None:
    (record,) = read("interface a\n mtu 9\n side inside\n!\n", OPTIONS).records
    assert dict(record.values) == {"interface": "a", "side": "inside"}
    assert (record.line_of("interface"), record.line_of("side")) == (1, 3)


def test_a_record_in_a_block_has_what_the_block_says_even_further_down() -> None:
    text = "interface a\n filter X\n side outside\ninterface b\n filter Y\n"
    assert rows(text, "filter") == [
        {"interface": "a", "filter": "X", "side": "outside", "counts": "yes"},
        {"interface": "b", "filter": "Y", "counts": "no"},
    ]


def test_words_may_stand_apart() -> None:
    assert rows("timer   7\ninterface\ta\n side  inside\n", "timer") == [{"seconds": "7"}]
    assert rows("interface\ta\n side \t inside\n", "interface") == [{"interface": "a", "side": "inside"}]
    assert rows("banner  motd  ^C\ntimer 7\n^C\ntimer 8\n", "timer") == [{"seconds": "8"}]


def test_nothing_hides_beneath_a_statement_that_holds_nothing() -> None:
    assert rows("timer 7\n timer 8\ninterface a\n side x\n  side inside\n", "timer") == [
        {"seconds": "7"},
        {"seconds": "8"},
    ]
    assert rows("timer 7\n timer 8\ninterface a\n side x\n  side inside\n", "interface") == [
        {"interface": "a", "side": "inside"}
    ]
    assert not rows("applet X\n timer 8\n", "timer")


def test_blocks_in_blocks() -> None:
    text = "policy P\n class A\n  map M\n class B\n  drop\npolicy Q\n class A\n  inspect\n"
    assert rows(text, "class") == [
        {"policy": "P", "class": "A", "map": "M", "action": "inspect"},
        {"policy": "P", "class": "B", "action": "drop"},
        {"policy": "Q", "class": "A", "action": "inspect"},
    ]


@pytest.mark.parametrize("indent", [" ", "   ", "\t"])
def test_any_indentation_deeper_than_the_head_is_inside(indent: str) -> None:
    assert rows(f"interface a\n{indent}side inside\ntimer 5\n", "interface") == [
        {"interface": "a", "side": "inside"}
    ]


def test_what_an_unknown_block_holds_is_not_taken_for_something_else() -> None:
    assert rows("applet X\n timer 5\n class A\n  timer 6\ntimer 7\n", "timer") == [{"seconds": "7"}]


def test_a_negated_line_fits_only_where_the_profile_says_what_it_means() -> None:
    assert rows("no helper sip\nhelper dns\nno timer 5\n", "helper") == [
        {"name": "sip", "state": "off"},
        {"name": "dns", "state": "on"},
    ]
    assert rows("no timer 5\n", "timer") == []


@pytest.mark.parametrize(
    ("mask", "prefix"),
    [
        ("255.255.255.0", "10.0.0.0/24"),
        ("0.0.0.0", "10.0.0.0/0"),  # noqa: S104 - a mask
        ("255.255.255.255", "10.0.0.0/32"),
        ("255.0.255.0", "10.0.0.0/255.0.255.0"),
        ("/14", "10.0.0.0//14"),
    ],
)
def test_masks_become_lengths_and_gaps_stay(mask: str, prefix: str) -> None:
    (row,) = rows(f"network 10.0.0.0 {mask}\n", "network")
    assert row == {"net": "10.0.0.0", "mask": mask, "prefix": prefix}


@pytest.mark.parametrize(
    ("wild", "length"),
    [("0.0.0.0", "32"), ("0.0.0.255", "24"), ("255.255.255.255", "0")],  # noqa: S104 - a mask
)
def test_inverted_masks_become_lengths(wild: str, length: str) -> None:
    (row,) = rows(f"network 10.0.0.0 255.0.0.0 not {wild}\n", "network")
    assert row["rest"] == length


@pytest.mark.parametrize(
    "text",
    [
        "banner motd ^C\ntimer 5\n^C\ntimer 7\n",
        "banner motd #timer 5\ntimer 6#\ntimer 7\n",
        "banner motd #hello#\ntimer 7\n",
        "banner motd \x03\ntimer 5\n\x03\ntimer 7\n",
        "macro name x\ntimer 5\n@\ntimer 7\n",
        "! timer 5\ntimer 7\n",
    ],
)
def test_texts_that_are_no_config_are_passed_over(text: str) -> None:
    assert rows(text, "timer") == [{"seconds": "7"}]


def test_a_banner_that_does_not_end_may_hide_anything() -> None:
    hidden = {odd.section for odd in read("banner motd ^C\ntimer 5\n", OPTIONS).not_understood}
    assert hidden == {"timer", "helper", "network", "class", "interface", "filter"}


def test_a_line_that_may_hold_a_fact_is_never_passed_over() -> None:
    reading = read("timer soon\n", OPTIONS)
    assert [(odd.section, odd.line) for odd in reading.not_understood] == [("timer", 1)]
    assert reading.records == ()


def test_a_statement_that_a_terminal_broke_is_not_trusted() -> None:
    reading = read("timer 1\n80\n", OPTIONS)
    assert reading.records == ()
    assert [(odd.section, odd.line) for odd in reading.not_understood] == [("timer", 1)]


FLAT = "policy P\nclass A\nmap M\nclass B\ndrop\n!\ninterface a\nfilter X\nside outside\nspeed auto\ninterface b\nside inside\n!\nside lost\n"


def test_a_text_that_lost_its_indentation_says_the_same() -> None:
    indented = (
        "policy P\n class A\n  map M\n class B\n  drop\n!\ninterface a\n filter X\n side outside\n speed auto\n"
        "interface b\n side inside\n!\n"
    )
    assert meaning(read(FLAT, OPTIONS)) == meaning(read(indented, OPTIONS))


def meaning(reading: Reading) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(record.section, tuple(sorted(record.values.items()))) for record in reading.records]


WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
CLASS = st.tuples(WORDS, st.sampled_from(["inspect", "drop"]))
POLICY = st.tuples(WORDS, st.lists(CLASS, max_size=4))
INTERFACE = st.tuples(WORDS, st.sampled_from(["inside", "outside", ""]), st.lists(WORDS, max_size=2))
NOISE = st.sampled_from(["", "!", "! timer 5", "snmp-server location x", "line vty 0 4\n login\n  timer 5", "banner exec ^C\n timer 5\n^C"])  # fmt: skip


@given(
    policies=st.lists(POLICY, max_size=3),
    interfaces=st.lists(INTERFACE, max_size=3),
    timers=st.lists(st.integers(0, 99999), max_size=3),
    noise=st.lists(NOISE, min_size=9, max_size=9),
    step=st.integers(1, 4),
)
def test_what_was_written_is_read(
    policies: list[tuple[str, list[tuple[str, str]]]],
    interfaces: list[tuple[str, str, list[str]]],
    timers: list[int],
    noise: list[str],
    step: int,
) -> None:
    pad = " " * step
    blocks = [
        *("\n".join([f"policy {name}", *(f"{pad}class {c}\n{pad}{pad}{a}" for c, a in classes)]) for name, classes in policies),
        *("\n".join([f"interface {name}", *([f"{pad}side {side}"] if side else []), *(f"{pad}filter {f}" for f in filters)])
          for name, side, filters in interfaces),
        *(f"timer {seconds}" for seconds in timers),
    ]  # fmt: skip
    text = "\n".join(line for pair in zip(blocks, noise, strict=False) for line in pair)
    assert rows(text, "class") == [
        {"policy": name, "class": c, "action": a} for name, classes in policies for c, a in classes
    ]
    assert rows(text, "interface") == [
        {"interface": name, **({"side": side} if side else {})} for name, side, _filters in interfaces
    ]
    assert rows(text, "filter") == [
        {
            "interface": name,
            "filter": each,
            **({"side": side} if side else {}),
            "counts": "yes" if side == "outside" else "no",
        }
        for name, side, filters in interfaces
        for each in filters
    ]
    assert rows(text, "timer") == [{"seconds": str(seconds)} for seconds in timers]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    lines = text.count("\n") + 1
    reading = read(text, OPTIONS)
    assert all(1 <= record.line <= lines for record in reading.records)


def _seconds(count: int) -> float:
    text = "interface a\n side inside\n!\nsnmp-server host 192.0.2.1\n" * count
    started = time.process_time()
    read(text, OPTIONS)
    return time.process_time() - started


def test_time_grows_with_the_text_and_not_faster() -> None:
    small, large = _seconds(3_000), _seconds(30_000)
    assert large < 40 * small + 0.5
