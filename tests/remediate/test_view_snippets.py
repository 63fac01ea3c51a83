"""Snippets for consoles with views: typed into the simulated console, and read again as a session would."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from remedy_cases import failing

from auditor.extract.facts import extract, holds
from auditor.model.audit import (
    AddPortForward,
    Audit,
    AuditOptions,
    Remedy,
    RemovePortForward,
    Snippet,
    SnippetKind,
    Verdict,
    WantedForward,
)
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.simulator.device_file import read_device
from auditor.simulator.indented_console import IndentedDevice

SHORT = "firewall-nat session udp aging-time 30"
CASES = [  # vendor, line of the simulated config, what takes its place, lines of the change
    ("huawei_vrp", "", "", [SHORT.replace("30", "180"), "undo nat alg sip enable"]),
    ("huawei_vrp", "\n nat alg sip enable", "\n nat alg rtsp enable", [SHORT.replace("30", "180")]),
    ("huawei_vrp", SHORT, "firewall-nat session tcp aging-time 900", ["undo nat alg sip enable"]),
    ("huawei_vrp", SHORT, "firewall-nat session udp user-define 5060 aging-time 20",
     ["firewall-nat session udp user-define 5060 aging-time 180", "undo nat alg sip enable"]),
    ("huawei_vrp", SHORT, f"{SHORT}\n firewall-nat session udp user-define 5060 aging-time 20",
     ["firewall-nat session udp user-define 5060 aging-time 180", SHORT.replace("30", "180"), "undo nat alg sip enable"]),
    ("huawei_vrp", SHORT, f"{SHORT}\n firewall-nat session sip aging-time 50",
     [SHORT.replace("30", "180"), "firewall-nat session sip aging-time 180", "undo nat alg sip enable"]),
    ("huawei_vrp", f"{SHORT}\n#\n nat alg ftp enable\n nat alg sip enable", f"{SHORT}\n firewall-nat session sip aging-time 50",
     [SHORT.replace("30", "180"), "firewall-nat session sip aging-time 180"]),
    ("huawei_vrp", SHORT, "firewall-nat session sip aging-time 50",
     ["firewall-nat session sip aging-time 180", "undo nat alg sip enable"]),
    ("hp_comware", "", "", ["session aging-time state udp-ready 180", "undo nat alg sip"]),
    ("hp_comware", "undo nat alg ftp", "undo nat alg sip", ["session aging-time state udp-ready 180"]),
    ("hp_comware", "undo nat alg ftp", "session aging-time state udp-ready 90", ["undo nat alg sip"]),
    ("hp_comware", "undo nat alg ftp", "session aging-time state udp-ready 15",
     ["session aging-time state udp-ready 180", "undo nat alg sip"]),
    ("hp_comware", "undo nat alg ftp", "session aging-time state udp-ready 90\n session aging-time application sip 45",
     ["session aging-time application sip 180", "undo nat alg sip"]),
]  # fmt: skip
OUTSIDE = {"huawei_vrp": "GigabitEthernet0/0/8", "hp_comware": "GigabitEthernet0/0"}


class Box:
    """A simulated device that says something else in a place, whose documents are had without the line between."""

    def __init__(self, vendor: str, old: str = "", new: str = "") -> None:
        text = json.dumps(read_device(vendor).console)
        was, now = (json.dumps(part)[1:-1] for part in (old, new))
        assert was in text
        data = json.loads(text.replace(was, now) if old else text)
        self.profile = load_profile(vendor)
        self.device = IndentedDevice(data)

    def enter(self, text: str) -> None:
        """Type lines; the first refusal fails the test."""
        console = self.device.open(user="admin", may_write=True, width=1000)
        for line in text.split("\n"):
            reply = console.run(line).text
            assert "^" not in reply, f"{line}: {reply}"
        assert console.prompt.startswith("<"), "every view has to be left again"

    def capture(self) -> Capture:
        """Return what the profile's commands show."""
        slug = self.profile.slug
        capture = Capture(
            target=Target(vendor=slug),
            vendor=slug,
            source=Source(kind=SourceKind.SSH, name="lab"),
            documents=(),
        )
        for kind, spec in self.profile.commands:
            if spec.instead_of or not holds(capture, self.profile, spec.when):
                continue
            console = self.device.open(user="admin", may_write=False, width=1000)
            text = console.run(spec.command or "").text
            assert "^" not in text, spec.command
            document = Document(kind=kind, name=spec.command or "", text=text, outcome=Outcome.OK)
            capture = replace(capture, documents=(*capture.documents, document))
        return capture

    def facts(self) -> Facts:
        """Return what the extractor finds."""
        return extract(self.capture(), self.profile)

    def audit(self) -> Audit:
        """Return the whole audit."""
        return audit(self.capture(), AuditOptions(), Vendors())

    def snippet(self, remedy: Remedy) -> Snippet:
        """Return the snippet for one remedy."""
        _findings, (snippet,) = remediate((failing(remedy),), self.facts(), self.profile, AuditOptions())
        return snippet


@pytest.mark.parametrize(("vendor", "old", "new", "lines"), CASES)
def test_the_snippet_repairs_and_the_rollback_brings_back_what_was_seen(
    vendor: str, old: str, new: str, lines: list[str]
) -> None:
    box = Box(vendor, old, new)
    first = box.audit()
    (snippet,) = first.remediation
    assert snippet.kind is SnippetKind.COMMAND
    typed = [line for line in snippet.change.split("\n") if line not in {"system-view", "return"}]
    assert typed == lines
    box.enter(snippet.change)
    assert box.audit().verdict is Verdict.PASS
    box.enter(snippet.rollback)
    again = box.audit()
    assert again.facts.sip_alg == first.facts.sip_alg
    assert _seconds(again) == _seconds(first)


def _seconds(result: Audit) -> list[tuple[str, int | None]]:
    return [(timer.name, timer.seconds) for timer in result.facts.udp_timers]


@pytest.mark.parametrize("vendor", OUTSIDE)
@pytest.mark.parametrize("protocol", ["udp", "tcp_udp"])
def test_a_forward_is_added_on_the_interface_towards_the_internet_and_taken_back(
    vendor: str, protocol: str
) -> None:
    box = Box(vendor)
    before = box.facts()
    snippet = box.snippet(
        AddPortForward(forward=WantedForward(protocol=protocol, ports="5062", address="192.168.10.20"))
    )
    assert snippet.kind is SnippetKind.COMMAND
    box.enter(snippet.change)
    rows = [
        (f.protocol, str(f.external_ports), f.interface, f.internal_address, str(f.internal_ports))
        for f in box.facts().port_forwards
    ]
    assert sorted(rows) == [
        (each, "5062", OUTSIDE[vendor], "192.168.10.20", "5062") for each in sorted(protocol.split("_"))
    ]
    box.enter(snippet.rollback)
    assert box.facts() == before


def test_a_range_of_ports_is_one_line_where_its_form_is_documented() -> None:
    wanted = WantedForward(protocol="udp", ports="10000-10255", address="192.168.10.20")
    box = Box("hp_comware")
    before = box.facts()
    snippet = box.snippet(AddPortForward(forward=wanted))
    box.enter(snippet.change)
    (forward,) = box.facts().port_forwards
    assert (str(forward.external_ports), str(forward.internal_ports)) == ("10000-10255", "10000-10255")
    box.enter(snippet.rollback)
    assert box.facts() == before
    assert Box("huawei_vrp").snippet(AddPortForward(forward=wanted)).kind is SnippetKind.MANUAL


ANOTHER_WAY_OUT = {
    "huawei_vrp": ("interface GigabitEthernet0/0/1", "interface GigabitEthernet0/0/1\n nat outbound 2000"),
    "hp_comware": ("interface GigabitEthernet0/1", "interface GigabitEthernet0/1\n nat outbound 2000"),
}


@pytest.mark.parametrize("vendor", OUTSIDE)
@pytest.mark.parametrize(
    ("ports", "source", "two_ways"),
    [("10000-10256", "any", False), ("5060", "198.51.100.0/24", False), ("5060", "any", True)],
)
def test_a_forward_that_cannot_be_one_line_for_sure_is_a_task_for_a_person(
    vendor: str, ports: str, source: str, two_ways: bool
) -> None:
    box = Box(vendor, *ANOTHER_WAY_OUT[vendor]) if two_ways else Box(vendor)
    wanted = WantedForward(protocol="udp", ports=ports, address="192.168.10.20", source=source)
    assert box.snippet(AddPortForward(forward=wanted)).kind is SnippetKind.MANUAL


SERVER = " nat server protocol udp global current-interface 5060 inside 192.168.10.9 5060"


def _with_server(vendor: str, line: str) -> Box:
    return Box(vendor, "\n nat outbound 2000", f"\n nat outbound 2000\n{line}")


def test_a_forward_is_taken_away_by_what_identifies_its_line() -> None:
    box = _with_server("hp_comware", SERVER)
    before = box.facts()
    snippet = box.snippet(RemovePortForward(forward=before.port_forwards[0]))
    assert snippet.change.split("\n")[2] == " undo nat server protocol udp global current-interface 5060"
    box.enter(snippet.change)
    assert box.facts().port_forwards == ()
    box.enter(snippet.rollback)
    assert box.facts() == before


@pytest.mark.parametrize(
    ("vendor", "line"),
    [
        ("huawei_vrp", SERVER),
        ("hp_comware", f"{SERVER} description A'B"),
        ("hp_comware", f"{SERVER} description $(reboot)"),
        ("hp_comware", f"{SERVER} description {{{{x}}}}"),
        ("hp_comware", " nat server global 3005 inside 192.168.10.9"),
    ],
)
def test_a_line_that_cannot_be_taken_away_for_sure_is_left_to_a_person(vendor: str, line: str) -> None:
    box = _with_server(vendor, line)
    snippet = box.snippet(RemovePortForward(forward=box.facts().port_forwards[0]))
    assert snippet.kind is SnippetKind.MANUAL


MANUAL = [
    ("huawei_vrp", "\n nat alg sip enable", "\n nat alg all enable", "undo nat alg all enable"),
    ("hp_comware", "7.1.064, Release 0615P16", "5.20, Release 2514P10", "session aging-time ?"),
    ("hp_comware", "undo nat alg ftp\n", "session aging-time udp-ready 40\n", "session aging-time ?"),
    ("hp_comware", "vlan 1\n", "aspf policy 1\n detect sip\n#\n aspf apply policy 1\n", "undo detect sip"),
]


@pytest.mark.parametrize(("vendor", "old", "new", "words"), MANUAL)
def test_what_is_not_confirmed_is_told_and_not_typed(vendor: str, old: str, new: str, words: str) -> None:
    kinds = [one.kind for one in Box(vendor, old, new).audit().remediation if words in one.change]
    assert set(kinds) == {SnippetKind.MANUAL}


def test_a_timer_that_the_list_and_the_config_show_is_one_timer() -> None:
    box = Box("huawei_vrp", SHORT, f"{SHORT}\n firewall-nat session udp user-define 5060 aging-time 90")
    names = [timer.name for timer in box.facts().udp_timers]
    assert names.count("firewall-nat session udp user-define aging-time") == 1
