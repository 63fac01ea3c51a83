"""Snippets for menu consoles: entered into an export by a writer of the test, and read again by the extractor."""

from __future__ import annotations

import re

import pytest
from remedy_cases import MENU, facts_of, failing, repaired, short

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.durations import parse_seconds
from auditor.model.facts import Facts, SipAlgState
from auditor.remediate.engine import remediate

Rule = dict[str, str]
_PAIR = re.compile(r'([a-z-]+)=("(?:\\.|[^"\\$?])*"|[^\s"]+)(?:\s+|$)')


def _pairs(text: str) -> Rule:
    pairs, position = {}, 0
    for match in _PAIR.finditer(text):
        assert match.start() == position, f"not understood: {text[position:]}"
        value = match[2]
        pairs[match[1]] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        position = match.end()
    assert position == len(text), f"not understood: {text[position:]}"
    return pairs


def _escaped(value: str) -> str:
    return re.sub(r'([\\"$?])', r"\\\1", value)


class Console:
    """A router that knows only what the vendor's pages show; everything else is a syntax error."""

    def __init__(self, *, version: str = "7.16", helper: str = "no", timers: Rule | None = None) -> None:
        self.version = version
        self.helper = helper
        self.timers = dict(timers or {})
        self.nat: list[Rule] = [
            {"action": "masquerade", "chain": "srcnat", "out-interface-list": "WAN", "comment": "out"}
        ]
        self.cleared = 0

    def enter(self, text: str) -> None:
        for line in text.split("\n"):
            if not line.startswith("#"):
                self._command(line)

    def _command(self, line: str) -> None:
        if line.startswith("/ip firewall connection tracking set "):
            values = _pairs(line.removeprefix("/ip firewall connection tracking set "))
            assert set(values) <= {"udp-timeout", "udp-stream-timeout"}
            assert all(re.fullmatch(r"(?:\d+[wdhms])+", value) for value in values.values())
            self.timers |= values
        elif match := re.fullmatch("/ip firewall service-port set sip disabled=(yes|no)", line):
            self.helper = match[1]
        elif line == '/ip firewall connection remove [find protocol=udp dst-address~":5060"]':
            self.cleared += 1
        elif line.startswith("/ip firewall nat add "):
            self.nat.append(_pairs(line.removeprefix("/ip firewall nat add ")))
        elif match := re.fullmatch(r"/ip firewall nat set \[find (.+)\] disabled=(yes|no)", line):
            for rule in self._found(match[1]):
                rule["disabled"] = match[2]
        elif match := re.fullmatch(r"/ip firewall nat remove \[find (.+)\]", line):
            gone = self._found(match[1])
            self.nat = [rule for rule in self.nat if rule not in gone]
        else:
            pytest.fail(f"bad command name: {line}")

    def _found(self, where: str) -> list[Rule]:
        wanted = _pairs(where)
        return [rule for rule in self.nat if wanted.items() <= rule.items()]

    def export(self) -> str:
        lines = [f"# 2025-05-30 11:07:28 by RouterOS {self.version}", "/ip firewall connection tracking"]
        lines += [f"set {name}={value}" for name, value in self.timers.items()]
        lines.append("/ip firewall nat")
        for rule in self.nat:
            quoted = (f'{key}="{_escaped(value)}"' for key, value in sorted(rule.items()))
            lines.append("add " + " ".join(quoted))
        lines += ["/ip firewall service-port"] if self.helper == "yes" else []
        lines += ["set sip disabled=yes"] if self.helper == "yes" else []
        return "\n".join([*lines, "/system identity", "set name=Office", "/tool romon", ""])

    def facts(self) -> Facts:
        return facts_of(MENU, export=self.export(), export_header=self.export())


def essence(facts: Facts) -> object:
    """Return the facts without where and how they were written."""
    return (
        sorted((timer.name, timer.possible) for timer in facts.udp_timers),
        facts.sip_alg.state,
        sorted(
            (f.protocol, str(f.external_ports), f.source, str(f.interface), f.internal_address, f.enabled)
            for f in facts.port_forwards
        ),
    )


def only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1
    return snippets[0]


def test_one_snippet_raises_then_disables_then_clears() -> None:
    console = Console(timers={"udp-timeout": "10s", "udp-stream-timeout": "1m"})
    before = console.facts()
    findings, snippets = repaired(before, MENU)
    snippet = only(snippets)
    assert [finding.fix for finding in findings] == [0, 0, 0]
    lines = snippet.change.split("\n")
    assert len(lines) == 3
    assert [word in line for word, line in zip(("3m", "disabled=yes", "remove"), lines, strict=True)] == [
        True
    ] * 3
    assert "re-register" in snippet.risk.split("\n")[-1]
    console.enter(snippet.change)
    after = console.facts()
    assert short(after) == ()
    assert after.sip_alg.state is SipAlgState.OFF
    assert console.cleared == 1
    console.enter(snippet.rollback)
    assert essence(console.facts()) == essence(before)
    assert snippet.rollback.split("\n")[0].endswith("disabled=no")


def test_only_the_timer_that_fails_is_set_and_the_default_is_restored() -> None:
    console = Console(helper="yes")
    before = console.facts()
    snippet = only(repaired(before, MENU)[1])
    assert snippet.change == "/ip firewall connection tracking set udp-timeout=3m"
    console.enter(snippet.change)
    assert short(console.facts()) == ()
    console.enter(snippet.rollback)
    assert essence(console.facts()) == essence(before)
    assert "udp-timeout=30s" in snippet.rollback


def test_a_default_that_the_release_decides_is_not_guessed_in_the_rollback() -> None:
    console = Console(version="7.14", helper="yes")
    snippet = only(repaired(console.facts(), MENU)[1])
    assert snippet.kind is SnippetKind.COMMAND
    assert all(line.startswith("#") for line in snippet.rollback.split("\n"))
    assert "udp-timeout=10s" in snippet.rollback
    assert "udp-timeout=30s" in snippet.rollback
    assert "Read the old values" in snippet.risk


@pytest.mark.parametrize(
    ("keepalive", "target", "expected"), [(60, 180, 180), (60, 30, 61), (300, 180, 301), (5, 12, 12)]
)
def test_target_is_never_below_the_limit(keepalive: int, target: int, expected: int) -> None:
    console = Console(helper="yes", timers={"udp-timeout": "3s"})
    options = AuditOptions(keepalive=keepalive, target_seconds=target)
    console.enter(only(repaired(console.facts(), MENU, options)[1]).change)
    assert parse_seconds(console.timers["udp-timeout"]) == expected


def test_a_timer_that_holds_is_never_touched() -> None:
    console = Console(helper="yes", timers={"udp-timeout": "10m", "udp-stream-timeout": "30s"})
    console.enter(only(repaired(console.facts(), MENU)[1]).change)
    assert console.timers == {"udp-timeout": "10m", "udp-stream-timeout": "3m"}


def test_forward_is_added_for_the_provider_only_and_taken_back() -> None:
    console = Console()
    before = console.facts()
    wanted = WantedForward(
        protocol="tcp_udp", ports="5060,10000-20000", address="192.168.1.20", source="203.0.113.0/29"
    )
    findings, snippets = remediate(
        (failing(AddPortForward(forward=wanted)), failing(AddPortForward(forward=wanted))),
        before,
        MENU,
        AuditOptions(),
    )
    snippet = only(snippets)
    assert [finding.fix for finding in findings] == [0, 0]
    console.enter(snippet.change)
    rows = {
        (f.protocol, str(f.external_ports), f.source, f.interface, f.internal_address)
        for f in console.facts().port_forwards
    }
    assert rows == {
        (protocol, ports, "203.0.113.0/29", "WAN", "192.168.1.20")
        for protocol in ("tcp", "udp")
        for ports in ("5060", "10000-20000")
    }
    console.enter(snippet.rollback)
    assert essence(console.facts()) == essence(before)


def test_forward_behind_one_that_takes_its_ports_is_a_task_for_a_person() -> None:
    console = Console()
    console.nat.append(_rule("old", "192.168.1.9"))
    wanted = WantedForward(protocol="udp", ports="5060", address="192.168.1.20")
    snippet = only(
        remediate((failing(AddPortForward(forward=wanted)),), console.facts(), MENU, AuditOptions())[1]
    )
    assert snippet.kind is SnippetKind.MANUAL
    assert "192.168.1.9" in snippet.change


def test_forward_needs_a_known_interface() -> None:
    console = Console()
    console.nat[0]["out-interface-list"] = "!LAN"
    wanted = WantedForward(protocol="udp", ports="5060", address="192.168.1.20")
    finding = failing(AddPortForward(forward=wanted))
    assert only(remediate((finding,), console.facts(), MENU, AuditOptions())[1]).kind is SnippetKind.MANUAL
    del console.nat[0]["out-interface-list"]
    console.nat[0]["out-interface"] = "pppoe-out1"
    snippet = only(remediate((finding,), console.facts(), MENU, AuditOptions())[1])
    assert 'in-interface="pppoe-out1"' in snippet.change


def _rule(comment: str, address: str = "192.168.1.20", ports: str = "5060") -> Rule:
    rule = {"action": "dst-nat", "chain": "dstnat", "protocol": "udp", "dst-port": ports}
    rule |= {"in-interface-list": "WAN", "to-addresses": address}
    return rule | {"comment": comment} if comment else rule


def _removal(facts: Facts, ports: str = "5060") -> Snippet:
    forward = next(f for f in facts.port_forwards if str(f.external_ports) == ports)
    return only(remediate((failing(RemovePortForward(forward=forward)),), facts, MENU, AuditOptions())[1])


@pytest.mark.parametrize("comment", ["SIP", 'a "b" $c \\d? ; [e]', "out"])
def test_forward_is_disabled_by_its_own_comment(comment: str) -> None:
    console = Console()
    console.nat.append(_rule(comment))
    before = console.facts()
    snippet = _removal(before)
    assert snippet.kind is SnippetKind.COMMAND
    console.enter(snippet.change)
    assert [forward.enabled for forward in console.facts().port_forwards] == [False]
    assert "disabled" not in console.nat[0]
    console.enter(snippet.rollback)
    assert essence(console.facts()) == essence(before)


@pytest.mark.parametrize("action", ["dst-nat", "netmap"])
def test_a_machine_that_gets_everything_is_found_by_what_its_rule_does(action: str) -> None:
    console = Console()
    rule = {"action": action, "chain": "dstnat", "in-interface-list": "WAN", "to-addresses": "192.168.1.20"}
    console.nat.append({**rule, "comment": "all of it"})
    before = console.facts()
    assert [forward.kind for forward in before.port_forwards] == ["static_nat"]
    snippet = _removal(before, "1-65535")
    console.enter(snippet.change)
    assert [forward.enabled for forward in console.facts().port_forwards] == [False]
    console.enter(snippet.rollback)
    assert essence(console.facts()) == essence(before)


@pytest.mark.parametrize(
    "others",
    [
        [_rule("")],
        [_rule("SIP"), _rule("SIP", ports="80")],
        [_rule("SIP", ports="5060,443")],
        [_rule("Büro")],
        [_rule("{{ 7 * 7 }}")],
        [_rule("upnp 192.168.1.20: phone")],
    ],
)
def test_forward_that_cannot_be_named_safely_is_a_task_for_a_person(others: list[Rule]) -> None:
    console = Console()
    console.nat += others
    snippet = _removal(console.facts())
    assert snippet.kind is SnippetKind.MANUAL
    assert "/ip firewall nat set" not in snippet.change + snippet.rollback
    assert "line 5" in snippet.change


_PRINTED = """Flags: X - disabled, I - invalid; D - dynamic
 0    ;;; defconf: masquerade
      chain=srcnat action=masquerade out-interface-list=WAN ipsec-policy=out,none

 1    ;;; old phone system
      chain=dstnat action=dst-nat to-addresses=192.168.40.9 protocol=udp
      in-interface-list=WAN dst-port=5060 log=no log-prefix=""

 2  D ;;; upnp 192.168.40.31: softphone
      chain=dstnat action=dst-nat to-addresses=192.168.40.31 protocol=udp
      dst-address=203.0.113.44 dst-port=5070
"""


def test_rules_as_a_live_session_prints_them_are_named_as_well() -> None:
    facts = facts_of(MENU, nat=_PRINTED)
    snippet = _removal(facts)
    assert (
        snippet.change == '/ip firewall nat set [find action=dst-nat comment="old phone system"] disabled=yes'
    )
    upnp = _removal(facts, "5070")
    assert upnp.kind is SnippetKind.MANUAL
    assert "UPnP" in upnp.change
    wanted = WantedForward(protocol="udp", ports="5080", address="192.168.40.9")
    added = only(remediate((failing(AddPortForward(forward=wanted)),), facts, MENU, AuditOptions())[1])
    assert 'in-interface-list="WAN"' in added.change
    assert "open to the whole internet" in added.risk


def test_forwards_are_taken_away_before_others_are_added_in_their_place() -> None:
    console = Console()
    console.nat.append(_rule("old", "192.168.1.9"))
    facts = console.facts()
    wanted = WantedForward(protocol="udp", ports="5060", address="192.168.1.20")
    findings, snippets = remediate(
        (
            failing(AddPortForward(forward=wanted)),
            failing(RemovePortForward(forward=facts.port_forwards[0])),
        ),
        facts,
        MENU,
        AuditOptions(),
    )
    assert [finding.fix for finding in findings] == [1, 0]
    for snippet in snippets:
        console.enter(snippet.change)
    alive = [forward.internal_address for forward in console.facts().port_forwards if forward.enabled]
    assert alive == ["192.168.1.20"]
