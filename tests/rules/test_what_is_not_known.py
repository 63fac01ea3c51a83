"""What a rule says where a fact is missing, is only a set, or belongs to one path of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rule_facts import GAP, LINE, facts, forward, known, sip, timer, unreplied

from auditor.model.audit import (
    AuditOptions,
    DisableSipAlg,
    Finding,
    RaiseUdpTimers,
    Scenario,
    Severity,
    Status,
)
from auditor.model.facts import (
    Answer,
    Fact,
    Facts,
    Flow,
    Known,
    NatRole,
    Origin,
    Path,
    Promotion,
    SipAlg,
    SipAlgState,
    SourcePort,
    UdpTimer,
)
from auditor.model.text import N_
from auditor.rules.engine import check, check_rules
from auditor.rules.requirements import select
from auditor.rules.rule import Context, Note, Problem, rule

CLOUD = AuditOptions()
NOT_LATE = Promotion(late=False, reason="old kernel")


def of(made: Facts, code: str, options: AuditOptions = CLOUD) -> Finding:
    return next(found for found in check(made, options) if found.rule == code)


def path(replied: Fact[UdpTimer], *, new: Fact[UdpTimer] | None = None, carries: Answer = Answer.YES) -> Path:
    return Path(name="vdom:x", replied=replied, unreplied=new or unreplied(300), carries_phones=carries)


def by_set(*seconds: int, flow: Flow = Flow.UNREPLIED) -> Known[UdpTimer]:
    return timer(min(seconds), flow, alternatives=seconds, origin=Origin.DEFAULT, evidence=None)


def raised(made: Facts) -> list[tuple[str, int | None]]:
    remedy = of(made, "NAT001").remedy
    assert isinstance(remedy, RaiseUdpTimers)
    return [(one.name, one.seconds) for one in remedy.timers]


def test_only_timers_that_decide_are_raised() -> None:
    made = facts(replied=timer(30), unreplied=unreplied(10), promotion=NOT_LATE)
    assert raised(made) == [("replied", 30)]
    assert of(made, "NAT002").remedy is None
    assert raised(replace(made, promotion=Promotion(late=True, reason="x"))) == [
        ("replied", 30),
        ("unreplied", 10),
    ]


def test_every_path_that_may_carry_phones_is_raised() -> None:
    worst = timer(20)
    others = (
        path(timer(30, name="a")),
        path(timer(40, name="b"), carries=Answer.UNKNOWN),
        path(timer(50, name="c"), carries=Answer.NO),
        path(timer(300, name="d"), new=unreplied(15, name="e")),
    )
    made = facts(replied=worst, paths=(path(worst), *others))
    assert raised(made) == [("replied", 20), ("a", 30), ("b", 40), ("e", 15)]


def test_a_snippet_never_sets_less_than_the_limit() -> None:
    remedy = of(facts(replied=timer(30)), "NAT001", AuditOptions(keepalive=240, target_seconds=180)).remedy
    assert isinstance(remedy, RaiseUdpTimers)
    assert remedy.seconds == 241


def test_a_set_of_un_replied_defaults_on_both_sides_of_the_limit_is_unknown() -> None:
    assert of(facts(unreplied=by_set(10, 30)), "NAT002").status is Status.FAIL
    assert of(facts(unreplied=by_set(90, 180)), "NAT002").status is Status.PASS
    mixed = of(facts(unreplied=by_set(30, 180)), "NAT002")
    assert (mixed.status, mixed.remedy) == (Status.UNKNOWN, None)
    assert "30 or 180 s" in mixed.title


def test_another_timer_of_the_router_is_no_timer_of_the_helper() -> None:
    media = timer(3600, Flow.MEDIA, name="rtp").value
    made = facts(replied=timer(30), sip_alg=sip(SipAlgState.ON), udp_timers=(media,))
    assert "rtp" not in of(made, "NAT001").detail


@pytest.mark.parametrize("changes", [{"unreplied": GAP}, {"paths": (path(GAP),)}])
def test_a_margin_that_hangs_on_a_missing_timer_is_unknown(changes: dict[str, Any]) -> None:
    assert of(facts(**changes), "NAT003").status is Status.UNKNOWN
    assert of(facts(**changes, promotion=NOT_LATE), "NAT003").status is (
        Status.UNKNOWN if "paths" in changes else Status.PASS
    )


def test_the_margin_names_the_timers_that_lack_it_and_each_line_once() -> None:
    found = of(facts(unreplied=unreplied(90)), "NAT003")
    assert (found.status, found.actual) == (Status.FAIL, "unreplied = 90 s (global, as shown)")
    both = of(facts(replied=timer(100), unreplied=unreplied(90)), "NAT003")
    assert both.evidence == (LINE,)


@pytest.mark.parametrize("addresses", [(), ("2001:db8::1",), ("pppoe-wan",), ("198.51.100.7", "dhcp")])
def test_an_address_that_is_no_ipv4_address_settles_nothing(addresses: tuple[str, ...]) -> None:
    found = of(facts(wan_addresses=known(addresses)), "NAT004")
    assert (found.status, found.severity) == (Status.UNKNOWN, Severity.LOW)


def test_one_private_address_among_several_is_enough() -> None:
    found = of(facts(wan_addresses=known(("198.51.100.7", "169.254.3.4/16"))), "NAT004")
    assert (found.status, found.severity) == (Status.UNKNOWN, Severity.HIGH)
    assert "169.254.3.4" in found.title


@pytest.mark.parametrize(
    ("changes", "code", "weight"),
    [
        ({"source_port": known(SourcePort.UNKNOWN)}, "NAT006", Severity.LOW),
        ({"nat_role": known(NatRole.UNKNOWN)}, "NAT005", Severity.MEDIUM),
        ({"sip_alg": SipAlg()}, "SIP001", Severity.HIGH),
        ({"forwards_complete": known(value=False)}, "PORT003", Severity.HIGH),
        ({"forwards_complete": known(value=False)}, "EXP001", Severity.MEDIUM),
    ],
)
def test_a_value_that_says_unknown_is_a_missing_fact(
    changes: dict[str, Any], code: str, weight: Severity
) -> None:
    found = of(facts(**changes), code)
    assert (found.status, found.severity) == (Status.UNKNOWN, weight)


def test_ports_that_are_always_changed_weigh_as_random_ones() -> None:
    changed = facts(source_port=known(SourcePort.REWRITTEN))
    assert (of(changed, "NAT006").status, of(changed, "NAT006").severity) == (Status.FAIL, Severity.LOW)


def test_what_fails_for_certain_is_not_told_as_unknown_too() -> None:
    made = facts(forwards_complete=GAP, port_forwards=(forward(),))
    assert [found.status for found in check(made, CLOUD) if found.rule == "PORT003"] == [Status.FAIL]
    advice = facts(forwards_complete=GAP, sip_alg=sip(SipAlgState.ON, SipAlgState.UNKNOWN))
    assert [found.status for found in check(advice, CLOUD) if found.rule == "SIP001"] == [Status.FAIL]


def test_forwards_that_were_not_shown_are_no_matter_of_a_feature_that_is_not_used() -> None:
    onprem = AuditOptions(scenario=Scenario.ONPREM, features=("sip-trunk",))
    assert of(facts(forwards_complete=GAP), "EXP002", onprem).status is Status.NOT_APPLICABLE
    used = replace(onprem, features=("home-office",), pbx="192.168.1.20")
    assert of(facts(forwards_complete=GAP), "EXP002", used).status is Status.UNKNOWN


def test_a_missing_fact_says_why_what_follows_and_what_to_type() -> None:
    detail = of(facts(replied=GAP), "NAT001").detail
    assert GAP.why in detail
    assert "phones stay connected" in detail
    assert detail.endswith(f"\nTo find out, enter: {GAP.ask}")


def test_the_helper_is_not_switched_off_before_a_timer_that_may_be_too_short() -> None:
    remedy = of(facts(sip_alg=sip(SipAlgState.ON), unreplied=by_set(30, 180)), "SIP001").remedy
    assert isinstance(remedy, DisableSipAlg)
    assert [one.possible for one in remedy.timers] == [(30, 180)]


def test_the_devices_own_policy_test_is_named() -> None:
    own = "packet-tracer input inside udp 192.0.2.10 5060 203.0.113.1 5060"
    assert own in of(replace(facts(), policy_test=own), "OUT001").detail
    assert "no command of its own" in of(facts(), "OUT001").detail


def test_a_rule_that_looks_at_a_fact_without_saying_so_is_a_defect() -> None:
    @rule("TOY001", severity=Severity.HIGH, needs=("replied",), references=(N_("none"),))
    def toy(made: Facts, context: Context) -> list[Problem | Note]:
        """Toy."""
        del context
        return [Note(title=made.unreplied.__class__.__name__)]

    with pytest.raises(LookupError, match="unreplied"):
        check_rules((toy,), facts(), Context(options=CLOUD, selection=select(CLOUD)))


def test_only_what_is_certain_has_a_remedy() -> None:
    @rule("TOY002", severity=Severity.HIGH, references=(N_("none"),))
    def toy(made: Facts, context: Context) -> list[Problem | Note]:
        """Toy."""
        del made, context
        remedy = RaiseUdpTimers(timers=(), seconds=180)
        return [Problem(title="x", detail="y", evidence=(LINE,), certain=False, remedy=remedy)]

    (found,) = check_rules((toy,), facts(), Context(options=CLOUD, selection=select(CLOUD)))
    assert (found.status, found.remedy) == (Status.UNKNOWN, None)
