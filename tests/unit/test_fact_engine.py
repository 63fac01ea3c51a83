"""What a text states counts; what it does not state is a default, nothing at all, or unknown, never a guess."""

from __future__ import annotations

import pytest

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Fact, Facts, Known, Missing, Origin, UdpTimer
from auditor.profiles.schema import Profile

PROFILE = """\
vendor: {name: Toy, language: toy lines, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual", rumour: "a forum"}
detect: {}
documents:
  timers:
    reader: lines
    options:
      section: timers
      patterns:
        - '^nat udp (?P<nat>\\S+)$'
        - '^session udp (?P<session>\\S+)$'
        - '^flows (?P<unreplied>\\S+) (?P<replied>\\S+)$'
    sections: [timers]
    absence: default
    complete: {end: '^end$', broken: ['^!error']}
  version:
    reader: lines
    options: {section: version, patterns: ['^version (?P<version>\\S+)$']}
    sections: [version]
  policies:
    reader: lines
    options:
      section: policies
      patterns: ['^policy (?P<id>\\d+) (?:from (?P<from>\\S+) )?udp (?P<ports>\\S+) (?P<seconds>\\S+)$']
      expect: all
    sections: [policies]
    absence: none
facts:
  identity: {version: [{section: version, key: version}]}
  layers:
    nat: {name: NAT}
    session: {name: sessions, order: documented}
  udp_timers:
    - {name: nat udp, section: timers, key: nat, flow: any, layer: nat, unit: seconds, never: [off], ask: show nat,
       defaults: [{versions: "<2", seconds: 300, source: manual, confidence: documented},
                  {versions: ">=2", seconds: [30, 90], source: manual, confidence: seen}]}
    - {name: session udp, section: timers, key: session, flow: any, layer: session, rank: 2, unit: minutes, ask: show session,
       defaults: [{versions: "*", seconds: 240, source: rumour, confidence: inferred}]}
    - {name: "policy {id}", scope: "policy:{id}", section: policies, key: seconds, each: true, flow: any, layer: session, rank: 1,
       ports: ports, narrowed_by: [from], ask: show policies}
  promotion: [{late: false, reason: one timer}]
  nat: {role: []}
"""


def facts_of(profile: Profile, *documents: Document) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(Capture(target=Target(), vendor="toy", source=source, documents=documents), profile)


def document(kind: str, text: str, outcome: Outcome = Outcome.OK, **more: object) -> Document:
    return Document(kind=kind, name=f"show {kind}", text=text, outcome=outcome, **more)  # type: ignore[arg-type]


def value(fact: Fact[UdpTimer]) -> UdpTimer:
    assert isinstance(fact, Known)
    return fact.value


NO_POLICIES = document("policies", "")


def test_the_smaller_of_two_tables_decides_with_its_line(profile: Profile) -> None:
    text = "nat udp 300\nsession udp 2\nend"
    timer = value(facts_of(profile, document("timers", text, first_line=41), NO_POLICIES).replied)
    assert (timer.name, timer.seconds, timer.origin) == ("session udp", 120, Origin.CONFIGURED)
    assert timer.evidence
    assert (timer.evidence.line, timer.evidence.text) == (42, "session udp 2")


def test_a_default_carries_its_source(profile: Profile) -> None:
    facts = facts_of(
        profile, document("timers", "session udp 9\nend"), document("version", "version 1.4"), NO_POLICIES
    )
    timer = value(facts.replied)
    assert (timer.seconds, timer.origin, timer.evidence) == (300, Origin.DEFAULT, None)
    assert timer.default
    assert (timer.default.versions, timer.default.source) == ("<2", "Toy manual")


def test_a_default_known_as_a_set_keeps_every_member(profile: Profile) -> None:
    facts = facts_of(
        profile, document("timers", "session udp 9"), document("version", "version 2.0"), NO_POLICIES
    )
    assert value(facts.replied).possible == (30, 90)


def test_without_a_version_every_default_can_apply(profile: Profile) -> None:
    facts = facts_of(profile, document("timers", "session udp 9"), NO_POLICIES)
    assert value(facts.replied).possible == (30, 90, 300)


def test_an_unproven_default_is_unknown(profile: Profile) -> None:
    facts = facts_of(profile, document("timers", "nat udp 300"), NO_POLICIES)
    assert isinstance(facts.replied, Missing)
    assert "inferred" in facts.replied.why
    assert facts.replied.ask == "show session"


@pytest.mark.parametrize(
    ("text", "outcome", "known"),
    [
        ("session udp 9", Outcome.OK, True),
        ("session udp 9", Outcome.FRAGMENT, False),
        ("session udp 9\nend", Outcome.FRAGMENT, True),
        ("session udp 9\nend\n\n", Outcome.FRAGMENT, True),
        ("session udp 9\nend\nmore", Outcome.FRAGMENT, False),
        ("session udp 9", Outcome.CUT_OFF, False),
        ("session udp 9\n!error exporting\nend", Outcome.OK, False),
    ],
)
def test_absence_means_default_only_in_a_whole_text(
    profile: Profile, text: str, outcome: Outcome, known: bool
) -> None:
    facts = facts_of(
        profile, document("timers", text, outcome), document("version", "version 1"), NO_POLICIES
    )
    assert isinstance(facts.replied, Known) is known


@pytest.mark.parametrize(
    "outcome", [Outcome.REFUSED, Outcome.NO_PRIVILEGE, Outcome.TIMED_OUT, Outcome.SKIPPED]
)
def test_a_document_that_could_not_be_had_makes_its_facts_unknown(profile: Profile, outcome: Outcome) -> None:
    facts = facts_of(profile, document("timers", "", outcome, detail="no way"), NO_POLICIES)
    assert isinstance(facts.replied, Missing)
    assert "show timers" in facts.replied.why


def test_what_a_cut_off_text_states_still_counts(profile: Profile) -> None:
    facts = facts_of(profile, document("timers", "nat udp 20\nsession udp 9", Outcome.CUT_OFF), NO_POLICIES)
    assert value(facts.replied).seconds == 20


def test_never_is_a_value(profile: Profile) -> None:
    facts = facts_of(profile, document("timers", "nat udp off\nsession udp 9"), NO_POLICIES)
    assert value(facts.replied).seconds == 540
    assert any(timer.never for timer in facts.udp_timers)


def test_a_value_that_is_no_duration_is_unknown_and_quoted(profile: Profile) -> None:
    facts = facts_of(profile, document("timers", "nat udp soon\nsession udp 9"), NO_POLICIES)
    assert isinstance(facts.replied, Missing)
    assert "soon" in facts.replied.why


TIMERS = document("timers", "nat udp 600\nsession udp 5")


@pytest.mark.parametrize(
    ("policies", "seconds", "name"),
    [
        ("policy 7 udp 5060 20", 20, "policy 7"),
        (
            "policy 7 udp 5060 900",
            600,
            "nat udp",
        ),  # the policy overrides the session timer; the NAT timer stays
        ("policy 7 udp 5000-5999 45\npolicy 8 udp 53 10", 45, "policy 7"),
        ("policy 7 from lab udp 5060 20", 20, "policy 7"),  # may catch the phones: both can apply
        ("policy 7 from lab udp 5060 900", 300, "session udp"),
    ],
)
def test_the_most_specific_timer_decides(profile: Profile, policies: str, seconds: int, name: str) -> None:
    timer = value(facts_of(profile, TIMERS, document("policies", policies)).replied)
    assert (timer.seconds, timer.name) == (seconds, name)


def test_a_policy_that_was_not_understood_is_never_passed_over(profile: Profile) -> None:
    facts = facts_of(profile, TIMERS, document("policies", "policy 7 udp 5060 900\npolicy 8 something new"))
    assert isinstance(facts.replied, Missing)
    assert "something new" in facts.replied.why


def test_policies_that_could_not_be_read_may_hold_anything(profile: Profile) -> None:
    facts = facts_of(profile, TIMERS, document("policies", "", Outcome.NO_PRIVILEGE, detail="denied"))
    assert isinstance(facts.replied, Missing)


def test_nothing_read_is_everything_unknown(profile: Profile) -> None:
    facts = facts_of(profile)
    for fact in (facts.replied, facts.unreplied, facts.nat_role, facts.source_port, facts.wan_addresses):
        assert isinstance(fact, Missing)
        assert fact.why
