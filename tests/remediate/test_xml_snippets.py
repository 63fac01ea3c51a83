"""Remedies for a firewall that is set in its web interface: no command is offered, and a person is told what to do."""

from __future__ import annotations

import pytest
from remedy_cases import facts_of, failing, repaired

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.facts import Facts
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate

BOX = load_profile("opnsense")
SHOWN = "udp.first {}s\nudp.single {}s\nudp.multiple {}s\n"


def config(extra: str = "") -> str:
    return (
        "<?xml version='1.0'?>\n<opnsense>\n<system><hostname>fw</hostname></system>\n"
        f"<nat><outbound><mode>automatic</mode></outbound>{extra}</nat>\n<filter/>\n</opnsense>\n"
    )


def facts(first: int = 60, single: int = 30, multiple: int = 60, extra: str = "") -> Facts:
    return facts_of(BOX, timeouts=SHOWN.format(first, single, multiple), config=config(extra))


def only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1
    return snippets[0]


def test_the_profile_is_raised_by_hand_for_no_command_is_proven() -> None:
    snippet = only(repaired(facts(), BOX)[1])
    assert snippet.kind is SnippetKind.MANUAL
    assert "Firewall Optimization to conservative" in snippet.change
    assert "no proven command" in snippet.change
    assert "pfctl -st" in snippet.verify


def test_the_title_names_the_values_that_the_profile_brings() -> None:
    snippet = only(repaired(facts(), BOX)[1])
    assert "900" in snippet.title
    assert "180" not in snippet.title


def test_the_risk_is_told() -> None:
    risk = only(repaired(facts(), BOX)[1]).risk
    assert "way back" in risk
    assert "backup" in risk


@pytest.mark.parametrize("keepalive", [150, 299])
def test_a_keepalive_that_the_profile_does_not_outlive_is_left_to_a_person(keepalive: int) -> None:
    findings, snippets = repaired(facts(), BOX, AuditOptions(keepalive=keepalive))
    assert findings
    assert only(snippets).kind is SnippetKind.MANUAL
    assert "above 150 s" in only(snippets).change


def test_timers_of_a_rule_are_not_set_by_the_profile() -> None:
    seen = facts_of(
        BOX,
        timeouts="udp.first 300s\nudp.single 150s\nudp.multiple 900s\n",
        rules="@7 pass out on igb0 inet proto udp from any to any keep state (udp.multiple 10)",
    )
    assert only(repaired(seen, BOX)[1]).kind is SnippetKind.MANUAL


def test_forwards_are_left_to_a_person_with_what_has_to_be_entered() -> None:
    forward = "<rule><protocol>udp</protocol><interface>wan</interface><destination><port>5060</port></destination><target>10.0.0.2</target><descr>x</descr></rule>"
    box = facts(300, 150, 900, forward)
    (seen,) = box.port_forwards
    wanted = WantedForward(protocol="tcp", ports="443", address="10.0.0.3", source=None)
    findings = (failing(RemovePortForward(forward=seen)), failing(AddPortForward(forward=wanted)))
    _findings, (removal, addition) = remediate(findings, box, BOX, AuditOptions())
    assert {removal.kind, addition.kind} == {SnippetKind.MANUAL}
    assert "disable the rule" in removal.change
    assert "tcp 443 to 10.0.0.3" in addition.change
