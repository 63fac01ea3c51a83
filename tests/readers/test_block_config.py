"""Blocks of `config`, `edit` and `set` become records: values exactly as written, lines exactly where they stand."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.block_config import read
from auditor.extract.records import Reading

WRAPPED = {"wrappers": {"vdom": "@vdom", "global": ""}}


def values(text: str, section: str, options: dict[str, Any] | None = None) -> list[dict[str, str]]:
    return [dict(record.values) for record in read(text, options or {}).records if record.section == section]


def test_objects_settings_and_blocks_inside_objects() -> None:
    text = (
        "config system global\n    set name box\nend\n"
        'config voip profile\n    edit "strict"\n        config sip\n            set status disable\n        end\n'
        "        set comment x\n    next\nend\n"
        "config system session-ttl\n    set default 3600\n    config port\n        edit 1\n"
        "            set timeout 30\n        next\n    end\nend\n"
    )
    reading = read(text, {})
    assert [(r.section, dict(r.values), r.line) for r in reading.records] == [
        ("system global", {"name": "box"}, 2),
        ("voip profile", {"@edit": "strict", "comment": "x"}, 5),
        ("voip profile sip", {"@voip profile": "strict", "status": "disable"}, 7),
        ("system session-ttl", {"default": "3600"}, 13),
        ("system session-ttl port", {"@edit": "1", "timeout": "30"}, 15),
    ]
    assert reading.not_understood == ()
    assert reading.ended is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"SIP" "DNS"', "SIP\nDNS"),
        ("192.0.2.1 255.255.255.0", "192.0.2.1\n255.255.255.0"),
        ('"say \\"hi\\" \\\\ there"', 'say "hi" \\ there'),
        ("'say \"hi\"'", 'say "hi"'),
        ("it's", "it's"),
        ('"it\'s"', "it's"),
        (
            '"line\nend\nnext\nconfig system global\n    set timer 5"',
            "line\nend\nnext\nconfig system global\n    set timer 5",
        ),
        ('"root" # a note with "quotes", end, next and edit', "root"),
        ('"#no note"', "#no note"),
        ("#1", "#1"),
        ('"  blanks  "\t "x"  ', "  blanks  \nx"),
    ],
)
def test_values_as_they_are_meant(written: str, value: str) -> None:
    text = f"config a b\n    edit 1\n        set first 1\n        set key {written}\n        set last 2\n    next\nend\n"
    reading = read(text, {})
    assert [dict(r.values) for r in reading.records] == [
        {"@edit": "1", "first": "1", "key": value, "last": "2"}
    ]
    assert reading.records[0].line_of("last") == 5 + value.count("\n") * ("\n" in written)
    assert reading.not_understood == ()


def test_the_config_of_each_part_carries_its_name() -> None:
    text = (
        "config vdom\nedit red\nnext\nedit blue\nnext\nend\n\nconfig global\nconfig system global\nset x 1\nend\nend\n\n"
        "config vdom\nedit red\nconfig a\nedit 1\nset y 2\nnext\nend\nend\n\n"
        "config vdom\nedit blue\nconfig a\nset y 3\nend\nnext\nend\n"
    )
    reading = read(text, WRAPPED)
    assert [(r.section, dict(r.values)) for r in reading.records] == [
        ("vdom", {"@edit": "red"}),
        ("vdom", {"@edit": "blue"}),
        ("system global", {"x": "1"}),
        ("a", {"@vdom": "red", "@edit": "1", "y": "2"}),
        ("a", {"@vdom": "blue", "y": "3"}),
    ]
    assert reading.ended is None


def test_a_part_that_is_listed_and_never_shown_makes_the_text_a_piece() -> None:
    text = "config vdom\nedit red\nnext\nedit blue\nnext\nend\nconfig vdom\nedit red\nconfig a\nset y 2\nend\nend\n"
    assert read(text, WRAPPED).ended is False
    assert read(text + "config vdom\nedit blue\nconfig a\nend\nend\n", WRAPPED).ended is None


def test_what_is_said_later_counts() -> None:
    text = (
        "config a\nedit 1\nset x 1\nset y 1\nnext\nedit 2\nset x 2\nnext\nend\n"
        "config a\nedit 1\nset x 5\nunset y\nappend z 1\nappend z 2\nnext\ndelete 2\nend\nconfig b\nset x 1\nend\nconfig b\nset x 2\nend\n"
    )
    reading = read(text, {})
    assert [dict(r.values) for r in reading.records] == [
        {"@edit": "1", "x": "5", "z": "1\n2"},
        {"x": "2"},
    ]
    assert [record.line_of("x") for record in reading.records] == [12, 23]


def test_an_empty_value_is_none_and_takes_an_earlier_one_back() -> None:
    text = "config a\nset x ''\nset y \"\"\nset z 1\nset z ''\nset w 1\nend\n"
    assert values(text, "a") == [{"w": "1"}]


def test_what_stands_in_a_deleted_object_goes_with_it() -> None:
    text = "config a\nedit 1\nconfig b\nedit 7\nset x 1\nnext\nend\nnext\ndelete 1\nend\n"
    assert read(text, {}).records == ()


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("frobnicate 3", "a b"),
        ("set", "a b"),
        ("set lonely", "a b"),
        ("move 1 before 2", "a b"),
        ('set key "open', "a b"),
        ('set key "x"y "z', "a b"),
        ("<html>", "a b"),
    ],
)
def test_a_line_that_is_not_understood_is_told_and_costs_nothing_else(line: str, section: str) -> None:
    text = f"config a b\nedit 1\nset x 1\n{line}\nset y 2\nnext\nend\n"
    reading = read(text, {})
    assert [(odd.section, odd.line) for odd in reading.not_understood] == [(section, 4)]
    assert [dict(r.values) for r in reading.records] == [{"@edit": "1", "x": "1", "y": "2"}]


def test_a_stray_quotation_mark_does_not_swallow_the_rest() -> None:
    text = 'config a\nset x "broken\nset y "fine"\nend\nconfig b\nset z "1"\nend\n'
    reading = read(text, {})
    assert [(r.section, dict(r.values)) for r in reading.records] == [("a", {"y": "fine"}), ("b", {"z": "1"})]
    assert [odd.line for odd in reading.not_understood] == [2]


@pytest.mark.parametrize("end", [5, 15, 25, 30, 38])
def test_a_text_that_ends_inside_a_block_is_no_whole(end: int) -> None:
    text = 'config a b\nedit "one"\nset key "one two"\nnext\nend\n'
    assert read(text, {}).ended is None
    assert read(text[:end], {}).ended is False


def test_options_keep_imply_and_derive() -> None:
    text = (
        'config s\nedit "SIP"\nset ports 5060-5061:1024-65535 5070\nset from 1\nset to 9\nnext\n'
        "edit x\nset from 1\nnext\nend\nconfig t\nset a 1\nend\n"
    )
    options = {
        "keep": ["s"],
        "implied": [{"section": "s", "where": {"ports": "-"}, "values": {"kind": "none"}}],
        "derived": [
            {"section": "s", "key": "plain", "from": "ports", "each": r"^([\d-]+)"},
            {"section": "s", "key": "one", "from": "ports", "each": r"^([\d-]+)", "first": True},
            {"section": "s", "key": "range", "format": "{from}-{to}"},
        ],
    }
    first, second = read(text, options).records
    assert {key: first.values[key] for key in ("plain", "one", "range")} == {
        "plain": "5060-5061,5070", "one": "5060-5061", "range": "1-9",
    }  # fmt: skip
    assert first.line_of("plain") == 3
    assert dict(second.values) == {"@edit": "x", "from": "1", "kind": "none"}
    assert [name for name, _line in read(text, options).sections] == ["s", "t"]


def test_a_pagers_foot_is_no_statement() -> None:
    text = "config a\nset x 1\n--More-- \n         \n--More--          set y 2\nend\n"
    reading = read(text, {"ignore": ["^--More-- *"]})
    assert [dict(r.values) for r in reading.records] == [{"x": "1", "y": "2"}]
    assert (reading.records[0].line_of("y"), reading.not_understood) == (5, ())


def test_the_comments_at_the_start_may_name_the_version_and_no_later_ones_do() -> None:
    header = {"header": {"section": "h", "patterns": [r"^#version=(?P<version>\S+)"]}}
    assert values("#version=7\n#x\nconfig a\nend\n", "h", header) == [{"version": "7"}]
    assert values("config a\n#version=7\nend\n", "h", header) == []


def test_lines_outside_of_any_block_belong_to_the_section_that_was_asked_for() -> None:
    options = {"section": "system global", "pairs": True}
    assert values("    set timer 180\n", "system global", options) == [{"timer": "180"}]
    assert values("timer      : 180 \nname : a b\n", "system global", options) == [
        {"timer": "180", "name": "a b"}
    ]
    assert values("    set timer 180\n", "system global") == []


NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="\"'\\#"), min_size=1, max_size=8
)
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1, max_size=20
)
KEYS = NAMES.filter(lambda key: not key.startswith("@"))
OBJECTS = st.dictionaries(
    WORDS, st.dictionaries(KEYS, st.lists(WORDS, min_size=1, max_size=3), max_size=4), max_size=4
)
CONFIG = st.dictionaries(NAMES, OBJECTS, max_size=4)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written(config: dict[str, dict[str, dict[str, list[str]]]], indent: str) -> str:
    lines = []
    for section, objects in config.items():
        lines.append(f"config {section}")
        for name, held in objects.items():
            lines.append(f"{indent}edit {_quoted(name)}")
            lines += [f"{indent * 2}set {key} {' '.join(map(_quoted, words))}" for key, words in held.items()]
            lines.append(f"{indent}next")
        lines.append("end")
    return "\n".join(lines) + "\n"


@given(CONFIG, st.sampled_from(["", " ", "    ", "\t"]))
def test_whatever_is_written_is_read_back(
    config: dict[str, dict[str, dict[str, list[str]]]], indent: str
) -> None:
    reading = read(written(config, indent), {})
    assert reading.not_understood == ()
    assert reading.ended is None
    assert [(r.section, dict(r.values)) for r in reading.records] == [
        (section, {"@edit": name, **{key: "\n".join(words) for key, words in held.items()}})
        for section, objects in config.items()
        for name, held in objects.items()
    ]


@given(CONFIG)
def test_every_value_stands_on_its_line(config: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    text = written(config, "    ")
    lines = text.split("\n")
    for record in read(text, {}).records:
        assert lines[record.line - 1].lstrip().startswith("edit ")
        for key, line in record.lines.items():
            assert lines[line - 1].lstrip().startswith(f"set {key} ")


@given(st.text(max_size=300) | st.text(st.sampled_from("\"\\\n #'aset edit next end config"), max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading: Reading = read(text, WRAPPED)
    count = text.count("\n") + 1
    assert all(1 <= odd.line <= count for odd in reading.not_understood)


@pytest.mark.parametrize(
    "piece",
    [
        'set x "\n',
        'set x "a\\"\n',
        'x "\\"\n',
        "config a\n",
        "edit 1\nset x 1\n",
        "config a\nedit 1\nnext\ndelete 1\nend\n",
        '"" "" ',
    ],
)
def test_hostile_text_takes_time_by_its_length_only(piece: str) -> None:
    def spent(times: int) -> float:
        start = time.perf_counter()
        read(piece * times, WRAPPED)
        return time.perf_counter() - start

    spent(100)
    short, long = min(spent(2000) for _try in range(3)), spent(16000)
    assert long < 8 * short * 5 + 0.2
