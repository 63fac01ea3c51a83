"""Snippets for policies between zones: entered into the config and read again they repair, and they can be taken back."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.audit import AuditOptions, Snippet, SnippetKind
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.rules.engine import check

PROFILE = load_profile("juniper_junos")
REST = "from-zone lan to-zone wan policy rest"
CONFIG = f"""\
set version 21.4R3
set security alg dns disable
set security nat source rule-set OUT from zone lan
set security nat source rule-set OUT to zone wan
set security nat source rule-set OUT rule ALL match source-address 0.0.0.0/0
set security nat source rule-set OUT rule ALL then source-nat interface
set security nat destination pool CAM address 192.0.2.9/32
set security nat destination rule-set IN from zone wan
set security nat destination rule-set IN rule RTP match destination-address 203.0.113.5/32
set security nat destination rule-set IN rule RTP match destination-port 10000 to 10100
set security nat destination rule-set IN rule RTP match protocol udp
set security nat destination rule-set IN rule RTP then destination-nat pool CAM
set security policies {REST} match source-address any
set security policies {REST} match destination-address any
set security policies {REST} match application any
set security policies {REST} then permit
set security policies from-zone wan to-zone lan policy cam match source-address any
set security policies from-zone wan to-zone lan policy cam match destination-address any
set security policies from-zone wan to-zone lan policy cam match application any
set security policies from-zone wan to-zone lan policy cam then permit
set security zones security-zone wan interfaces ge-0/0/0.0
set interfaces ge-0/0/0 unit 0 family inet address 203.0.113.5/29
set applications application SIP protocol udp
set applications application SIP destination-port 5060
set applications application SIP inactivity-timeout 30
set applications application TWO term a protocol udp destination-port 5060 inactivity-timeout 30
set applications application TWO term b protocol udp destination-port 5000-5100 inactivity-timeout 40
set routing-options static route 0.0.0.0/0 next-hop 203.0.113.1
"""


def facts_of(config: str) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(config, "x", PROFILE)
    return extract(Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=documents), PROFILE)


def snippets(config: str, **options: int) -> tuple[Snippet, ...]:
    facts, chosen = facts_of(config), AuditOptions(**options)  # type: ignore[arg-type]
    return remediate(check(facts, chosen), facts, PROFILE, chosen)[1]


def entered(config: str, lines: str) -> str:
    """Put the lines of a snippet that change the config behind it, as a commit does."""
    modes = {"configure private", "commit check", "commit confirmed 10", "commit", "exit"}
    changes = [line for line in lines.split("\n") if line not in modes]
    assert all(line.split()[0] in {"set", "delete", "insert", "activate", "deactivate"} for line in changes)
    for verb in ("configure private", "exit"):
        assert lines.count(verb) == lines.count("configure private")
    return config + "\n".join([*changes, "set routing-options autonomous-system 64500", ""])


def replied(config: str) -> int | None:
    fact = facts_of(config).replied
    return fact.value.seconds if isinstance(fact, Known) else None


SHORT = CONFIG.replace("policy rest match application any", "policy rest match application SIP")


@pytest.mark.parametrize("config", [CONFIG, SHORT])
def test_a_snippet_repairs_and_its_rollback_restores(config: str) -> None:
    before = facts_of(config)
    timers = next(s for s in snippets(config) if "security alg sip" in s.change)
    assert timers.kind is SnippetKind.COMMAND
    after = entered(config, timers.change)
    assert replied(after) == 180
    assert facts_of(after).sip_alg.state is SipAlgState.OFF
    restored = facts_of(entered(after, timers.rollback))
    assert replied(config) == (60 if config is CONFIG else 30)
    assert replied(entered(after, timers.rollback)) == replied(config)
    assert restored.sip_alg == before.sip_alg


def test_a_forward_is_switched_off_and_on_again() -> None:
    snippet = next(s for s in snippets(CONFIG) if s.rule == "PORT003")
    assert snippet.kind is SnippetKind.COMMAND
    after = entered(CONFIG, snippet.change)
    assert [f.enabled for f in facts_of(after).port_forwards] == [False]
    assert [f.enabled for f in facts_of(entered(after, snippet.rollback)).port_forwards] == [True]


@pytest.mark.parametrize("seconds", [300, 700])
def test_the_target_is_kept(seconds: int) -> None:
    for config in (CONFIG, SHORT):
        change = next(s for s in snippets(config, target_seconds=seconds) if s.rule == "NAT001").change
        assert f"inactivity-timeout {seconds}\n" in change


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("policy rest match source-address any", "policy rest match source-address OFFICE"),
        CONFIG.replace("policy rest match application any", "policy rest match application BARE")
        + "set applications application BARE protocol udp\nset system ntp\n",
        CONFIG.replace("rule-set OUT from zone lan\n", "rule-set OUT from zone lan\nset security nat source rule-set OUT from zone guest\n"),
        CONFIG.replace("application SIP", "application STARFACE-SIP"),
        CONFIG.replace("policy rest", 'policy "rest;x"'),
        CONFIG.replace("policy rest match application any", "policy rest match application TWO"),
        CONFIG.replace(f"policies {REST}", "policies global policy rest"),
        CONFIG.replace("set security", "set logical-systems L security").replace("set version", "set security log\nset version"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_left_to_a_person(config: str) -> None:
    found = [s for s in snippets(config) if s.rule == "NAT001"]
    assert found
    assert all(s.kind is SnippetKind.MANUAL and "set applications" not in s.change for s in found)


def test_a_predefined_application_is_never_edited() -> None:
    config = CONFIG.replace("policy rest match application any", "policy rest match application junos-sip")
    assert all("junos-sip" not in s.change for s in snippets(config))


def test_a_policy_that_is_switched_off_is_no_place_for_the_new_one() -> None:
    first = "set security policies from-zone lan to-zone wan policy old match source-address any\ndeactivate security policies from-zone lan to-zone wan policy old\n"
    change = next(
        s
        for s in snippets(
            CONFIG.replace(
                f"set security policies {REST} match source",
                f"{first}set security policies {REST} match source",
            )
        )
        if s.rule == "NAT001"
    ).change
    assert "before policy rest" in change


@pytest.mark.parametrize("name", ["RTP {{ 7 }}", "a b", "x;y", "RTP`id`"])
def test_hostile_names_are_not_entered(name: str) -> None:
    config = CONFIG.replace("rule RTP", f'rule "{name}"')
    found = [s for s in snippets(config) if s.rule == "PORT003"]
    assert [s.kind for s in found] == [SnippetKind.MANUAL]
