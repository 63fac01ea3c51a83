"""Rules beside the objects that they name, tables that a device may lack, and ways that phones may take apart."""

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
        - {pattern: '^part (?P<part>\S+)$', section: parts}
        - {pattern: '^(?:(?P<part>\w+)/)?timer (?P<seconds>\d+)$', section: timers}
        - {pattern: '^(?:(?P<part>\w+)/)?service (?P<name>\S+) ports (?P<ports>\S+)(?: idle (?P<idle>\d+))?$', section: services}
        - {pattern: '^group (?P<name>\S+) of (?P<members>.+)$', section: groups}
        - {pattern: '^(?:(?P<part>\w+)/)?rule (?P<id>\d+) allows (?P<services>.+)$', section: rules}
        - {pattern: '^(?:(?P<part>\w+)/)?forward (?P<name>\S+) to (?P<to>\S+) port (?P<port>\S+)$', section: forwards}
        - {pattern: '^gate (?P<id>\d+) (?P<action>\w+) (?P<forward>\S+) for (?P<source>\S+)$', section: gates}
        - {pattern: '^firewall (?P<state>\w+)$', section: firewall}
        - {pattern: '^sessions (?P<sessions>\d+)$', section: sessions}
    sections: ["*"]
    absence: default
facts:
  tables:
    known services: [{name: SIP, ports: "5060"}]
  joins:
    ruled services: {left: rules, key: services, split: '\s+', groups: [{section: groups, name: name, members: members, split: '\s+'}],
                     right: [services, known services], name: name, prefix: "service "}
    forwarded: {left: forwards, key: port, right: [services, known services], name: name, prefix: "service "}
  paths: {key: part, names: [{section: parts, key: part}], label: "part:{path}", carried_by: {section: rules, key: id}}
  layers:
    nat: {name: NAT}
    firewall: {name: firewall sessions, when: [{section: firewall, key: state, is: on}], ask: show firewall}
  udp_timers:
    - {name: "service {service name}", scope: "service:{service name}", section: ruled services, where: {service idle: "*"},
       key: service idle, each: true, flow: any, layer: nat, rank: 1, ports: service ports, narrowed_by: [id], ask: show services}
    - {name: "service {name}", scope: "service:{name}", section: services, where: {idle: "*"}, key: idle, each: true, flow: any,
       layer: nat, ports: ports, governs: false, ask: show services}
    - {name: timer, section: timers, key: seconds, each: true, flow: any, layer: nat, rank: 2, ask: show timers}
    - {name: sessions, section: sessions, key: sessions, flow: any, layer: firewall, ask: show sessions,
       defaults: [{seconds: 30, source: manual, confidence: documented}]}
  promotion: [{late: false, reason: one timer}]
  port_forwards:
    - section: forwarded
      fields: {name: [name], external_ports: [service ports, port], internal_address: [to]}
      permission: {by: name, section: gates, key: forward, accept: {action: accept}, certain: {source: all}}
  nat: {role: []}
"""


def facts_of(profile: Profile, text: str, outcome: Outcome = Outcome.OK, context: str = "") -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    document = Document(kind="config", name="show config", text=text, outcome=outcome, context=context)
    return extract(Capture(target=Target(), vendor="toy", source=source, documents=(document,)), profile)


def seconds(facts: Facts) -> int | None:
    assert isinstance(facts.replied, Known), facts.replied
    return facts.replied.value.seconds


SERVICE = "timer 180\nservice VOICE ports 5060-5061 idle 40\n"


@pytest.mark.parametrize(
    ("rules", "decides"),
    [
        ("", 180),
        ("rule 1 allows WEB", 180),
        ("rule 1 allows WEB VOICE", 40),
        ("group PHONES of WEB VOICE\nrule 1 allows PHONES", 40),
        ("group INNER of VOICE\ngroup OUTER of WEB INNER\nrule 1 allows OUTER", 40),
        ("group LOOP of LOOP VOICE\nrule 1 allows LOOP", 40),
    ],
)
def test_an_objects_timer_counts_only_where_a_rule_uses_it(
    profile: Profile, rules: str, decides: int
) -> None:
    facts = facts_of(profile, SERVICE + rules)
    assert seconds(facts) == decides
    assert {timer.seconds for timer in facts.udp_timers} == {180, 40}  # told all the same


def test_a_joined_value_quotes_the_line_on_which_it_stands(profile: Profile) -> None:
    facts = facts_of(profile, SERVICE + "rule 1 allows VOICE")
    assert isinstance(facts.replied, Known)
    assert facts.replied.evidence is not None
    assert (facts.replied.evidence.line, facts.replied.evidence.text) == (2, SERVICE.splitlines()[1])


def test_a_table_that_the_device_lacks_governs_nothing(profile: Profile) -> None:
    without, with_it = facts_of(profile, "timer 180"), facts_of(profile, "timer 180\nfirewall on")
    assert (seconds(without), [t.name for t in without.udp_timers]) == (180, ["timer"])
    assert (seconds(with_it), [t.name for t in with_it.udp_timers]) == (30, ["timer", "sessions"])


def test_a_table_that_may_be_there_is_never_passed_over(profile: Profile) -> None:
    facts = facts_of(profile, "timer 180\n", Outcome.CUT_OFF)
    assert isinstance(facts.replied, Missing)
    assert facts.replied.ask == "show firewall"
    assert (
        seconds(facts_of(profile, "timer 20\n", Outcome.CUT_OFF)) == 20
    )  # too short, whatever else there is


def test_a_line_that_the_connection_cut_tells_no_number(profile: Profile) -> None:
    facts = facts_of(profile, "timer 180\ntimer 3", Outcome.CUT_OFF)
    assert [timer.seconds for timer in facts.udp_timers] == [180]


PARTS = "part red\npart blue\nred/timer 180\nblue/timer 45\nred/rule 1 allows X\n"


def test_every_part_is_told_and_the_worst_that_can_carry_phones_decides(profile: Profile) -> None:
    facts = facts_of(profile, PARTS + "blue/rule 2 allows X")
    values = {path.name: (path.replied, path.carries_phones) for path in facts.paths}
    assert {name: fact.value.seconds for name, (fact, _) in values.items() if isinstance(fact, Known)} == {
        "part:red": 180,
        "part:blue": 45,
    }
    assert seconds(facts) == 45
    assert {answer for _fact, answer in values.values()} == {Answer.UNKNOWN}


def test_a_part_without_rules_carries_no_phones(profile: Profile) -> None:
    facts = facts_of(profile, PARTS)
    assert {path.name: path.carries_phones for path in facts.paths}["part:blue"] is Answer.NO
    assert seconds(facts) == 180
    cut = facts_of(profile, PARTS, Outcome.CUT_OFF)
    assert {path.carries_phones for path in cut.paths} == {Answer.UNKNOWN}
    assert seconds(cut) == 45


def test_objects_of_another_part_are_not_mixed_in(profile: Profile) -> None:
    text = "part red\npart blue\ntimer 180\nred/service VOICE ports 5060 idle 40\nblue/rule 1 allows VOICE\nred/rule 2 allows X"
    assert seconds(facts_of(profile, text)) == 180


def test_a_document_of_one_part_speaks_of_that_part_alone(profile: Profile) -> None:
    facts = facts_of(profile, "part red\npart blue\ntimer 45\nrule 1 allows X", context="red")
    red = next(path for path in facts.paths if path.name == "part:red")
    assert isinstance(red.replied, Known)
    assert {timer.seconds for timer in facts.udp_timers} == {45}


@pytest.mark.parametrize(
    ("gate", "permitted"),
    [
        ("", Answer.NO),
        ("gate 1 accept OTHER for all", Answer.NO),
        ("gate 1 deny PBX for all", Answer.NO),
        ("gate 1 accept PBX for 192.0.2.1", Answer.UNKNOWN),
        ("gate 1 accept PBX for all", Answer.YES),
    ],
)
def test_a_forward_passes_only_where_a_statement_names_it(
    profile: Profile, gate: str, permitted: Answer
) -> None:
    facts = facts_of(profile, f"forward PBX to 192.0.2.10 port SIP\n{gate}")
    (forward,) = facts.port_forwards
    assert (str(forward.external_ports), forward.permitted) == ("5060", permitted)


def test_ports_whose_name_nobody_knows_are_a_gap_and_no_forward(profile: Profile) -> None:
    facts = facts_of(profile, "forward PBX to 192.0.2.10 port NOWHERE")
    assert facts.port_forwards == ()
    assert isinstance(facts.forwards_complete, Missing)
