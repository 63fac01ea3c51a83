"""Configs in XML: every wanted element as a record with its own lines, and nothing that an attacker wants."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect.input_file import read_text
from auditor.extract.readers.xml_tree import read
from auditor.extract.records import Reading
from auditor.model.errors import UnreadableDocument

OPTIONS: dict[str, Any] = {
    "root": "box",
    "whole_with": "base",
    "sections": [
        {"section": "base", "path": "base"},
        {"section": "rules", "path": "New/rule", "rename": {"what": "action"}, "values": {"store": "new"}},
        {
            "section": "rules",
            "path": "old/rule",
            "flags": ["off", "from/not"],
            "negated": {"from/not": ["from/net"]},
            "lower": ["proto"],
            "unsaid": {"from/net": ["any"]},
            "same": {"inner": "outer"},
            "line": ["to"],
        },
        {"section": "ports", "path": "ports/*"},
        {"section": "mode", "path": "mode"},
    ],
}
RULE = "<rule><proto>UDP</proto><to>192.0.2.1</to></rule>"


def whole(inside: str) -> Reading:
    return read(f"<box>\n<base/>\n{inside}\n</box>", OPTIONS)


def values(reading: Reading, section: str = "rules") -> list[dict[str, str]]:
    return [
        {key: value for key, value in record.values.items() if key != "@element"}
        for record in reading.records
        if record.section == section
    ]


def test_leaves_stand_under_their_path_with_their_own_lines() -> None:
    reading = whole("<old>\n<rule id='7'>\n<from>\n<net>a</net>\n</from>\n<to>b</to>\n</rule>\n</old>")
    (rule,) = (record for record in reading.records if record.section == "rules")
    assert dict(rule.values) == {"from/net": "a", "to": "b", "@element": "rule", "@id": "7"}
    assert (rule.line, rule.line_of("from/net"), rule.line_of("to")) == (8, 6, 8)


@pytest.mark.parametrize(
    ("tag", "value"),
    [("", None), ("<off>0</off>", "no"), ("<off>1</off>", "yes"), ("<off/>", "yes"), ("<off></off>", "yes"),
     ("<off> 0 </off>", "no"), ("<off>yes</off>", "yes")],
)  # fmt: skip
def test_a_flag_is_off_only_where_it_is_not_there_or_says_0(tag: str, value: str | None) -> None:
    (rule,) = values(whole(f"<old><rule>{tag}<to>b</to></rule></old>"))
    assert rule.get("off") == value


def test_negation_small_letters_and_values_that_say_nothing() -> None:
    text = (
        "<old><rule><from><not/><net>a</net></from><proto>UDP</proto><empty/><inner>x</inner><outer>x</outer></rule>"
        "<rule><from><not>0</not><net>any</net></from><inner>x</inner></rule></old>"
    )
    first, second = values(whole(text))
    assert first == {"from/not": "yes", "from/net": "!a", "proto": "udp", "outer": "x"}
    assert second == {"from/not": "no", "inner": "x"}


def test_two_forms_of_one_table_come_in_the_order_of_the_profile() -> None:
    reading = whole(f"<old>{RULE}</old><New><rule><what>pass</what></rule></New>")
    assert values(reading) == [{"store": "new", "action": "pass"}, {"proto": "udp", "to": "192.0.2.1"}]


def test_repeated_leaves_any_name_and_leaf_records() -> None:
    reading = whole("<ports><a><m>1</m><m>2</m></a><b/></ports><mode>auto</mode>")
    assert values(reading, "ports") == [{"m": "1\n2"}, {}]
    assert [r.values["@element"] for r in reading.records if r.section == "ports"] == ["a", "b"]
    assert values(reading, "mode") == [{"@text": "auto"}]


def test_what_stands_in_comments_is_not_there_and_raw_text_is() -> None:
    reading = whole(f"<old><!-- {RULE} --><rule><to><![CDATA[a & <b>]]></to></rule></old>")
    assert values(reading) == [{"to": "a & <b>"}]


def test_stray_ampersands_and_control_characters_are_text() -> None:
    (rule,) = values(whole("<old><rule><to>R&D &auml; &amp; &#228;\x01</to></rule></old>"))
    assert rule["to"] == "R&D &auml; & ä\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_accents_survive_every_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "config.xml"
    text = "<?xml version='1.0' encoding='iso-8859-1'?>\r\n<box><base><name>Büro Süd</name></base></box>\r\n"
    path.write_bytes(text.encode(encoding))
    reading = read(read_text(str(path)), OPTIONS)
    assert values(reading, "base") == [{"name": "Büro Süd"}]
    assert reading.ended


def test_what_stands_around_the_config_moves_no_line() -> None:
    reading = read(
        f"$ cat config\n\n<?xml version='1.0'\n?>\n<box>\n<old>{RULE}</old></box>\n$ exit", OPTIONS
    )
    assert [(record.line, reading.ended, reading.not_understood) for record in reading.records] == [
        (6, True, ())
    ]


def test_a_part_without_the_outermost_element_is_read_and_proves_no_end() -> None:
    reading = read(f"<old>{RULE}</old>\n<mode>auto</mode>", OPTIONS)
    assert (len(reading.records), reading.ended) == (2, False)


@pytest.mark.parametrize(
    ("inside", "told"), [("<base/>", {"base", "rules", "ports", "mode"}), ("<old/>", {"rules"})]
)
def test_only_a_whole_config_tells_that_something_is_not_there(inside: str, told: set[str]) -> None:
    assert {name for name, _line in read(f"<box>{inside}</box>", OPTIONS).sections} == told


def test_behind_broken_xml_everything_is_open() -> None:
    reading = read(f"<box><base/><old>{RULE}\n<rule></wrong>{RULE}</old></box>", OPTIONS)
    assert len(values(reading)) == 1
    assert {odd.section for odd in reading.not_understood} == {"base", "rules", "ports", "mode"}
    assert {odd.line for odd in reading.not_understood} == {2}


def test_a_second_config_in_the_same_text_is_not_passed_over() -> None:
    reading = read(f"<box><base/></box>\n<box><base/><old>{RULE}</old></box>", OPTIONS)
    assert {(odd.section, odd.line) for odd in reading.not_understood} == {
        (name, 2) for name in ("base", "rules", "ports", "mode")
    }


def test_an_element_that_is_cut_is_told() -> None:
    reading = read(f"<box><base/><old>{RULE}\n<rule><proto>udp</pro", OPTIONS)
    assert [(odd.section, odd.line) for odd in reading.not_understood] == [("rules", 2)]
    assert not reading.ended


BOMB = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"<!DOCTYPE box [{BOMB}]><box><base>&b;</base></box>", "document type"),
        ("<!DOCTYPE box [<!ENTITY x SYSTEM 'secret.txt'>]><box><base>&x;</base></box>", "document type"),
        ("<?xml version='1.0'?><!DOCTYPE box SYSTEM 'http://192.0.2.1/x.dtd'><box/>", "document type"),
        (f"<!DOCTYPE old [{BOMB}]><old><rule>&b;</rule></old>", "document type"),
        ("<box>" + "<a>" * 5000, "nested"),
        (f"<box><base><x>{'x' * 2_000_000}</x></base></box>", "longer"),
    ],
    ids=["bomb", "external entity", "external type", "bomb in a part", "deep", "long"],
)
def test_an_attack_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read(text, OPTIONS)


@pytest.mark.parametrize("opening", ["<![CDATA[", "<!--", "<a ", "&", "<box>"])
def test_openings_without_an_end_cost_little_time(opening: str) -> None:
    text = "<box><base>" + opening * 200_000
    begun = time.process_time()
    with suppress(UnreadableDocument):
        read(text, OPTIONS)
    assert time.process_time() - begun < 20  # each one looking for its end would take minutes


WORD = st.text("abcxyzäß&<>'\" .0123456789", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
LEAF = st.sampled_from(["proto", "to", "port", "descr"])
RULES = st.lists(st.dictionaries(LEAF, WORD, min_size=1), max_size=6)


def written(rules: list[dict[str, str]], line_end: str) -> str:
    out = ["<?xml version='1.0'?>", "<box>", "  <base/>", "  <old>"]
    for rule in rules:
        out += [
            "    <rule>",
            *(f"      <{key}>{escape(text)}</{key}>" for key, text in rule.items()),
            "    </rule>",
        ]
    return line_end.join([*out, "  </old>", "</box>"])


@given(RULES, st.sampled_from(["\n", "\n\n", "\n<!-- x -->\n"]))
def test_what_was_written_is_read_and_quoted(rules: list[dict[str, str]], line_end: str) -> None:
    text = written(rules, line_end)
    reading = read(text, OPTIONS)
    assert values(reading) == [
        {key: value.strip().lower() if key == "proto" else value.strip() for key, value in rule.items()}
        for rule in rules
    ]
    lines = text.split("\n")
    for record, rule in zip([r for r in reading.records if r.section == "rules"], rules, strict=True):
        for key, value in rule.items():
            assert lines[record.line_of(key) - 1].strip() == f"<{key}>{escape(value)}</{key}>"


@given(RULES, st.data())
def test_a_cut_text_never_shows_more_and_never_an_end(
    rules: list[dict[str, str]], data: st.DataObject
) -> None:
    text = written(rules, "\n")
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    part, complete = read(cut, OPTIONS), read(text, OPTIONS)
    assert not part.ended
    assert part.records == complete.records[: len(part.records)]


@given(st.text("<>/abox!-[]CDATrule=\"'&;? \n", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read(text, OPTIONS)
    except UnreadableDocument:
        assert "<!" in text
