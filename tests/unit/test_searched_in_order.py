"""Lists that are searched in order, values that are left out, filters before the NAT, and every timer that is too short."""

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
  config:
    reader: lines
    options:
      section: other
      patterns:
        - {pattern: '^class (?P<policy>\w+) (?P<match>sip|web|acl) (?P<action>track|drop|pass)(?: (?P<seconds>\d+))?$', section: classes}
        - {pattern: '^use (?P<policy>\w+) as (?P<use>\w+)$', section: uses}
        - {pattern: '^nat (?P<seconds>\d+)$', section: nat}
        - {pattern: '^forward (?P<port>\d+) to (?P<to>\S+) (?P<inner>\d+)$', section: forwards}
        - {pattern: '^filter (?P<action>\w+) (?P<port>\d+)(?: for (?P<address>\S+))?$', section: filter, values: {chain: in}}
    absence: default
facts:
  joins:
    used: {left: uses, key: policy, right: [classes], name: policy, prefix: "class ", each: true}
  layers: {nat: {name: NAT}, sessions: {name: sessions}}
  udp_timers:
    - {name: nat, section: nat, key: seconds, flow: any, layer: nat, ask: show nat,
       defaults: [{seconds: 300, source: manual, confidence: documented}]}
    - name: "class {class match}"
      section: used
      where: {class match: "*"}
      key: class seconds
      each: true
      flow: any
      layer: sessions
      scope: "policy:{policy}"
      left_out: {class action: track}
      no_default: "it keeps no session"
      first_match:
        within: use
        surely: [{class match: sip}]
        never: [{class match: web}, {class action: drop}]
      defaults: [{seconds: 30, source: manual, confidence: documented}]
  promotion: [{late: false, reason: one timer}]
  port_forwards:
    - {section: forwards, fields: {external_ports: [port], internal_address: [to], internal_ports: [inner]}}
  filter:
    - section: filter
      start: [in]
      untranslated: true
      fields: {chain: chain, action: action, external_ports: [port], external_address: [address]}
      accept: [accept]
      drop: [drop]
      policy_default: no
  nat: {role: []}
"""


def facts_of(profile: Profile, *lines: str, outcome: Outcome = Outcome.OK) -> Facts:
    document = Document(kind="config", name="show config", text="\n".join(lines), outcome=outcome)
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(Capture(target=Target(), vendor="toy", source=source, documents=(document,)), profile)


def seconds(facts: Facts) -> int | None:
    return facts.replied.value.seconds if isinstance(facts.replied, Known) else None


@pytest.mark.parametrize(
    ("classes", "decides"),
    [
        (["P sip track 90", "P sip track 20"], 90),  # the second is never reached
        (["P sip track 20", "P sip track 90"], 20),
        (["P web track 20", "P sip track 90"], 90),  # the first cannot catch a phone
        (["P acl track 20", "P sip track 90"], 20),  # the first may
        (["P acl track 90", "P sip track 20"], 20),
        (["P sip track 90", "P acl track 20"], 90),
        (["P sip drop", "P sip track 90"], 90),  # phones that work are not dropped
        (["P sip track", "P sip track 90"], 30),
        (["P sip track 90", "Q sip track 20"], 90),  # no use of Q
    ],
)
def test_the_first_that_surely_catches_the_phones_ends_the_search(
    profile: Profile, classes: list[str], decides: int
) -> None:
    lines = [f"class {each}" for each in classes]
    assert seconds(facts_of(profile, *lines, "use P as lan")) == decides


def test_every_list_is_searched_by_itself(profile: Profile) -> None:
    lines = ["class P sip track 90", "class Q sip track 70", "use P as lan", "use Q as voice"]
    assert seconds(facts_of(profile, *lines)) == 70


def test_what_keeps_no_session_has_no_default(profile: Profile) -> None:
    facts = facts_of(profile, "class P sip pass", "use P as lan")
    assert isinstance(facts.replied, Missing)
    assert facts.replied.why == "it keeps no session"


def test_a_value_left_out_of_a_part_is_no_default(profile: Profile) -> None:
    lines = ["class P sip track", "use P as lan"]
    assert isinstance(facts_of(profile, *lines, outcome=Outcome.FRAGMENT).replied, Missing)
    assert seconds(facts_of(profile, *lines)) == 30


def test_every_timer_that_is_too_short_is_known_beside_the_worst(profile: Profile) -> None:
    lines = ["nat 50", "class P acl track 40", "class P sip track 20", "use P as lan"]
    (path,) = facts_of(profile, *lines).paths
    assert {timer.seconds for timer in path.replied_short} == {50, 40, 20}
    (holds,) = facts_of(profile, "nat 61", "class P sip track 90", "use P as lan").paths
    assert holds.replied_short == ()


@pytest.mark.parametrize(
    ("rule", "permitted"),
    [
        ("filter accept 8443", Answer.YES),
        ("filter accept 443", Answer.NO),  # the port behind the NAT, which the filter does not see
        ("filter accept 8443 for 192.0.2.10", Answer.UNKNOWN),  # so is the address
    ],
)
def test_a_filter_before_the_nat_sees_the_outside(profile: Profile, rule: str, permitted: Answer) -> None:
    (forward,) = facts_of(profile, "forward 8443 to 192.0.2.10 443", rule).port_forwards
    assert forward.permitted is permitted
