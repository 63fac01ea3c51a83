"""Snippets for shells with sysctl, nft and iptables, entered by a writer of the test that knows nothing else."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest
from remedy_cases import SHELL, facts_of, failing, repaired, short

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    DisableSipAlg,
    RaiseUdpTimers,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.facts import (
    Answer,
    Evidence,
    Facts,
    Flow,
    ForwardKind,
    Known,
    Origin,
    PortForward,
    SipAlgState,
    SipLayer,
    UdpTimer,
)
from auditor.model.ports import PortRange
from auditor.remediate.engine import remediate

_UNREPLIED, _REPLIED = "nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"


class Shell:
    """The running keys and the sysctl files of a router; every other command is not found."""

    def __init__(self, unreplied: int = 30, replied: int = 120, helper: int | None = None) -> None:
        self.keys = {_UNREPLIED: str(unreplied), _REPLIED: str(replied)}
        if helper is not None:
            self.keys["nf_conntrack_helper"] = str(helper)
        self.files: dict[str, str] = {}
        self.typed: list[str] = []

    def enter(self, text: str) -> None:
        for line in text.split("\n"):
            self.typed.append(line)
            if match := re.fullmatch(r"printf '%s\\n' '([^']+)' > (/etc/sysctl\.d/\S+\.conf)", line):
                self.files[match[2]] = match[1]
            elif match := re.fullmatch(r"sysctl -p (\S+)", line):
                self._set(self.files[match[1]])
            elif match := re.fullmatch(r"sysctl -w (\S+)", line):
                self._set(match[1])
            elif match := re.fullmatch(r"rm -f (/etc/sysctl\.d/\S+)", line):
                del self.files[match[1]]
            elif line != "conntrack -D -p udp --orig-port-dst 5060":
                pytest.fail(f"command not found: {line}")

    def _set(self, assignment: str) -> None:
        name, value = (part.strip() for part in assignment.split("="))
        key = name.removeprefix("net.netfilter.")
        assert key in self.keys
        self.keys[key] = str(int(value))

    def facts(self, helper: str = "sysctl") -> Facts:
        shown = "".join(f"net.netfilter.{key} = {value}\n" for key, value in self.keys.items())
        facts = facts_of(SHELL, kernel="router 5.4.0-42-generic\n", timers=shown)
        layer = SipLayer(
            name="SIP helper",
            state=SipAlgState.ON if self.keys.get("nf_conntrack_helper") == "1" else SipAlgState.OFF,
            remedy="helper",
            evidence=Evidence(document="iptables-save", line=7, text=_HELPER_RULE)
            if helper == "rule"
            else None,
        )
        return replace(
            facts,
            sip_alg=replace(facts.sip_alg, layers=(layer,)),
            variables={"scope": "global", "helper": helper, "owner": "", "wan_interface": "eth0"},
        )


_HELPER_RULE = "-A PREROUTING -p udp -m udp --dport 5060 -j CT --helper sip"


def _only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1
    return snippets[0]


def test_global_timers_are_raised_kept_in_a_file_and_restored() -> None:
    shell = Shell(30, 50)
    before = shell.facts()
    snippet = _only(repaired(before, SHELL)[1])
    shell.enter(snippet.change)
    assert shell.keys == {_UNREPLIED: "180", _REPLIED: "180"}
    assert sorted(shell.files.values()) == [
        f"net.netfilter.{_UNREPLIED} = 180",
        f"net.netfilter.{_REPLIED} = 180",
    ]
    assert short(shell.facts()) == ()
    shell.enter(snippet.rollback)
    assert not shell.files
    assert shell.facts() == before


def test_a_second_run_keeps_the_file_of_the_first() -> None:
    shell = Shell()
    shell.enter(_only(repaired(shell.facts(), SHELL)[1]).change)
    shell.keys[_REPLIED] = "20"
    shell.enter(_only(repaired(shell.facts(), SHELL)[1]).change)
    assert len(shell.files) == 2
    assert short(shell.facts()) == ()


def test_helper_by_sysctl_goes_after_the_timers_and_entries_are_cleared_last() -> None:
    shell = Shell(helper=1)
    before = shell.facts()
    findings, snippets = repaired(before, SHELL)
    snippet = _only(snippets)
    assert [finding.fix for finding in findings] == [0, 0]
    shell.enter(snippet.change)
    assert (shell.keys[_UNREPLIED], shell.keys["nf_conntrack_helper"]) == ("180", "0")
    places = [shell.typed.index(line) for line in shell.typed if line.startswith(("sysctl -p", "conntrack"))]
    assert places == sorted(places)
    assert _UNREPLIED in shell.typed[places[0]]
    assert shell.typed[-1].startswith("conntrack -D")
    assert "re-register" in snippet.risk
    shell.enter(snippet.rollback)
    assert shell.facts() == before


def test_helper_by_rule_is_quoted_for_a_person_behind_the_command_for_the_timers() -> None:
    facts = Shell(helper=1).facts("rule")
    findings, (timers, helper) = repaired(facts, SHELL)
    assert [finding.fix for finding in findings] == [0, 1]
    assert (timers.kind, helper.kind) == (SnippetKind.COMMAND, SnippetKind.MANUAL)
    assert _HELPER_RULE in helper.change.split("\n")
    assert helper.change.index(_UNREPLIED) < helper.change.index("Switch off")
    assert "re-register" in helper.risk


def _sip_only(facts: Facts, **variables: str) -> Facts:
    return replace(facts, variables={**facts.variables, "scope": "sip_only", **variables})


def test_table_of_its_own_keeps_the_value_that_holds() -> None:
    snippet = _only(repaired(_sip_only(Shell(30, 300).facts()), SHELL)[1])
    assert "policy = { unreplied : 180, replied : 300 }" in snippet.change
    assert "sysctl" not in snippet.change + snippet.rollback


@pytest.mark.parametrize("variables", [{"owner": "firewalld"}, {"scope": "global"}])
def test_global_timers_where_a_table_of_its_own_would_not_last(variables: dict[str, str]) -> None:
    assert "nft" not in _only(repaired(_sip_only(Shell().facts(), **variables), SHELL)[1]).change


def test_global_timer_where_the_other_value_is_not_known() -> None:
    facts = _sip_only(facts_of(SHELL, timers=f"net.netfilter.{_UNREPLIED} = 30\n"))
    assert "sysctl -p" in _only(repaired(facts, SHELL)[1]).change


def test_timer_of_a_policy_of_the_customer_is_left_to_him() -> None:
    facts = Shell().facts()
    policy = UdpTimer(
        name="ct timeout sip (replied)", seconds=40, flow=Flow.REPLIED, origin=Origin.CONFIGURED
    )
    stream = facts.udp_timers[0]
    findings, (command, manual) = remediate(
        (
            failing(RaiseUdpTimers(timers=(policy,), seconds=180)),
            failing(RaiseUdpTimers(timers=(replace(stream, seconds=20),), seconds=180)),
        ),
        facts,
        SHELL,
        AuditOptions(),
    )
    assert [finding.fix for finding in findings] == [1, 0]
    assert (command.kind, manual.kind) == (SnippetKind.COMMAND, SnippetKind.MANUAL)
    assert "ct timeout sip (replied) to 180 s (now 40 s)" in manual.change


def _forward(line: str, document: str = "iptables-save") -> PortForward:
    return PortForward(
        name="udp 5060",
        kind=ForwardKind.PORT_FORWARD,
        protocol="udp",
        external_address="any",
        interface="eth0",
        source="any",
        external_ports=PortRange(5060, 5060),
        internal_address="10.0.0.20",
        internal_ports=PortRange(5060, 5060),
        enabled=True,
        permitted=Answer.YES,
        evidence=Evidence(document=document, line=3, text=line),
    )


def _removed(line: str, document: str = "iptables-save", owner: str = "") -> Snippet:
    forward = _forward(line, document)
    facts = replace(
        Shell().facts(),
        port_forwards=(forward,),
        forwards_complete=Known(value=True, origin=Origin.CONFIGURED),
        variables={"owner": owner, "wan_interface": "eth0"},
    )
    finding = failing(RemovePortForward(forward=forward))
    return _only(remediate((finding,), facts, SHELL, AuditOptions())[1])


_RULE = '-A PREROUTING -i eth0 -p udp -m udp --dport 5060 -m comment --comment "a; $(id)" -j DNAT --to-destination 10.0.0.20'


def test_rule_is_deleted_and_restored_with_its_own_words() -> None:
    snippet = _removed(_RULE)
    expected = shlex.split(_RULE)[1:]
    assert shlex.split(snippet.change) == ["iptables", "-t", "nat", "-D", *expected]
    assert shlex.split(snippet.rollback) == ["iptables", "-t", "nat", "-A", *expected]
    assert shlex.split(_removed(_RULE, "sudo -n iptables-legacy-save").change)[0] == "iptables-legacy"


@pytest.mark.parametrize(("line", "owner"), [(f"[7:420] {_RULE}", ""), (_RULE, "docker")])
def test_rule_with_counters_and_rule_beside_docker_are_deleted(line: str, owner: str) -> None:
    snippet = _removed(line, owner=owner)
    assert shlex.split(snippet.change) == ["iptables", "-t", "nat", "-D", *shlex.split(_RULE)[1:]]
    assert snippet.verify == "iptables-save -t nat"


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("-A PREROUTING -p udp --dport 5060 -j DNAT --modprobe=/bin/sh", ""),
        ("-A PREROUTING -p udp --dport 5060 -j DNAT '--modprobe=/bin/sh x'", ""),
        ('-A PREROUTING -p udp --dport 5060 -j DNAT "-M" /bin/sh', ""),
        ("-A PREROUTING -p udp --dport 5060 -m comment --comment *** -j DNAT", ""),
        ('-A PREROUTING -p udp --comment "open -j DNAT', ""),
        ('iifname "eth0" udp dport 5060 dnat to 10.0.0.20', ""),
        ('-A PREROUTING -p udp --dport 5060 -m comment --comment "pbx\\\'s" -j DNAT', ""),
        (_RULE, "firewalld"),
        (_RULE.replace("PREROUTING", "DOCKER"), "docker"),
    ],
)
def test_rule_that_must_not_be_repeated_is_left_to_a_person(line: str, owner: str) -> None:
    snippet = _removed(line, owner=owner)
    assert snippet.kind is SnippetKind.MANUAL
    assert not re.search(r"^iptables|^nft", snippet.change, re.MULTILINE)
    assert owner in snippet.change


def _added(facts: Facts, wanted: WantedForward) -> Snippet:
    return _only(remediate((failing(AddPortForward(forward=wanted)),), facts, SHELL, AuditOptions())[1])


def test_forward_is_added_where_rules_of_this_kind_stand() -> None:
    facts = replace(Shell().facts(), port_forwards=(_forward(_RULE),))
    wanted = WantedForward(protocol="udp", ports="10000-20000", address="10.0.0.20", source="203.0.113.7")
    snippet = _added(facts, wanted)
    rule = (
        "PREROUTING -s 203.0.113.7/32 -i eth0 -p udp --dport 10000:20000 -j DNAT --to-destination 10.0.0.20"
    )
    assert (snippet.change, snippet.rollback) == (f"iptables -t nat -A {rule}", f"iptables -t nat -D {rule}")


@pytest.mark.parametrize(
    "wanted",
    [
        WantedForward(protocol="udp", ports="5061; reboot", address="10.0.0.20"),
        WantedForward(protocol="udp", ports="5061", address="10.0.0.20; reboot"),
        WantedForward(protocol="icmp", ports="5061", address="10.0.0.20"),
        WantedForward(protocol="udp", ports="5061", address="10.0.0.20", source="the provider"),
        WantedForward(protocol="udp", ports="", address="10.0.0.20"),
    ],
)
def test_forward_with_a_value_of_the_wrong_type_is_no_command(wanted: WantedForward) -> None:
    facts = replace(Shell().facts(), port_forwards=(_forward(_RULE),))
    assert _added(facts, wanted).kind is SnippetKind.MANUAL


def test_forward_without_rules_of_this_kind_is_left_to_a_person() -> None:
    wanted = WantedForward(protocol="udp", ports="5061", address="10.0.0.20")
    facts = replace(
        Shell().facts(), port_forwards=(_forward('iifname "eth0" udp dport 80 dnat to 10.0.0.9'),)
    )
    assert _added(facts, wanted).kind is SnippetKind.MANUAL
    assert _added(Shell().facts(), wanted).kind is SnippetKind.MANUAL


def test_helper_that_nothing_explains_is_left_to_a_person() -> None:
    facts = replace(Shell(180, 180, helper=1).facts(), variables={})
    snippet = _only(
        remediate((failing(DisableSipAlg(layers=facts.sip_alg.layers)),), facts, SHELL, AuditOptions())[1]
    )
    assert snippet.kind is SnippetKind.MANUAL


def test_helper_that_its_module_brings_is_unloaded_by_a_person() -> None:
    facts = facts_of(
        SHELL,
        kernel="router 3.16.0-4-amd64\n",
        timers="net.netfilter.nf_conntrack_udp_timeout = 180\nnet.netfilter.nf_conntrack_udp_timeout_stream = 180\n",
        sip_module="/sys/module/nf_conntrack_sip\n",
        nft="table ip nat {\n}\n",
        iptables="",
    )
    snippet = _only(repaired(facts, SHELL)[1])
    assert (snippet.kind, facts.variables["helper"]) == (SnippetKind.MANUAL, "module")
    assert "Unload the modules" in snippet.change
    assert "Delete the rule" not in snippet.change
