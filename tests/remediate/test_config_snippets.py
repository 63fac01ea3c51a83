"""Snippets for config trees: entered into the listing that was read they repair it, and their rollback restores it."""

from __future__ import annotations

import pytest
from remedy_cases import facts_of, failing

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.facts import Facts, SipAlgState
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.rules.engine import check

TREE, FORK = load_profile("vyos"), load_profile("ubiquiti_edgerouter")
VERSION = "Version:          VyOS {}\nRelease train:    x\n"
NAMED = """set interfaces ethernet eth0 address '198.51.100.6/29'
set nat destination rule 10 destination port '5060'
set nat destination rule 10 inbound-interface{form} 'eth0'
set nat destination rule 10 protocol 'udp'
set nat destination rule 10 translation address '192.0.2.9'
set nat source rule 100 outbound-interface{form} 'eth0'
set nat source rule 100 translation address 'masquerade'
{extra}set system host-name 'edge'
set system login user vyos level 'admin'
"""
FORK_LISTING = """set interfaces ethernet eth0 address 198.51.100.6/29
set port-forward auto-firewall enable
set port-forward lan-interface eth1
set port-forward rule 1 forward-to address 192.0.2.9
set port-forward rule 1 original-port 5060
set port-forward rule 1 protocol udp
set port-forward wan-interface eth0
set service nat rule 1 destination port 5061
set service nat rule 1 inbound-interface eth0
set service nat rule 1 inside-address address 192.0.2.9
set service nat rule 1 protocol udp
set service nat rule 1 type destination
set service nat rule 5000 outbound-interface eth0
set service nat rule 5000 type masquerade
set system conntrack timeout udp stream 40
set system host-name edge
set system login user ubnt level admin
"""
FORK_VERSION = "Version:      v2.0.9\nHW model:     {}\n"


def _listing(release: str, extra: str = "") -> str:
    return NAMED.format(form=" name" if release >= "1.4" else "", extra=extra)


def _facts(release: str, listing: str) -> Facts:
    documents = {"config": listing}
    return facts_of(TREE, **({"version": VERSION.format(release)} if release else {}), **documents)


def _entered(listing: str, text: str) -> str:
    """Enter a snippet: in configuration mode its statements count once they are committed, saved and left."""
    pending: list[str] | None = None
    for line in text.split("\n"):
        if line == "configure":
            assert pending is None
            pending = []
        elif line == "exit":
            assert pending == [], "the change would be lost"
            pending = None
        elif line == "commit":
            assert pending
            head, mark, tail = listing.partition("set system host-name")
            listing = "\n".join([head.rstrip("\n"), *pending, mark + tail])
            pending = []
        elif line.startswith(("set ", "delete ")):
            assert pending is not None, "a shell knows no statements"
            pending.append(line)
        else:
            assert line == "save" or line.startswith("sudo conntrack -D -p udp --orig-port-dst 5060"), line
    assert pending is None
    return listing


def _only(snippets: tuple[Snippet, ...]) -> Snippet:
    (snippet,) = snippets
    return snippet


def _entries(facts: Facts, *, fork: bool = False) -> tuple[Snippet, ...]:
    options = AuditOptions()
    findings = tuple(f for f in check(facts, options) if not f.rule.startswith(("PORT", "EXP")))
    return remediate(findings, facts, FORK if fork else TREE, options)[1]


@pytest.mark.parametrize(
    ("release", "extra"),
    [
        ("1.2.9", ""),
        ("1.3.6", "set system conntrack modules sip\nset system conntrack timeout udp other '30'\n"),
        ("1.3.6", ""),
        ("1.4.3", "set system conntrack modules sip\n"),
        ("1.4.3", "set system conntrack timeout udp other 20\nset system conntrack timeout udp stream 600\n"),
        ("1.5-rolling-202501010101", "set system conntrack modules sip\n"),
    ],
)
def test_a_snippet_repairs_its_release_and_its_rollback_restores_it(release: str, extra: str) -> None:
    listing = _listing(release, extra)
    before = _facts(release, listing)
    snippet = _only(_entries(before))
    assert snippet.kind is SnippetKind.COMMAND
    repaired = _entered(listing, snippet.change)
    after = _facts(release, repaired)
    assert not _entries(after)
    assert after.sip_alg.state is SipAlgState.OFF
    assert ("firewall global-options timeout" in snippet.change) is release.startswith("1.5")
    assert "timeout custom" not in snippet.change
    back = _facts(release, _entered(repaired, snippet.rollback))
    assert back.sip_alg.state is before.sip_alg.state
    assert [(t.name, t.seconds) for t in back.udp_timers] == [(t.name, t.seconds) for t in before.udp_timers]


def test_timers_are_never_lowered() -> None:
    extra = "set system conntrack timeout udp other 20\nset system conntrack timeout udp stream 600\n"
    snippet = _only(_entries(_facts("1.4.3", _listing("1.4.3", extra))))
    assert "stream" not in snippet.change


@pytest.mark.parametrize("extra", ["", "set system conntrack modules sip\n"])
def test_without_a_release_nothing_is_written(extra: str) -> None:
    snippets = _entries(_facts("", NAMED.format(form="", extra=extra)))
    assert snippets
    assert all(snippet.kind is SnippetKind.MANUAL for snippet in snippets)
    assert all("show version" in snippet.change for snippet in snippets)


def test_a_place_that_was_read_is_written_without_a_release() -> None:
    extra = "set firewall global-options timeout udp other '30'\n"
    listing = extra + NAMED.format(form=" name", extra="")
    snippet = _only(_entries(_facts("", listing)))
    assert "set firewall global-options timeout udp other '180'" in snippet.change


@pytest.mark.parametrize("release", ["1.3.6", "1.4.3"])
@pytest.mark.parametrize("source", ["", "203.0.113.0/24 192.0.2.128/25"])
def test_forwards_are_added_and_taken_back(release: str, source: str) -> None:
    listing = _listing(release)
    before = _facts(release, listing)
    wanted = [
        WantedForward(protocol=protocol, ports=ports, address="192.0.2.20", source=source or None)
        for protocol, ports in (("tcp", "5060"), ("udp", "10000-20000"), ("tcp_udp", "5061"), ("udp", "5061"))
    ]
    findings = tuple(failing(AddPortForward(forward=one)) for one in wanted)
    snippets = remediate(findings, before, TREE, AuditOptions())[1]
    assert [snippet.kind for snippet in snippets] == [SnippetKind.COMMAND] * 4
    changed = listing
    for snippet in snippets:
        changed = _entered(changed, snippet.change)
    after = _facts(release, changed)
    new = [
        f for f in after.port_forwards if f not in before.port_forwards and f.internal_address == "192.0.2.20"
    ]
    assert len({(f.name, f.protocol) for f in new}) == 5 * len(source.split() or [""])
    assert {f.interface for f in new} == {"eth0"}
    assert {str(f.external_ports) for f in new} == {"5060", "10000-20000", "5061"}
    for snippet in snippets:
        changed = _entered(changed, snippet.rollback)
    restored = _facts(release, changed)
    assert [f.name for f in restored.port_forwards] == [f.name for f in before.port_forwards]


def test_a_number_that_may_be_taken_is_not_used() -> None:
    wanted = failing(
        AddPortForward(forward=WantedForward(protocol="udp", ports="5070", address="192.0.2.20"))
    )
    other = (
        "set nat destination rule 175070 {}\nset nat destination rule 175070 translation address 192.0.2.1\n"
    )
    for taken in (other.format("exclude"), other.format("destination port 99")):
        listing = _listing("1.4.3").replace("set nat source", taken + "set nat source", 1)
        snippet = _only(remediate((wanted,), _facts("1.4.3", listing), TREE, AuditOptions())[1])
        assert snippet.kind is SnippetKind.MANUAL
        assert "rule numbers" in snippet.change


def test_a_forward_is_switched_off_and_on_again() -> None:
    listing = _listing("1.4.3")
    before = _facts("1.4.3", listing)
    snippet = _only(
        remediate(
            (failing(RemovePortForward(forward=before.port_forwards[0])),), before, TREE, AuditOptions()
        )[1]
    )
    changed = _entered(listing, snippet.change)
    assert [f.enabled for f in _facts("1.4.3", changed).port_forwards] == [False]
    assert [f.enabled for f in _facts("1.4.3", _entered(changed, snippet.rollback)).port_forwards] == [True]


def test_a_static_translation_is_left_to_a_person() -> None:
    static = (
        "set nat static rule 10 destination address 198.51.100.7\n"
        "set nat static rule 10 inbound-interface name eth0\n"
        "set nat static rule 10 translation address 192.0.2.30\n"
    )
    facts = _facts("1.4.3", _listing("1.4.3", static))
    forwards = [f for f in facts.port_forwards if f.action == "static"]
    snippet = _only(
        remediate((failing(RemovePortForward(forward=forwards[0])),), facts, TREE, AuditOptions())[1]
    )
    assert snippet.kind is SnippetKind.MANUAL


def _fork(listing: str, model: str = "EdgeRouter 4") -> Facts:
    return facts_of(FORK, version=FORK_VERSION.format(model), config=listing)


def test_the_fork_is_repaired_and_restored() -> None:
    before = _fork(FORK_LISTING)
    snippet = _only(_entries(before, fork=True))
    assert "set system conntrack timeout udp stream 180\n" in snippet.change
    assert "udp other" not in snippet.change
    repaired = _entered(FORK_LISTING, snippet.change)
    assert not _entries(_fork(repaired), fork=True)
    assert "delete conntrack table ipv4 source PHONE-IP" in snippet.risk
    back = _fork(_entered(repaired, snippet.rollback))
    assert back.sip_alg.state is before.sip_alg.state
    assert [(t.name, t.seconds) for t in back.udp_timers] == [(t.name, t.seconds) for t in before.udp_timers]


def test_a_gateway_with_a_controller_gets_no_commands() -> None:
    snippets = _entries(_fork(FORK_LISTING, "UniFi-Gateway-3"), fork=True)
    assert snippets
    assert all(snippet.kind is SnippetKind.MANUAL for snippet in snippets)
    assert all("controller" in snippet.change for snippet in snippets)


def test_forwards_of_the_fork_are_added_by_its_wizard_only() -> None:
    before = _fork(FORK_LISTING)
    wanted = WantedForward(protocol="udp", ports="10000-20000", address="192.0.2.20")
    narrow = WantedForward(protocol="udp", ports="5080", address="192.0.2.20", source="203.0.113.0/24")
    findings = tuple(failing(AddPortForward(forward=one)) for one in (wanted, narrow))
    added, left = remediate(findings, before, FORK, AuditOptions())[1]
    assert left.kind is SnippetKind.MANUAL
    changed = _entered(FORK_LISTING, added.change)
    assert ("udp", "10000-20000", "192.0.2.20") in {
        (f.protocol, str(f.external_ports), f.internal_address) for f in _fork(changed).port_forwards
    }
    assert [f.name for f in _fork(_entered(changed, added.rollback)).port_forwards] == [
        f.name for f in before.port_forwards
    ]
    bare = FORK_LISTING.replace("set port-forward lan-interface eth1\n", "")
    snippet = _only(remediate(findings[:1], _fork(bare), FORK, AuditOptions())[1])
    assert snippet.kind is SnippetKind.MANUAL


def test_rules_of_the_fork_are_told_apart_by_their_table() -> None:
    facts = _fork(FORK_LISTING.replace("nat rule 1 ", "nat rule 3 "))
    wizard, nat = facts.port_forwards
    findings = (failing(RemovePortForward(forward=wizard)), failing(RemovePortForward(forward=nat)))
    first, second = remediate(findings, facts, FORK, AuditOptions())[1]
    assert first.kind is SnippetKind.MANUAL
    assert second.change == "configure\nset service nat rule 3 disable\ncommit\nsave\nexit"
    same = _fork(FORK_LISTING)
    both = tuple(failing(RemovePortForward(forward=forward)) for forward in same.port_forwards)
    assert {s.kind for s in remediate(both, same, FORK, AuditOptions())[1]} == {SnippetKind.MANUAL}


@pytest.mark.parametrize("name", ["eth0'; reboot", "{{ 7 * 7 }}", "eth0 x", "$(reboot)", "eth0\x1b[2J"])
def test_a_hostile_interface_enters_no_command(name: str) -> None:
    quoted = name.replace("'", "'\\''")
    listing = _listing("1.4.3").replace(
        "outbound-interface name 'eth0'", f"outbound-interface name '{quoted}'"
    )
    wanted = failing(
        AddPortForward(forward=WantedForward(protocol="udp", ports="5070", address="192.0.2.20"))
    )
    snippet = _only(remediate((wanted,), _facts("1.4.3", listing), TREE, AuditOptions())[1])
    entered = [line for line in snippet.change.split("\n") if line.startswith("set ")]
    if snippet.kind is SnippetKind.COMMAND:  # the terminal's codes are no part of the name
        assert "set nat destination rule 175070 inbound-interface name 'eth0'" in entered
    else:
        assert entered == []
