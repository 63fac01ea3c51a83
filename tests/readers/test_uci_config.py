"""UCI as people write it, as the tool exports it and as `uci show` prints it, and texts that are none."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.extract.facts import extract
from auditor.extract.readers.uci_config import read
from auditor.extract.records import Record
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.profiles.loading import load_profile

PROFILE = load_profile("openwrt")
OPTIONS = PROFILE.documents["firewall"].options


def records(text: str) -> list[Record]:
    reading = read(text, OPTIONS)
    assert not reading.not_understood, reading.not_understood
    return list(reading.records)


def doubts(text: str) -> set[tuple[str, int]]:
    return {(odd.section, odd.line) for odd in read(text, OPTIONS).not_understood}


@pytest.mark.parametrize(
    "text",
    [
        "config zone\n\toption name 'wan'\n\toption masq '1'\n",
        "config zone\n  option name wan\n  option masq 1\n",
        'config "zone"\n option "name" "wan"\n option masq "1"\n',
        "config zone # the internet\n\toption name wan # so\n\toption masq 1\n",
        "config zone; option name wan; option masq 1\n",
        "package firewall\n\nconfig zone\n\toption name 'w'an\n\toption masq \\1\n",
        "config zone\n\toption name \\\nwan\n\toption masq 0\n\toption masq 1\n",
        "firewall.@zone[0]=zone\nfirewall.@zone[0].name='wan'\nfirewall.@zone[0].masq='1'\n",
        "firewall.@zone[0]=zone\nfirewall.@zone[0].name=wan\nfirewall.@zone[0].masq=1\n",
        "firewall.cfg0397ea=zone\nfirewall.cfg0397ea.name='wan'\nfirewall.cfg0397ea.masq='1'",
    ],
)
def test_every_way_of_writing_says_the_same(text: str) -> None:
    (record,) = records(text)
    assert record.section == "firewall zone"
    assert (record.values["name"], record.values["masq"]) == ("wan", "1")


def test_values_keep_blanks_marks_and_line_ends_and_know_their_line() -> None:
    (record,) = records("\n#config zone\nconfig zone\n\toption name 'a # b\n\tc'\n\toption masq '1'\n")
    assert record.values["name"] == "a # b\n\tc"
    assert (record.line, record.line_of("name"), record.line_of("masq")) == (3, 4, 6)
    (shown,) = records("firewall.x=zone\nfirewall.x.name='it'\\''s'\nfirewall.x.network='lan' 'guest'\n")
    assert (shown.values["name"], shown.values["network"]) == ("it's", "lan guest")


def test_sections_are_called_as_commands_call_them() -> None:
    text = "config zone 'a'\n\toption name a\n\nconfig zone\n\toption name b\n\nconfig zone 'a'\n\toption masq 1\n"
    first, second = records(text)
    assert (first.values["@section"], second.values["@section"]) == ("a", "@zone[1]")
    assert first.values["masq"] == "1"  # a name that comes again adds to its section


def test_a_type_that_several_packages_have_belongs_to_the_package_around_it() -> None:
    balancing = "config interface 'wan'\n\toption enabled 1\n\nconfig policy 'p'\n\nconfig rule 'r'\n\toption dest_port 5060\n"
    firewall = "\nconfig defaults\n\nconfig rule\n\toption dest lan\n"
    sections = [record.section for record in records(balancing + firewall)]
    assert sections == ["addresses", "mwan3 policy", "mwan3 rule", "firewall defaults", "firewall rule"]


def test_a_redirect_has_a_row_for_each_protocol_and_what_is_not_written_has_its_meaning() -> None:
    rows = records("config redirect\n\toption src wan\n\toption src_dport 8080\n\toption dest_ip 10.0.0.5\n")
    assert [(r.values["proto"], r.values["dest_port"], r.values["target"]) for r in rows] == [
        ("tcp", "8080", "DNAT"),
        ("udp", "8080", "DNAT"),
    ]


@pytest.mark.parametrize(
    "ports", ["sip", "5060 5061", "5060,5061", "'5060'\n\tlist src_dport '5061'", "!", "506000"]
)
def test_ports_that_the_firewall_skips_are_no_forward(ports: str) -> None:
    text = f"config redirect\n\toption src wan\n\toption src_dport {ports}\n\toption dest_ip 10.0.0.5\n"
    if ports == "5060 5061":
        text = text.replace(ports, "'5060 5061'")
    if ports == "!":
        assert [r.values["src_dport"] for r in records(text)] == ["!", "!"]
        return
    assert [section for section, _line in doubts(text)][:1] == ["firewall redirect"]
    assert not read(text, OPTIONS).records


@pytest.mark.parametrize(
    "line",
    [
        "optio src wan",
        "option src",
        "config",
        "config a b c",
        "option name 'open",
        "Failed to parse",
        "package a b",
    ],
)
def test_a_line_that_is_no_uci_makes_every_section_doubtful(line: str) -> None:
    text = f"config zone\n\toption masq 1\n{line}\nconfig redirect\n\toption src wan\n\toption dest_ip 10.0.0.5\n"
    assert {("firewall redirect", 3), ("firewall zone", 3)} <= doubts(text)


def test_options_before_any_section_and_lines_of_a_section_whose_head_is_missing_are_doubtful() -> None:
    assert ("firewall redirect", 1) in doubts("\toption src wan\n")
    assert ("firewall redirect", 1) in doubts("firewall.@redirect[0].src_dport='5060'\n")
    assert not doubts("dhcp.lan.start='100'\n")


def test_what_a_cut_text_may_have_left_out_is_not_filled_in() -> None:
    text = "config redirect\n\toption src wan\n\toption src_dport 5060\n\toption dest_ip 10.0.0.5"
    assert ("firewall redirect", 1) in doubts(text)
    assert len(records(f"{text}\n")) == 2


def test_a_later_package_shows_where_an_earlier_one_ended() -> None:
    reading = read("package firewall\n\nconfig zone\n\npackage network\n", OPTIONS)
    assert ("firewall redirect", 1) in reading.sections
    assert ("network", 5) in reading.sections


def test_only_the_sections_that_are_asked_for_are_read() -> None:
    text = "config zone\n\toption masq 1\n\nconfig defaults\n\toption input ACCEPT\n"
    assert [r.section for r in read(text, {**OPTIONS, "only": {"firewall zone"}}).records] == [
        "firewall zone"
    ]


@pytest.mark.parametrize(
    "block", ["config rule\n\toption name 'x y'\n\toption src wan # so\n", "option a 'b\n", "'\n\"\n", "\\\n"]
)
def test_large_and_hostile_texts_are_read_to_their_end(block: str) -> None:
    # What takes quadratic time does not come to an end within the limit of a test.
    reading = read(block * 100_000 + "config zone\n", OPTIONS)
    assert reading.records or reading.not_understood


@given(st.text(st.sampled_from("config option list'\"\\#;=.@[]0 \n\tfirewall"), max_size=120))
def test_no_text_breaks_the_reader_and_no_option_is_lost_in_silence(text: str) -> None:
    reading = read(text, OPTIONS)
    assert all(record.line >= 1 for record in reading.records)


PORT = st.integers(1, 65535)
TEXTS = st.text(st.sampled_from("ab #'\"\\;-ü"), min_size=1, max_size=10).filter(
    lambda text: text.strip() == text
)


@dataclass(frozen=True)
class Redirect:
    name: str
    first: int
    last: int
    inside: int | None
    host: int
    protocols: tuple[str, ...]
    enabled: bool
    anonymous: bool

    def options(self) -> list[tuple[str, list[str]]]:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return [
            ("name", [self.name]),
            ("src", ["wan"]),
            ("src_dport", [ports]),
            ("dest_ip", [f"192.0.2.{self.host}"]),
            *([("dest_port", [str(self.inside)])] if self.inside else []),
            *([("proto", list(self.protocols))] if self.protocols else []),
            *([] if self.enabled else [("enabled", ["0"])]),
        ]

    def expected(self) -> list[tuple[str, str, str, bool, str]]:
        outside = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        inside = str(self.inside) if self.inside else outside
        return [
            (protocol, outside, f"192.0.2.{self.host}:{inside}", self.enabled, self.name)
            for protocol in self.protocols or ("tcp", "udp")
        ]


@st.composite
def redirects(draw: st.DrawFn) -> Redirect:
    first, last = sorted((draw(PORT), draw(PORT)))
    one = draw(st.booleans())
    return Redirect(
        name=draw(TEXTS),
        first=first,
        last=first if one else last,
        inside=draw(st.none() | PORT) if one else None,
        host=draw(st.integers(1, 254)),
        protocols=draw(st.sampled_from([(), ("udp",), ("tcp",), ("tcp", "udp")])),
        enabled=draw(st.booleans()),
        anonymous=draw(st.booleans()),
    )


def quoted(value: str, *, double: bool) -> str:
    if double:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "'" + value.replace("'", "'\\''") + "'"


def as_file(rows: list[Redirect], *, double: bool) -> str:
    lines = ["package firewall", ""]
    for number, row in enumerate(rows):
        lines.append("config redirect" if row.anonymous else f"config redirect 'r{number}'")
        for key, values in row.options():
            verb = "list" if len(values) > 1 else "option"
            lines += [f"\t{verb} {key} {quoted(value, double=double)}" for value in values]
        lines.append("")
    return "\n".join([*lines, ""])


def as_shown(rows: list[Redirect]) -> str:
    lines = []
    for number, row in enumerate(rows):
        place = f"firewall.@redirect[{number}]" if row.anonymous else f"firewall.r{number}"
        lines.append(f"{place}=redirect")
        for key, values in row.options():
            lines.append(f"{place}.{key}=" + " ".join(quoted(value, double=False) for value in values))
    return "\n".join(lines)


def forwards(text: str) -> list[tuple[str, str, str, bool, str]]:
    document = Document(kind="firewall", name="uci show firewall", text=text, outcome=Outcome.OK)
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=(document,))
    return [
        (f.protocol, str(f.external_ports), f"{f.internal_address}:{f.internal_ports}", f.enabled, f.name)
        for f in extract(capture, PROFILE).port_forwards
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(redirects(), max_size=6, unique_by=lambda row: (row.first, row.host)),
    st.booleans(),
    st.randoms(),
)
def test_made_up_redirects_come_back_from_a_file_and_from_what_is_shown(
    rows: list[Redirect], double: bool, chance: random.Random
) -> None:
    wanted = [row for one in rows for row in one.expected()]
    text = as_file(rows, double=double)
    assert forwards(text) == wanted
    assert forwards(as_shown(rows)) == wanted
    blocks = text.split("\n\n")
    remarks = [
        "# option src_dport '5060'",
        "config ipset\n\toption name 'x'",
        "#config redirect\n#\toption src wan",
    ]
    noisy = "\n\n".join(line for block in blocks for line in (block, chance.choice(remarks)))
    assert forwards(f"{noisy}\n") == wanted
    chance.shuffle(shuffled := list(rows))
    assert sorted(forwards(as_file(shuffled, double=double))) == sorted(wanted)
