"""Snippets for shells with UCI, entered into the simulated shell: read again, they repair, and the rollback restores."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from remedy_cases import facts_of, failing, repaired, short

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Facts, SipAlgState
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.simulator.shell_console import ShellConsole, ShellDevice

UCI = load_profile("openwrt")
FILE = Path(__file__).resolve().parents[2] / "auditor" / "simulator" / "devices" / "openwrt.yaml"
WANTED = WantedForward(protocol="udp", ports="5060", address="192.168.1.50", source="198.51.100.7")


class Device:
    """The simulated shell, and what is read of it."""

    def __init__(self) -> None:
        self.data = yaml.safe_load(FILE.read_text(encoding="utf-8"))["console"]
        self.started: ShellDevice | None = None

    @property
    def console(self) -> ShellConsole:
        self.started = self.started or ShellDevice(self.data)
        return self.started.open(user="root", may_write=True, width=80)

    def enter(self, text: str) -> None:
        for line in text.split("\n"):
            shown = self.console.run(line).text
            assert "not found" not in shown, line
            assert "uci:" not in shown, line

    def facts(self, *kinds: str) -> Facts:
        kinds = kinds or (
            "kernel",
            "timers",
            "sip_module",
            "sip_timeout",
            "firewall",
            "nft",
            "iptables",
            "saved_timers",
        )
        commands = [UCI.documents[kind].command or "" for kind in kinds]
        prompt = self.console.prompt
        session = "".join(f"{prompt}{command}\n{self.console.run(command).text}" for command in commands)
        source = Source(kind=SourceKind.FILE, name="x")
        documents = documents_of(f"{session}{prompt}", "x", UCI)
        return extract(Capture(target=Target(), vendor=UCI.slug, source=source, documents=documents), UCI)


def _only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1
    return snippets[0]


def _removed(device: Device, number: int) -> Snippet:
    facts = device.facts()
    finding = failing(RemovePortForward(forward=facts.port_forwards[number]))
    return _only(remediate((finding,), facts, UCI, AuditOptions())[1])


def _added(device: Device, wanted: WantedForward = WANTED) -> Snippet:
    return _only(
        remediate((failing(AddPortForward(forward=wanted)),), device.facts(), UCI, AuditOptions())[1]
    )


def _forwards(device: Device) -> list[tuple[str, str, str, str, bool]]:
    return [
        (f.protocol, str(f.external_ports), f"{f.internal_address}:{f.internal_ports}", f.source, f.enabled)
        for f in device.facts().port_forwards
    ]


def test_timers_are_raised_before_the_helper_goes_and_come_back_after_it() -> None:
    device = Device()
    before = device.facts()
    assert (before.sip_alg.state, len(short(before))) == (SipAlgState.ON, 1)
    snippet = _only(repaired(before, UCI)[1])
    assert snippet.change.index("sysctl -w") < snippet.change.index("auto_helper")
    assert snippet.rollback.index("auto_helper") < snippet.rollback.index("sysctl -w")
    device.enter(snippet.change)
    after = device.facts()
    assert (after.sip_alg.state, short(after), after.saved_timers) == (SipAlgState.OFF, (), ())
    device.enter(snippet.rollback)
    assert device.facts() == before


def test_both_timers_are_raised_and_a_line_of_the_owner_stays() -> None:
    device = Device()
    device.data["keys"]["net.netfilter.nf_conntrack_udp_timeout_stream"] = "40"
    device.data["files"]["/etc/sysctl.conf"] = (
        "net.netfilter.nf_conntrack_udp_timeout_stream=40"  # no line end
    )
    before = device.facts("kernel", "timers", "saved_timers")
    snippet = _only(repaired(before, UCI)[1])
    device.enter(snippet.change)
    assert device.facts("kernel", "timers", "saved_timers").saved_timers == ()
    assert not short(device.facts("kernel", "timers"))
    device.enter(snippet.rollback)
    assert device.facts("kernel", "timers", "saved_timers").udp_timers == before.udp_timers
    assert device.started
    assert device.started.files["/etc/sysctl.conf"].split() == [
        "net.netfilter.nf_conntrack_udp_timeout_stream=40"
    ]


def test_a_value_of_the_owner_is_restored() -> None:
    device = Device()
    device.data["sections"][0]["options"]["auto_helper"] = "1"
    snippet = _only(repaired(device.facts(), UCI)[1])
    assert "uci set firewall.@defaults[0].auto_helper=1" in snippet.rollback


@pytest.mark.parametrize(
    ("section", "options"),
    [(1, {"helper": "sip"}), (4, {"target": "HELPER", "set_helper": "sip"}), (0, {"auto_helper": "no"})],
)
def test_a_helper_that_somebody_asked_for_is_a_task_for_a_person(
    section: int, options: dict[str, str]
) -> None:
    device = Device()
    device.data["sections"][section]["options"].update(options)
    device.data["answers"]["nft list ruleset"]["option"] = ""
    facts = device.facts()
    assert facts.sip_alg.state is SipAlgState.ON
    assert SnippetKind.MANUAL in {snippet.kind for snippet in repaired(facts, UCI)[1]}
    assert not any(
        "auto_helper" in snippet.change
        for snippet in repaired(facts, UCI)[1]
        if snippet.kind is SnippetKind.COMMAND
    )


def test_a_derived_firmware_gets_its_timers_with_a_warning_and_no_helper_by_command() -> None:
    device = Device()
    device.data["files"]["/etc/version"] = "RUTX_R_00.07.04.5\n"
    facts = device.facts(
        "kernel", "timers", "sip_module", "sip_timeout", "firewall", "nft", "iptables", "vendor_version"
    )
    snippets = {snippet.kind: snippet for snippet in repaired(facts, UCI)[1]}
    assert "test it on this device" in snippets[SnippetKind.COMMAND].risk
    assert "auto_helper" not in snippets[SnippetKind.COMMAND].change
    assert SnippetKind.MANUAL in snippets


@pytest.mark.parametrize(("number", "place"), [(0, "firewall.web"), (1, "firewall.@redirect[1]")])
def test_a_forward_is_switched_off_where_it_stands(number: int, place: str) -> None:
    device = Device()
    device.data["sections"][7]["options"].pop("enabled")
    before = _forwards(device)
    snippet = _removed(device, number)
    assert snippet.change.startswith(f"uci set {place}.enabled='0'\n")
    device.enter(snippet.change)
    assert [row[4] for row in _forwards(device)] == [index != number for index in range(2)]
    device.enter(snippet.rollback)
    assert _forwards(device) == before


def test_two_forwards_are_switched_off_by_their_numbers_in_any_order() -> None:
    device = Device()
    device.data["sections"][6].pop("name")
    device.data["sections"][7]["options"].pop("enabled")
    snippets = [_removed(device, number) for number in (0, 1)]
    for snippet in snippets:
        device.enter(snippet.change)
    assert [row[4] for row in _forwards(device)] == [False, False]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("config", "config redirect\n\toption src wan\n\toption src_dport 5060\n\toption dest_ip 10.0.0.5\n\toption proto udp\n"),
        ("firewall", "firewall.@redirect[0]='redirect'\nfirewall.@redirect[0].src=wan\nfirewall.@redirect[0].src_dport=5060\nfirewall.@redirect[0].dest_ip=10.0.0.5\nfirewall.@redirect[0].proto=udp\n"),
        ("nft", "table inet x {\n\tchain p {\n\t\ttype nat hook prerouting priority dstnat;\n\t\tudp dport 5060 dnat ip to 10.0.0.5\n\t}\n}\n"),
    ],
)  # fmt: skip
def test_a_forward_whose_section_is_not_shown_is_a_task_for_a_person(kind: str, text: str) -> None:
    facts = facts_of(UCI, **{kind: text})
    finding = failing(RemovePortForward(forward=facts.port_forwards[0]))
    snippet = _only(remediate((finding,), facts, UCI, AuditOptions())[1])
    assert snippet.kind is SnippetKind.MANUAL
    assert "uci show firewall" in snippet.change


def test_a_forward_is_added_for_one_caller_and_taken_back() -> None:
    device = Device()
    before = _forwards(device)
    snippet = _added(device)
    device.enter(snippet.change)
    assert _forwards(device) == [*before, ("udp", "5060", "192.168.1.50:5060", "198.51.100.7/32", True)]
    device.enter(snippet.rollback)
    assert _forwards(device) == before


def test_ranges_and_both_protocols_become_one_redirect_for_each_range() -> None:
    device = Device()
    snippet = _added(
        device, WantedForward(protocol="tcp_udp", ports="5060-5061,10000-20000", address="192.168.1.50")
    )
    device.enter(snippet.change)
    assert {row[:2] for row in _forwards(device)} >= {
        (protocol, ports) for protocol in ("tcp", "udp") for ports in ("5060-5061", "10000-20000")
    }
    assert "open to the whole internet" in snippet.risk


def test_the_name_of_a_zone_is_quoted_or_refused() -> None:
    device = Device()
    zone = device.data["sections"][2]["options"]
    zone["name"] = "it's; reboot"
    assert """.src='it'"'"'s; reboot'""" in _added(device).change
    device.started = None
    zone["name"] = "{{ x }}"
    assert _added(device).kind is SnippetKind.MANUAL


def test_without_a_zone_that_masquerades_no_forward_is_added_by_command() -> None:
    device = Device()
    device.data["sections"][2]["options"].pop("masq")
    assert _added(device).kind is SnippetKind.MANUAL
