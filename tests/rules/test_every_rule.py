"""Each rule fails, passes and is unknown where it should, with the weight that decides the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_facts import GAP, facts, forward, known, sip, timer, unreplied

from auditor.model.audit import (
    Audit,
    AuditOptions,
    DisableSipAlg,
    Finding,
    RaiseUdpTimers,
    RemovePortForward,
    Scenario,
    Severity,
    Status,
    Verdict,
)
from auditor.model.capture import Source, SourceKind, Target
from auditor.model.errors import UsageError
from auditor.model.facts import (
    Answer,
    Facts,
    Flow,
    ForwardKind,
    NatRole,
    Origin,
    Promotion,
    SavedTimer,
    SipAlgState,
    SourcePort,
)
from auditor.rules.engine import check, rules

CLOUD = AuditOptions()
ONPREM = AuditOptions(scenario=Scenario.ONPREM, features=("sip-trunk-static",), pbx="192.168.1.20")
NOT_LATE = Promotion(late=False, reason="old kernel")


def findings(made: Facts, rule: str, options: AuditOptions = CLOUD) -> tuple[Finding, ...]:
    found = tuple(finding for finding in check(made, options) if finding.rule == rule)
    assert found, rule
    return found


def answer(made: Facts, rule: str, options: AuditOptions = CLOUD) -> tuple[str, str]:
    """Status and weight of the first, the weightiest finding."""
    first = findings(made, rule, options)[0]
    return first.status.value, first.severity.value


def verdict(made: Facts, options: AuditOptions = CLOUD) -> Verdict:
    source = Source(kind=SourceKind.FILE, name="x")
    return Audit(
        target=Target(), vendor="x", source=source, options=options, facts=made, findings=check(made, options)
    ).verdict


def test_a_router_without_a_fault_passes() -> None:
    assert verdict(facts()) is Verdict.PASS


def test_rules_have_permanent_codes_names_and_texts() -> None:
    listed = rules()
    assert len({rule.code for rule in listed}) == len(listed) >= 13
    for rule in listed:
        assert rule.name.isidentifier()
        assert rule.title
        assert rule.rationale
        assert rule.references


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(59, "fail"), (60, "fail"), (61, "pass"), (119, "pass"), (120, "pass"), (None, "pass")],
)
def test_the_61_second_rule_for_replied_flows(seconds: int | None, status: str) -> None:
    assert answer(facts(replied=timer(seconds)), "NAT001") == (status, "critical")


def test_the_limit_follows_the_keepalive() -> None:
    made = facts(replied=timer(30), unreplied=unreplied(30))
    assert answer(made, "NAT001", AuditOptions(keepalive=20))[0] == "pass"
    assert answer(made, "NAT001", AuditOptions(keepalive=30))[0] == "fail"


def test_a_default_known_as_a_set_is_unknown_only_where_its_members_disagree() -> None:
    def of(*seconds: int) -> Facts:
        return facts(replied=timer(min(seconds), alternatives=seconds, origin=Origin.DEFAULT, evidence=None))

    assert answer(of(10, 30), "NAT001") == ("fail", "critical")
    assert answer(of(90, 300), "NAT001")[0] == "pass"
    mixed = findings(of(30, 300), "NAT001")[0]
    assert mixed.status is Status.UNKNOWN
    assert "30" in mixed.title + mixed.detail
    assert "300" in mixed.title + mixed.detail
    assert verdict(of(30, 300)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"unreplied": unreplied(30)}, ("fail", "medium")),
        ({"unreplied": unreplied(30), "source_port": known(SourcePort.KEPT_IF_FREE)}, ("fail", "high")),
        ({"unreplied": unreplied(30), "source_port": GAP}, ("fail", "high")),
        ({"unreplied": unreplied(60)}, ("fail", "medium")),
        ({"unreplied": unreplied(61)}, ("pass", "medium")),
        ({"unreplied": unreplied(None)}, ("pass", "medium")),
        ({"unreplied": unreplied(30), "promotion": NOT_LATE}, ("fail", "info")),
    ],
)
def test_the_unreplied_timer_decides_where_promotion_is_late(
    changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    status, severity = answer(facts(**changes), "NAT002")
    assert status == expected[0]
    if status == "fail":
        assert severity == expected[1]


def test_a_short_timer_says_first_what_happens_and_last_what_to_do() -> None:
    for code, short in (("NAT001", {"replied": timer(30)}), ("NAT002", {"unreplied": unreplied(10)})):
        detail = findings(facts(**short), code)[0].detail
        assert detail.startswith("Phones send a keepalive every 60 s.")
        assert detail.endswith("Raise it to 180 s, with the SIP ALG off.")
    told = findings(facts(unreplied=unreplied(10), promotion=NOT_LATE), "NAT002")[0].detail
    assert "Raise" not in told


def test_an_unreplied_timer_that_does_not_decide_leaves_the_verdict() -> None:
    assert verdict(facts(unreplied=unreplied(10), promotion=NOT_LATE)) is Verdict.PASS
    assert verdict(facts(unreplied=GAP, promotion=NOT_LATE)) is Verdict.PASS
    assert verdict(facts(unreplied=GAP)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(61, "fail"), (119, "fail"), (None, "fail"), (120, "pass"), (30, "not_applicable")],
)
def test_a_small_margin_is_advice(seconds: int | None, status: str) -> None:
    made = facts(replied=timer(seconds), unreplied=unreplied(300))
    assert answer(made, "NAT003") == (status, "info")
    if status == "fail":
        assert verdict(made) is Verdict.PASS


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.0.0.2", "unknown"), ("172.16.3.4", "unknown"), ("192.168.178.2", "unknown"), ("100.72.1.1", "unknown"),
        ("192.0.0.2", "unknown"), ("198.51.100.7", "pass"), ("172.32.0.1", "pass"), ("100.128.0.1", "pass"),
    ],
)  # fmt: skip
def test_a_private_address_outside_means_another_nat(address: str, status: str) -> None:
    made = facts(wan_addresses=known((address,)))
    assert answer(made, "NAT004") == (status, "high")
    assert verdict(made) is (Verdict.UNKNOWN if status == "unknown" else Verdict.PASS)


def test_a_failing_timer_fails_also_behind_another_nat() -> None:
    assert verdict(facts(wan_addresses=known(("10.0.0.2",)), replied=timer(30))) is Verdict.FAIL


def test_an_address_that_is_not_shown_leaves_the_verdict() -> None:
    assert answer(facts(wan_addresses=GAP), "NAT004") == ("unknown", "low")
    assert verdict(facts(wan_addresses=GAP)) is Verdict.PASS


def test_a_box_that_is_not_the_nat_is_not_judged_by_its_timers() -> None:
    made = facts(nat_role=known(NatRole.NOT_NAT), replied=timer(30), unreplied=unreplied(10))
    assert answer(made, "NAT005") == ("unknown", "high")
    assert answer(made, "NAT001")[0] == answer(made, "NAT002")[0] == "not_applicable"
    assert verdict(made) is Verdict.UNKNOWN


def test_an_unknown_role_is_no_pass() -> None:
    assert verdict(facts(nat_role=GAP)) is Verdict.UNKNOWN
    assert verdict(facts(nat_role=GAP, replied=timer(30))) is Verdict.FAIL


def test_random_source_ports_weigh_as_the_timers_hold() -> None:
    random = known(SourcePort.RANDOM)
    assert answer(facts(source_port=random), "NAT006") == ("fail", "low")
    assert answer(facts(source_port=random, replied=timer(30)), "NAT006") == ("fail", "medium")
    assert answer(facts(), "NAT006")[0] == "pass"
    assert answer(facts(source_port=GAP), "NAT006")[0] == "unknown"
    assert verdict(facts(source_port=GAP)) is Verdict.PASS


def test_a_timer_that_a_restart_changes_is_told() -> None:
    saved = SavedTimer(name="udp", seconds=180, saved=30)
    assert answer(facts(saved_timers=(saved,)), "NAT007") == ("fail", "low")
    assert answer(facts(), "NAT007")[0] == "pass"
    assert answer(facts(saved_gap=GAP), "NAT007") == ("unknown", "low")
    assert answer(facts(saved_gap=GAP, saved_timers=(saved,)), "NAT007") == ("fail", "low")
    assert verdict(facts(saved_gap=GAP)) is Verdict.PASS


def test_sip_alg_on_off_and_unknown() -> None:
    on = facts(sip_alg=sip(SipAlgState.OFF, SipAlgState.ON))
    assert answer(on, "SIP001") == ("fail", "high")
    assert answer(facts(), "SIP001")[0] == "pass"
    assert answer(facts(sip_alg=sip(SipAlgState.UNKNOWN)), "SIP001") == ("unknown", "high")
    assert "TLS is not touched" in findings(on, "SIP001")[0].detail
    remedy = findings(on, "SIP001")[0].remedy
    assert isinstance(remedy, DisableSipAlg)
    assert [layer.name for layer in remedy.layers] == ["layer 1"]


def test_a_flow_that_only_the_helper_keeps_alive_is_told_so() -> None:
    helper = timer(3600, Flow.SIP, name="sip-timeout").value
    on = {"sip_alg": sip(SipAlgState.ON), "udp_timers": (helper,)}
    for code, short in (("NAT001", {"replied": timer(30)}), ("NAT002", {"unreplied": unreplied(10)})):
        assert "sip-timeout" in findings(facts(**on, **short), code)[0].detail
        assert "sip-timeout" not in findings(facts(udp_timers=(helper,), **short), code)[0].detail
    both = facts(**on, replied=timer(30), unreplied=unreplied(10))
    assert "sip-timeout" not in findings(both, "NAT002")[0].detail  # NAT001 says it


def test_switching_the_helper_off_names_the_timers_that_count_then() -> None:
    made = facts(sip_alg=sip(SipAlgState.ON), unreplied=unreplied(10))
    remedy = findings(made, "SIP001")[0].remedy
    assert isinstance(remedy, DisableSipAlg)
    assert [one.flow for one in remedy.timers] == [Flow.UNREPLIED]


def test_both_timers_are_raised_by_one_remedy() -> None:
    made = facts(replied=timer(30), unreplied=unreplied(10))
    remedies = {findings(made, code)[0].remedy for code in ("NAT001", "NAT002")}
    assert len(remedies) == 1
    (remedy,) = remedies
    assert isinstance(remedy, RaiseUdpTimers)
    assert {one.flow for one in remedy.timers} == {Flow.REPLIED, Flow.UNREPLIED}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "fail"),
        ({"enabled": False}, "pass"),
        ({"permitted": Answer.NO}, "pass"),
        ({"permitted": Answer.UNKNOWN}, "fail"),
        ({"protocol": "any", "ports": "all"}, "fail"),
        ({"ports": "10000-10100"}, "fail"),
        ({"ports": "8443", "protocol": "tcp"}, "pass"),
        ({"ports": "50080", "protocol": "tcp"}, "fail"),
        ({"protocol": "tcp", "ports": "5061"}, "fail"),
    ],
)
def test_a_forward_that_steals_the_phones_packets(changes: dict[str, Any], status: str) -> None:
    made = facts(port_forwards=(forward(**changes),))
    found = answer(made, "PORT003")
    assert found[0] == status
    if status == "fail":
        assert found[1] == "high"
        assert verdict(made) is Verdict.FAIL


def test_a_stolen_port_is_given_back_by_taking_the_forward_away() -> None:
    remedy = findings(facts(port_forwards=(forward(),)), "PORT003")[0].remedy
    assert isinstance(remedy, RemovePortForward)


def test_forwards_that_may_be_missing_from_the_list_are_unknown() -> None:
    assert answer(facts(forwards_complete=GAP), "PORT003")[0] == "unknown"
    assert verdict(facts(forwards_complete=GAP)) is Verdict.UNKNOWN
    assert answer(facts(forwards_complete=GAP, port_forwards=(forward(),)), "PORT003")[0] == "fail"


RTP = forward("10000-20000", source="203.0.113.0/24")
SIP = forward("5060", source="203.0.113.0/24")


@pytest.mark.parametrize(
    ("forwards", "missing", "wrong"),
    [
        ((), "fail", "pass"),
        ((SIP, RTP), "pass", "pass"),
        ((replace(SIP, protocol="tcp"), RTP), "pass", "pass"),  # an alternative is enough
        ((RTP,), "fail", "pass"),
        ((SIP, replace(RTP, internal_address="192.168.1.99")), "pass", "fail"),
        ((SIP, replace(RTP, enabled=False)), "pass", "fail"),
        ((SIP, replace(RTP, permitted=Answer.NO)), "pass", "fail"),
        ((SIP, forward("10000-15000", source="203.0.113.0/24")), "pass", "fail"),
    ],
)
def test_required_forwards_onprem(forwards: tuple[Any, ...], missing: str, wrong: str) -> None:
    made = facts(port_forwards=forwards)
    assert (answer(made, "PORT001", ONPREM)[0] == "fail") is (missing == "fail")
    assert (answer(made, "PORT002", ONPREM)[0] == "fail") is (wrong == "fail")
    expected = Verdict.FAIL if "fail" in {missing, wrong} else Verdict.PASS
    assert verdict(made, ONPREM) is expected


def test_a_required_forward_behind_an_unknown_filter_is_unknown() -> None:
    made = facts(port_forwards=(SIP, replace(RTP, permitted=Answer.UNKNOWN)))
    assert verdict(made, ONPREM) is Verdict.UNKNOWN


def test_a_missing_forward_in_an_incomplete_list_is_unknown() -> None:
    assert answer(facts(forwards_complete=GAP), "PORT001", ONPREM)[0] == "unknown"


@pytest.mark.parametrize(
    ("ports", "protocol", "weight"),
    [
        ("50080", "tcp", "high"), ("50081", "tcp", "high"), ("22", "tcp", "high"), ("5038", "tcp", "high"),
        ("389", "tcp", "high"), ("636", "tcp", "medium"), ("5060", "udp", "medium"), ("3090", "tcp", "medium"),
    ],
)  # fmt: skip
def test_open_to_the_whole_internet(ports: str, protocol: str, weight: str) -> None:
    options = replace(ONPREM, features=("sip-trunk",))
    opened = facts(port_forwards=(forward(ports, protocol=protocol),))
    assert answer(opened, "EXP001", options) == ("fail", weight)
    limited = facts(port_forwards=(forward(ports, protocol=protocol, source="203.0.113.9"),))
    assert answer(limited, "EXP001", options)[0] == "pass"
    closed = facts(port_forwards=(forward(ports, protocol=protocol, permitted=Answer.NO),))
    assert answer(closed, "EXP001", options)[0] == "pass"


@pytest.mark.parametrize("options", [CLOUD, replace(ONPREM, features=("phones",))])
def test_an_open_forward_to_another_machine_weighs_as_its_port_does(options: AuditOptions) -> None:
    web = facts(port_forwards=(forward("80", protocol="tcp", internal_address="192.168.1.99"),))
    assert answer(web, "EXP001", options) == ("fail", "medium")
    assert "owner" in findings(web, "EXP001", options)[0].detail
    to_pbx = facts(port_forwards=(forward("80", protocol="tcp"),))
    assert ("owner" in findings(to_pbx, "EXP001", options)[0].detail) is (options is CLOUD)


@pytest.mark.parametrize(("rule", "ports"), [("EXP001", "50080"), ("EXP002", "5061"), ("EXP003", "443")])
def test_whether_a_forward_is_open_hangs_on_the_filter(rule: str, ports: str) -> None:
    options = replace(ONPREM, features=("home-office",))
    for changes, status in (
        ({}, "fail"),
        ({"permitted": Answer.UNKNOWN}, "unknown"),
        ({"kind": ForwardKind.POLICY_STATIC}, "unknown"),
        ({"permitted": Answer.NO}, "pass"),
    ):
        made = facts(port_forwards=(forward(ports, protocol="tcp", **changes),))
        assert answer(made, rule, options)[0] == status, changes


def test_a_match_in_an_access_list_proves_neither_theft_nor_cover() -> None:
    policy: dict[str, Any] = {"kind": ForwardKind.POLICY_STATIC}
    assert answer(facts(port_forwards=(forward(**policy),)), "PORT003") == ("unknown", "high")
    assert answer(facts(port_forwards=(replace(SIP, **policy), RTP)), "PORT002", ONPREM) == (
        "unknown",
        "high",
    )
    disabled = facts(port_forwards=(forward(enabled=False, **policy),))
    assert answer(disabled, "PORT003")[0] == "pass"


def test_home_office_from_anywhere_is_advised_against() -> None:
    options = replace(ONPREM, features=("home-office",))
    forwards = (forward("5061", protocol="tcp"), forward("10000-20000"), forward("50081", protocol="tcp"))
    assert answer(facts(port_forwards=forwards), "EXP002", options) == ("fail", "medium")
    limited = tuple(replace(one, source="203.0.113.9") for one in forwards)
    assert answer(facts(port_forwards=limited), "EXP002", options)[0] == "pass"
    assert answer(facts(), "EXP002")[0] == "not_applicable"


@pytest.mark.parametrize("order", [("home-office", "desktop-app"), ("desktop-app", "home-office")])
def test_what_apps_need_from_anywhere_is_no_fault_of_the_home_office(order: tuple[str, ...]) -> None:
    options = replace(ONPREM, features=order)
    for_apps = tuple(forward(ports, protocol="tcp") for ports in ("443", "5222", "5061"))
    made = facts(
        port_forwards=(
            *for_apps,
            forward("10000-20000"),
            forward("50081", protocol="tcp", source="203.0.113.9"),
        )
    )
    assert verdict(made, options) is Verdict.PASS
    assert len([one for one in findings(facts(), "PORT001", options) if "10000-20000" in one.title]) == 1
    sip_open = facts(port_forwards=(*made.port_forwards, forward("5060")))
    assert answer(sip_open, "EXP002", options) == ("fail", "medium")


@pytest.mark.parametrize("order", [("home-office", "sip-trunk-static"), ("sip-trunk-static", "home-office")])
def test_two_groups_of_users_are_two_needs(order: tuple[str, ...]) -> None:
    options = replace(ONPREM, features=order)
    wanted = {finding.expected for finding in findings(facts(), "PORT001", options)}
    assert (
        sum("provider" in text for text in wanted)
        == sum("known addresses" in text for text in wanted) - 1
        == 2
    )
    assert answer(facts(port_forwards=(forward("5060"),)), "EXP002", options) == ("fail", "medium")


def test_an_address_that_may_be_another_groups_is_no_proof_and_writes_no_command() -> None:
    both = ("203.0.113.0/24", "198.51.100.9")
    options = replace(ONPREM, features=("sip-trunk-static", "anlagenverbund"), sources=both)
    partner = {"source": "198.51.100.9"}
    made = facts(
        port_forwards=(SIP, RTP, forward("3090", protocol="tcp", **partner), forward("3090", **partner))
    )
    assert verdict(made, options) is Verdict.UNKNOWN
    (missing,) = findings(facts(port_forwards=made.port_forwards[1:]), "PORT001", options)
    assert missing.remedy is None
    assert "one feature at a time" in missing.detail
    alone = replace(options, features=("sip-trunk-static",), sources=both[:1])
    assert verdict(made, alone) is Verdict.PASS
    assert findings(facts(port_forwards=(RTP,)), "PORT001", alone)[0].remedy is not None
    assert answer(made, "PORT002", replace(alone, sources=both)) == ("fail", "high")


def test_outbound_filters_are_said_to_be_left_out() -> None:
    assert answer(facts(), "OUT001") == ("unknown", "info")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (replace(CLOUD, features=("phone",)), "phones"),
        (replace(CLOUD, features=("sip-trunk",)), "sip-trunk"),
        (replace(ONPREM, features=("ldap",)), "ldap"),
        (replace(ONPREM, pbx=None), "--pbx"),
    ],
)
def test_wishes_that_do_not_go_together(options: AuditOptions, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(facts(), options)


SECONDS = st.one_of(st.none(), st.integers(0, 400))
CHANGES = st.fixed_dictionaries(
    {
        "replied": SECONDS.map(timer),
        "unreplied": SECONDS.map(unreplied),
        "sip_alg": st.sampled_from(SipAlgState).map(sip),
        "source_port": st.sampled_from(SourcePort).map(known),
        "promotion": st.booleans().map(lambda late: Promotion(late=late, reason="x")),
        "port_forwards": st.sampled_from([(), (forward(),), (forward("443", protocol="tcp"),)]),
    }
)
ORDER = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1, Verdict.PASS: 2}


@given(
    CHANGES,
    st.sampled_from(
        ["replied", "unreplied", "nat_role", "source_port", "forwards_complete", "wan_addresses"]
    ),
)
def test_taking_a_fact_away_never_makes_a_pass(changes: dict[str, Any], name: str) -> None:
    before, after = facts(**changes), facts(**{**changes, name: GAP})
    if verdict(after) is Verdict.PASS:
        assert verdict(before) is Verdict.PASS


@given(CHANGES, st.integers(0, 300), st.sampled_from(["replied", "unreplied"]))
def test_a_longer_timer_never_makes_it_worse(changes: dict[str, Any], more: int, name: str) -> None:
    old = changes[name].value
    if old.seconds is None:
        return
    longer = timer(old.seconds + more, old.flow)
    assert ORDER[verdict(facts(**{**changes, name: longer}))] >= ORDER[verdict(facts(**changes))]


@given(CHANGES)
def test_every_finding_says_what_why_and_where_it_is_written(changes: dict[str, Any]) -> None:
    for finding in check(facts(**changes), CLOUD):
        assert finding.title
        if finding.status in {Status.FAIL, Status.UNKNOWN}:
            assert finding.detail
            assert finding.reference
        if finding.status is Status.FAIL and finding.severity is Severity.CRITICAL:
            assert finding.remedy is not None
