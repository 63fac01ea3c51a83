"""Parts of a device judged apart, statements that let forwards pass, and what only a whole text proves."""

from __future__ import annotations

import pytest

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known, Missing, SipAlgState
from auditor.profiles.schema import Profile

PROFILE = r"""
vendor: {name: Toy, language: toy blocks, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual"}
detect: {}
documents:
  config:
    reader: block_config
    options: {wrappers: {part: "@part"}}
    absence: default
    complete: {order: [global, mode, rules, forwards, timers, end], always: [mode]}
facts:
  identity: {version: [{section: global, key: version}]}
  joins:
    allowed: {left: rules, where: {action: accept}, key: to, split: '\n', right: [forwards], name: "@edit", prefix: "forward "}
  paths: {key: "@part", names: [{section: part, key: "@edit"}], label: "part:{path}", carried_by: {section: rules, key: "@edit"}}
  layers: {sessions: {name: sessions}}
  udp_timers:
    - {name: own, section: timers, key: seconds, each: true, flow: any, layer: sessions, rank: 1, scope: "part:{@part}", row: "{@edit}",
       proven: true, ask: show timers, defaults: [{seconds: 300, source: manual, confidence: documented}]}
    - {name: idle, section: global, key: idle, flow: any, layer: sessions, rank: 2, no_default: nobody knows it, ask: show global}
  blockers:
    - {when: [{section: global, key: managed, is: "yes", only_if_shown: true}], why: somebody else decides, fails_stand: true}
  promotion: [{late: false, reason: one timer}]
  sip_alg:
    - name: helper
      cases:
        - {when: [{version: version, is: ">=7,<8", only_if_shown: true}], gives: unknown, why: not told}
        - {when: [{section: mode, key: helper, is: "off", exists: false}], gives: on, source: manual, confidence: documented}
        - {when: [{section: mode, key: helper, is: "off"}], gives: off}
  port_forwards:
    - section: forwards
      ports_shift: true
      fields: {name: ["@edit"], interface: [outside], external_ports: [ports], internal_address: [inside], internal_ports: [mapped]}
      permission: {by: "@edit", section: allowed, key: to, certain: {service: ALL}, same: {from: outside}, source: only, everywhere: [all],
                   source_if: {negated: "-"}, switch: "@edit", when: [{section: mode, key: central, is: "yes", exists: false}]}
  nat: {role: []}
remedies:
  variables:
    ids: {picks: [{section: timers, key: "@edit"}]}
    named: {cases: [{when: [{section: mode, key: helper, is: "off", only_if_shown: true}], gives: "off"}]}
"""
END = "config end\nend\n"


def facts_of(profile: Profile, text: str, outcome: Outcome = Outcome.FRAGMENT) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    document = Document(kind="config", name="show", text=text, outcome=outcome)
    return extract(Capture(target=Target(), vendor="toy", source=source, documents=(document,)), profile)


def block(name: str, **values: str) -> str:
    return f"config {name}\n" + "".join(f"set {key} {value}\n" for key, value in values.items()) + "end\n"


def table(name: str, *objects: str) -> str:
    return f"config {name}\n" + "".join(f"edit {text}\nnext\n" for text in objects) + "end\n"


def parts(**configs: str) -> str:
    listed = "config part\n" + "".join(f"edit {name}\nnext\n" for name in configs) + "end\n"
    return listed + "".join(f"config part\nedit {name}\n{text}end\n" for name, text in configs.items())


RULE = table("rules", "1\nset action accept")


def test_one_part_does_not_speak_for_another(profile: Profile) -> None:
    off, unset = block("mode", helper="off"), block("mode")
    for configs, state in (
        ({"red": off + RULE, "blue": off + RULE}, SipAlgState.OFF),
        ({"red": off + RULE, "blue": unset + RULE}, SipAlgState.ON),
        ({"red": unset + RULE, "blue": off + RULE}, SipAlgState.ON),
        ({"red": off + RULE, "blue": unset}, SipAlgState.OFF),  # no rule: no phones
    ):
        assert facts_of(profile, block("global", version="6") + parts(**configs) + END).sip_alg.state is state


def test_what_a_case_leaves_unknown_says_why_and_only_for_a_version_that_is_known(profile: Profile) -> None:
    (layer,) = facts_of(
        profile, block("global", version="7.1") + block("mode", helper="off") + END
    ).sip_alg.layers
    assert (layer.state, layer.why) == (SipAlgState.UNKNOWN, "not told")
    assert facts_of(profile, block("mode", helper="off") + END).sip_alg.state is SipAlgState.OFF


def test_a_section_that_every_text_begins_is_not_absent_where_it_does_not(profile: Profile) -> None:
    assert facts_of(profile, block("global", version="6") + END).sip_alg.state is SipAlgState.UNKNOWN
    assert facts_of(profile, block("global", version="6"), Outcome.OK).sip_alg.state is SipAlgState.UNKNOWN
    assert facts_of(profile, block("mode") + END).sip_alg.state is SipAlgState.ON


def test_templates_see_each_part_with_its_values(profile: Profile) -> None:
    red = block("mode", helper="off") + RULE + table("timers", "1", "4")
    facts = facts_of(profile, parts(red=red, blue=block("mode") + RULE + table("timers", "2")) + END)
    assert {path.key: path.values for path in facts.paths} == {
        "red": {"ids": ("1", "4"), "named": ("off",)},
        "blue": {"ids": ("2",), "named": ()},
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (block("global", idle="180") + END, 180),
        (block("global", idle="180"), None),  # a timer of its own may have been cut off
        (block("global", idle="180") + table("timers"), 180),  # the table is there, and closed
        (block("global", idle="40"), 40),  # too short, whatever else there is
        (block("global", idle="180") + "config timers\nedit 1\n", None),
        (block("global", idle="180") + table("timers", "1") + END, 300),
        (block("global", idle="180", managed="yes") + END, None),
        (block("global", idle="40", managed="yes") + END, 40),
        (block("global") + END, None),
    ],
)
def test_a_timer_counts_where_no_other_can_come_before_it(
    profile: Profile, text: str, seconds: int | None
) -> None:
    fact = facts_of(profile, text).replied
    assert (fact.value.seconds if isinstance(fact, Known) else None) == seconds


def test_an_undivided_device_has_no_scope_of_parts_and_every_row_its_name(profile: Profile) -> None:
    (timer,) = facts_of(profile, table("timers", "7\nset seconds 90") + END).udp_timers
    assert (timer.scope, timer.path, timer.row) == ("global", "", "7")
    divided = parts(red=table("timers", "7\nset seconds 90")) + END
    (timer,) = facts_of(profile, divided).udp_timers
    assert (timer.scope, timer.path, timer.row) == ("part:red", "red", "7")


FORWARD = table("forwards", "web\nset outside wan\nset ports 8000-8010\nset inside 192.0.2.1\nset mapped 80")
OTHER = FORWARD.replace("web", "mail").replace("8000-8010", "25").removeprefix("config forwards\n")
FORWARDS = FORWARD.removesuffix("end\n") + OTHER


@pytest.mark.parametrize(
    ("rule", "permitted", "source", "switches"),
    [
        ("set from wan\nset service ALL\nset to web", Answer.YES, "any", ("1",)),
        ("set from lan wan\nset service ALL\nset to web", Answer.YES, "any", ("1",)),
        ("set from any\nset service ALL\nset to web", Answer.YES, "any", ("1",)),
        ("set from lan\nset service ALL\nset to web", Answer.UNKNOWN, "any", ("1",)),
        ("set from wan\nset service WEB\nset to web", Answer.UNKNOWN, "any", ("1",)),
        ("set from wan\nset service ALL\nset to web mail", Answer.YES, "any", ()),
        ("set from wan\nset service ALL\nset to web\nset only branch hq", Answer.YES, "branch, hq", ("1",)),
        ("set from wan\nset service ALL\nset to web\nset only all", Answer.YES, "any", ("1",)),
        (
            "set from wan\nset service ALL\nset to web\nset only branch\nset negated 1",
            Answer.YES,
            "any",
            ("1",),
        ),
        ("set from wan\nset service ALL\nset to mail", Answer.NO, "any", ()),
    ],
)
def test_a_statement_says_which_forward_passes_and_for_whom(
    profile: Profile, rule: str, permitted: Answer, source: str, switches: tuple[str, ...]
) -> None:
    text = block("mode") + table("rules", f"1\nset action accept\n{rule}") + FORWARDS + END
    web = facts_of(profile, text).port_forwards[0]
    assert (web.permitted, web.source, web.switches) == (permitted, source, switches)
    assert str(web.internal_ports) == "80-90"


def test_where_forwards_need_no_statement_none_is_missing_and_none_is_to_be_switched_off(
    profile: Profile,
) -> None:
    text = block("mode", central="yes") + RULE + FORWARD + END
    (web,) = facts_of(profile, text).port_forwards
    assert (web.permitted, web.switches) == (Answer.UNKNOWN, ())


def test_a_listing_of_parts_that_is_not_followed_by_them_proves_nothing(profile: Profile) -> None:
    text = (
        "config part\nedit red\nnext\nedit blue\nnext\nend\nconfig part\nedit red\n"
        + block("mode")
        + RULE
        + "end\n"
    )
    assert isinstance(facts_of(profile, text + block("global", idle="180") + END).replied, Missing)
