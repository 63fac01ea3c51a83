"""Snippets for tree consoles: only rows that were read are set, everything else is a task for a person."""

from __future__ import annotations

import re

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
from auditor.model.facts import Facts, SipAlgState
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate

TREE = load_profile("lancom_lcos")
NAT = "\nTCP-Aging-Seconds             VALUE:   300\nUDP-Aging-Seconds             VALUE:   {}\n"
ALG = "Operating                     VALUE:   {}\n"
TABLE = (
    "D-port-from  D-port-to  Protocol  Intranet-Address  Active  Comment\n"
    "--------------------------------------------------------------------\n"
    "5060         5060       UDP       192.0.2.9         Yes     {}\n"
)


def _live(aging: str = "20", helper: str = "Yes", note: str = "old PBX", **documents: str) -> Facts:
    shown = {"nat": NAT.format(aging), "sip_alg": ALG.format(helper), "service_table": TABLE.format(note)}
    return facts_of(TREE, **(shown | documents))


def _entered(text: str, device: dict[str, str]) -> dict[str, str]:
    """Enter a snippet into a console that knows two rows; anything else is no command."""
    stores = True
    for line in text.split("\n"):
        if line.startswith("set "):
            _set, path, value = line.split(" ")
            assert path in device, line
            assert not stores, "the row is set before it is said how it is kept"
            device = device | {path: value}
        else:
            assert line in {"lang English", "flash No", "flash Yes"}, line
            stores = line == "flash Yes" or (line == "lang English" and stores)
    assert stores, "the change would be lost at the next restart"
    return device


def _device(facts: Facts) -> dict[str, str]:
    return {
        "/Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds": str(facts.udp_timers[0].seconds),
        "/Setup/SIP-ALG/Operating": {SipAlgState.ON: "Yes", SipAlgState.OFF: "No"}[facts.sip_alg.state],
    }


def _shown(device: dict[str, str]) -> Facts:
    aging, helper = device.values()
    return _live(aging, helper)


def _only(snippets: tuple[Snippet, ...]) -> Snippet:
    (snippet,) = snippets
    return snippet


@pytest.mark.parametrize(("aging", "helper"), [("20", "Yes"), ("20", "No"), ("300", "Yes")])
def test_a_snippet_repairs_what_fails_and_its_rollback_restores_it(aging: str, helper: str) -> None:
    before = _live(aging, helper)
    snippet = _only(repaired_once(before))
    assert snippet.kind is SnippetKind.COMMAND
    after = _shown(_entered(snippet.change, _device(before)))
    assert [timer.seconds for timer in after.udp_timers] == [300 if aging == "300" else 180]
    assert after.sip_alg.state is SipAlgState.OFF
    assert _shown(_entered(snippet.rollback, _device(after))) == before
    assert all(line.startswith("ls /Setup/") for line in snippet.verify.split("\n"))
    assert not re.search("reset|delete|/Other", snippet.change + snippet.rollback, re.IGNORECASE)


def repaired_once(facts: Facts) -> tuple[Snippet, ...]:
    """Return what the rules would lead to: the system's one timer counts before and after the first answer."""
    from auditor.rules.engine import check

    options = AuditOptions()
    findings = tuple(f for f in check(facts, options) if not f.rule.startswith(("PORT", "EXP")))
    return remediate(findings, facts, TREE, options)[1]


@pytest.mark.parametrize(("keepalive", "target", "seconds"), [(60, 30, 61), (200, 180, 201), (10, 180, 180)])
def test_the_target_is_never_below_the_limit(keepalive: int, target: int, seconds: int) -> None:
    from auditor.rules.engine import check

    options = AuditOptions(keepalive=keepalive, target_seconds=target)
    facts = _live("5", "No")
    findings = tuple(f for f in check(facts, options) if f.rule == "NAT001")
    snippet = _only(remediate(findings, facts, TREE, options)[1])
    assert f"UDP-Aging-Seconds {seconds}\n" in snippet.change


def test_a_row_of_a_german_console_is_not_set_by_its_english_name() -> None:
    facts = _live(nat="\nUDP-Aging-Sekunden            WERT:    20\n", helper="No")
    snippet = _only(repaired_once(facts))
    assert snippet.kind is SnippetKind.MANUAL
    assert "Set UDP-Aging-Seconds to 180 s (now 20 s)" in snippet.change
    assert "set /" not in snippet.change


@pytest.mark.parametrize("value", ["on", "Ja"])
def test_a_helper_whose_value_is_spelled_otherwise_is_left_to_a_person(value: str) -> None:
    assert _live("180", value).sip_alg.state is SipAlgState.ON
    snippet = _only(repaired_once(_live("180", value)))
    assert snippet.kind is SnippetKind.MANUAL
    assert "set /" not in snippet.change


def test_nothing_is_set_that_was_not_read() -> None:
    assert repaired(facts_of(TREE, nat="\nTCP-Aging-Seconds   VALUE:   300\n"), TREE)[1] == ()


@pytest.mark.parametrize("note", ["old PBX", "{{ 7 * 7 }}", "x; do /Other/Reset-Config", '"$(reboot)"'])
def test_forwards_are_left_to_a_person(note: str) -> None:
    facts = _live(note=note)
    wanted = WantedForward(protocol="udp", ports="10000-20000", address="192.0.2.20")
    findings = (
        failing(AddPortForward(forward=wanted)),
        failing(RemovePortForward(forward=facts.port_forwards[0])),
    )
    snippets = remediate(findings, facts, TREE, AuditOptions())[1]
    assert [snippet.kind for snippet in snippets] == [SnippetKind.MANUAL] * 2
    assert "allow rule" in snippets[1].change
    assert all(
        not line.startswith(("cd ", "set ", "add ", "del "))
        for s in snippets
        for line in s.change.split("\n")
    )


@pytest.mark.parametrize(
    ("documents", "managed"),
    [
        ({"sysinfo": "LMC-STATUS:   connected\n"}, True),
        ({"sysinfo": "LMC-STATUS:   disconnected\n"}, False),
        ({"script": "set /Setup/LMC/Operating Yes\n"}, True),
        ({"script": "set /Setup/LMC/Operating No\n"}, False),
        ({}, False),
    ],
)
def test_a_router_that_the_cloud_manages_is_told_beside_the_snippet(
    documents: dict[str, str], managed: bool
) -> None:
    risk = _only(repaired_once(_live(**documents))).risk
    assert ("manages this router: it overwrites" in risk) is managed
    assert "Management Cloud" in risk
