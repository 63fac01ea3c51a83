"""Rows whose effect is not proven, timers that another setting chooses, and forwards as pf-like tables keep them."""

from __future__ import annotations

import pytest

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known, Missing
from auditor.profiles.schema import Profile

PROFILE = r"""
vendor: {name: Toy, language: toy lines, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual"}
detect: {}
documents:
  config: &config
    reader: lines
    options:
      section: other
      patterns:
        - {pattern: '^profile (?P<profile>\S+)$', section: system}
        - {pattern: '^udp (?P<seconds>\S+)$', section: timers}
        - {pattern: '^rule (?P<id>\d+) udp (?P<seconds>\d+)(?: port (?P<port>\d+))?$', section: rules}
        - {pattern: '^scaling (?P<on>\w+)$', section: scaling}
        - {pattern: '^off (?P<what>\w+)$', section: off}
        - {pattern: '^forward (?P<protocol>\S+) (?P<outside>\S+) to (?P<to>\S+) (?P<inside>\S+)(?: (?P<past>past))?(?: on (?P<interface>\S+))?$', section: forwards}
        - {pattern: '^filter (?P<action>\w+) on (?P<interface>\S+)$', section: filter}
    sections: ["*"]
    absence: none
    complete: {end: '^end$'}
  listing: {<<: *config, sections: [forwards again], options: {section: forwards again, patterns: ['^again (?P<outside>\S+) to (?P<to>\S+)$']}}
facts:
  joins:
    each forward: {left: forwards, key: protocol, split: '/', right: [], name: name, prefix: ""}
  layers: {states: {name: states}}
  udp_timers:
    - name: udp
      section: timers
      key: seconds
      flow: any
      layer: states
      rank: 2
      no_default: "Nobody knows this profile."
      defaults:
        - {when: [{section: system, key: profile, is: long}], seconds: 900, source: manual, confidence: documented}
        - {when: [{section: system, key: profile, is: short}], seconds: 60, source: manual, confidence: documented}
        - {when: [{section: system, exists: false}], seconds: 30, source: manual, confidence: documented}
    - {name: "rule {id}", section: rules, key: seconds, each: true, flow: any, layer: states, rank: 1, ports: port,
       unproven: "Perhaps it governs.", needs_whole: true}
  blockers:
    - {when: [{section: scaling, key: on, is: yes}], why: "They are scaled.", fails_stand: true}
    - {when: [{section: off}], why: "All is off."}
  promotion: [{late: false, reason: one timer}]
  port_forwards:
    - section: each forward
      ports_shift: true
      passes: {past: [past]}
      fields: {protocol: protocol, interface: [interface], external_ports: [outside], internal_address: [to], internal_ports: [inside]}
    - {section: forwards again, when: [{document: config, exists: false}], fields: {external_ports: [outside], internal_address: [to]}}
  filter:
    - section: filter
      start: [""]
      fields: {action: action, interface: [interface]}
      accept: [pass]
      drop: [block]
      policy_default: no
      exact_interfaces: true
  nat: {role: []}
"""


def facts_of(profile: Profile, text: str, *, whole: bool = True, kind: str = "config") -> Facts:
    outcome = Outcome.OK if whole else Outcome.FRAGMENT
    document = Document(kind=kind, name="show", text=text, outcome=outcome)
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(Capture(target=Target(), vendor="toy", source=source, documents=(document,)), profile)


def seconds(facts: Facts) -> int | str | None:
    fact = facts.replied
    return fact.value.seconds if isinstance(fact, Known) else fact.why


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("profile long", 900),
        ("profile short", 60),
        ("", 30),
        ("profile odd", "Nobody knows this profile."),
        ("udp 77\nprofile short", 77),
    ],
)
def test_another_setting_chooses_the_default(text: str, answer: int | str, profile: Profile) -> None:
    assert seconds(facts_of(profile, text)) == answer


def test_what_the_other_setting_states_counts_in_a_fragment_and_its_absence_does_not(
    profile: Profile,
) -> None:
    assert seconds(facts_of(profile, "profile short", whole=False)) == 60
    assert "may end before it" in str(seconds(facts_of(profile, "x", whole=False)))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("udp 180\nrule 1 udp 120", 180),
        ("udp 60\nrule 1 udp 30", 60),
        ("udp 180\nrule 1 udp 30", None),
        ("udp 60\nrule 1 udp 120", None),
        ("udp 60\nrule 1 udp 120 port 53", 60),
    ],
    ids=["both hold", "both fail", "the row would fail", "the row would hold", "another port"],
)
def test_a_row_that_may_govern_makes_no_pass_and_no_failure(
    text: str, answer: int | None, profile: Profile
) -> None:
    facts = facts_of(profile, text)
    if answer is None:
        assert isinstance(facts.replied, Missing)
        assert facts.replied.why.startswith("Perhaps it governs. (show, 2: rule 1")
    else:
        assert seconds(facts) == answer
    assert [timer.name for timer in facts.udp_timers] == ["udp", "rule 1"]


def test_rows_that_a_cut_may_hide_let_nothing_pass(profile: Profile) -> None:
    assert isinstance(facts_of(profile, "udp 180", whole=False).replied, Missing)
    assert seconds(facts_of(profile, "udp 60", whole=False)) == 60
    assert seconds(facts_of(profile, "udp 180\nend", whole=False)) == 180


@pytest.mark.parametrize(
    ("text", "answer"),
    [("udp 180\nscaling yes", "They are scaled."), ("udp 60\nscaling yes", 60), ("udp 180\nscaling no", 180),
     ("udp 60\nscaling yes\noff all", "All is off.")],
)  # fmt: skip
def test_what_only_fails_stand_leaves_a_failure_standing(
    text: str, answer: int | str, profile: Profile
) -> None:
    assert seconds(facts_of(profile, text)) == answer


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("forward udp 5060 to a 5070", ["udp 5060 5070"]),
        ("forward udp 10000-10009 to a 20000", ["udp 10000-10009 20000-20009"]),
        ("forward udp 10000-10009 to a 20000-20009", ["udp 10000-10009 20000-20009"]),
        ("forward udp 65000-65009 to a 65530", ["udp 65000-65009 65530"]),
        ("forward udp any to a 8080", ["udp 1-65535 8080"]),
        ("forward tcp/udp 5060 to a 5060", ["tcp 5060 5060", "udp 5060 5060"]),
    ],
)
def test_ranges_shift_and_protocols_are_told_apart(line: str, rows: list[str], profile: Profile) -> None:
    facts = facts_of(profile, line)
    assert [f"{f.protocol} {f.external_ports} {f.internal_ports}" for f in facts.port_forwards] == rows


def test_inner_ports_that_cannot_be_read_are_a_gap_and_no_guess(profile: Profile) -> None:
    facts = facts_of(profile, "forward udp 5060 to a somewhere")
    assert facts.port_forwards == ()
    assert isinstance(facts.forwards_complete, Missing)
    assert "somewhere" in facts.forwards_complete.why


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("forward udp 1 to a 1 on wan\nfilter block on wan", Answer.NO),
        ("forward udp 1 to a 1 past on wan\nfilter block on wan", Answer.YES),
        ("forward udp 1 to a 1 on wan\nfilter pass on wan,lte", Answer.YES),
        ("forward udp 1 to a 1 on wan,lte\nfilter pass on wan", Answer.UNKNOWN),
        ("forward udp 1 to a 1 on wan\nfilter pass on lan", Answer.NO),
    ],
)
def test_a_rule_passes_the_filter_by_itself_or_on_its_interfaces(
    text: str, answer: Answer, profile: Profile
) -> None:
    (forward,) = facts_of(profile, text).port_forwards
    assert forward.permitted is answer


def test_a_listing_of_the_same_rules_counts_only_alone(profile: Profile) -> None:
    assert len(facts_of(profile, "again 80 to a", kind="listing").port_forwards) == 1
    documents = tuple(
        Document(kind=kind, name=kind, text=text)
        for kind, text in (("config", "forward tcp 80 to a 80"), ("listing", "again 80 to a"))
    )
    source = Source(kind=SourceKind.FILE, name="x")
    both = extract(Capture(target=Target(), vendor="toy", source=source, documents=documents), profile)
    assert [forward.evidence.document for forward in both.port_forwards] == ["config"]


def test_a_forward_without_a_protocol_is_kept(profile: Profile) -> None:
    (forward,) = facts_of(profile, "forward / 80 to a 80").port_forwards
    assert forward.external_ports.first == 80
