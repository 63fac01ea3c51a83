"""How forwards are put together: which of them serve a need, and for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rule_facts import GAP, facts, forward

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    Finding,
    RemovePortForward,
    Scenario,
    Status,
    WantedForward,
)
from auditor.model.facts import ForwardKind
from auditor.rules.engine import check

PBX = "192.168.1.20"
PROVIDER = "203.0.113.0/24"
ONPREM = AuditOptions(scenario=Scenario.ONPREM, features=("sip-trunk-static",), pbx=PBX, sources=(PROVIDER,))
CLOUD = AuditOptions()
SIP = forward("5060", source=PROVIDER)
RTP = forward("10000-20000", source=PROVIDER)


def of(rule: str, options: AuditOptions, *forwards: Any) -> tuple[Finding, ...]:
    return tuple(found for found in check(facts(port_forwards=forwards), options) if found.rule == rule)


def state(options: AuditOptions, *forwards: Any) -> tuple[str, str]:
    """What is said of missing forwards and of wrong ones."""
    return (
        of("PORT001", options, *forwards)[0].status.value,
        of("PORT002", options, *forwards)[0].status.value,
    )


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        ((RTP,), "pass"),
        ((forward("10000-14999", source=PROVIDER), forward("15000-20000", source=PROVIDER)), "pass"),
        ((forward("10000-14999", source=PROVIDER), forward("15001-20000", source=PROVIDER)), "fail"),
        ((forward("all", source=PROVIDER, protocol="any"),), "pass"),
        ((replace(RTP, internal_ports=forward("20000-30000").external_ports),), "fail"),
        ((replace(RTP, internal_address=f"{PBX}/32"),), "pass"),
        ((replace(RTP, internal_address="192.168.1.0/24"),), "unknown"),
        ((replace(RTP, internal_address="192.168.2.0/24"),), "fail"),
        ((replace(RTP, internal_address="pbx-host"),), "unknown"),
        ((replace(RTP, internal_address="router"),), "fail"),
        ((replace(RTP, kind=ForwardKind.STATIC_NAT),), "pass"),
    ],
)  # fmt: skip
def test_the_audio_range_is_covered_by_all_forwards_together(audio: tuple[Any, ...], expected: str) -> None:
    assert state(ONPREM, SIP, *audio) == ("pass", expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (PROVIDER, "pass"),
        ("203.0.113.0/25", "unknown"),
        ("203.0.112.0/23", "pass"),
        ("198.51.100.0/24", "fail"),
        ("!198.51.100.0/24", "pass"),
        (f"!{PROVIDER}", "fail"),
        ("!203.0.113.7", "unknown"),
        ("provider-group", "unknown"),
        ("203.0.113.0-203.0.113.255", "pass"),
        ("203.0.113.1-203.0.113.9", "unknown"),
        ("203.0.114.1-203.0.114.9", "fail"),
        ("203.0.113.0/25, 203.0.113.128/25", "pass"),
        ("203.0.113.0/24,provider-group", "unknown"),
        ("!203.0.113.0/25,203.0.113.128/25", "fail"),
        ("any", "pass"),
    ],
)
def test_who_has_to_get_in_is_held_against_who_may(source: str, expected: str) -> None:
    assert state(ONPREM, SIP, replace(RTP, source=source)) == ("pass", expected)


def test_every_known_address_has_to_get_in() -> None:
    two = replace(ONPREM, sources=("203.0.113.5", "198.51.100.5"))
    assert state(two, SIP, RTP) == ("pass", "fail")
    both = [replace(one, source="198.51.100.0/24") for one in (SIP, RTP)]
    assert state(two, SIP, RTP, *both) == ("pass", "pass")


def test_apps_come_from_anywhere() -> None:
    options = replace(ONPREM, features=("desktop-app",), sources=())
    ports = [forward(number, protocol="tcp") for number in ("443", "5222", "5061")]
    assert state(options, *ports, forward("10000-20000")) == ("pass", "pass")
    assert state(options, *ports, RTP) == ("pass", "unknown")


def test_the_first_of_two_forwards_for_the_same_packets_counts() -> None:
    astray = replace(RTP, internal_address="192.168.1.99")
    assert state(ONPREM, SIP, astray, RTP) == ("pass", "fail")
    assert state(ONPREM, SIP, RTP, astray) == ("pass", "pass")
    for elsewhere in (
        {"external_address": "198.51.100.8"},
        {"interface": "wan2"},
        {"enabled": False},
        {"source": "198.51.100.9"},
        {"external_ports": forward("30000-31000").external_ports},
    ):
        assert state(ONPREM, SIP, replace(astray, **elsewhere), RTP) == ("pass", "pass"), elsewhere


def test_a_better_alternative_counts() -> None:
    wrong = replace(SIP, internal_address="192.168.1.99")
    assert state(ONPREM, wrong, RTP) == ("pass", "fail")
    assert state(ONPREM, wrong, replace(SIP, protocol="tcp"), RTP) == ("pass", "pass")


@pytest.mark.parametrize(("there", "wanted"), [("udp", "tcp"), ("tcp", "udp")])
def test_a_port_for_two_protocols_needs_both(there: str, wanted: str) -> None:
    options = replace(ONPREM, features=("anlagenverbund",))
    one = forward("3090", source=PROVIDER, protocol=there)
    (missing,) = of("PORT001", options, one)
    assert missing.status.value == "fail"
    assert missing.remedy == AddPortForward(
        forward=WantedForward(protocol=wanted, ports="3090", address=PBX, source=PROVIDER)
    )
    assert state(options, one, replace(one, protocol=wanted)) == ("pass", "pass")


def test_in_the_cloud_any_machine_may_offer_what_is_needed_and_no_command_guesses_it() -> None:
    options = replace(CLOUD, features=("ldap",), pbx=PBX, sources=("198.51.100.7",))
    offered = forward("636", protocol="tcp", source="198.51.100.7", internal_address="192.168.1.77")
    assert state(options, offered) == ("pass", "pass")
    (missing,) = of("PORT001", options)
    assert (missing.status.value, missing.remedy) == ("fail", None)


def test_uncertain_is_said_of_an_incomplete_list_of_wrong_forwards() -> None:
    made = facts(port_forwards=(SIP, forward("10000-15000", source=PROVIDER)), forwards_complete=GAP)
    (found,) = (one for one in check(made, ONPREM) if one.rule == "PORT002")
    assert found.status.value == "unknown"


@pytest.mark.parametrize(
    ("made", "taken_away"),
    [
        (forward("5060"), True),
        (forward("5060-5061"), True),
        (forward("5060-5070"), False),
        (forward("all", protocol="any"), False),
        (forward("10000-20000"), True),
        (forward("9999-20000"), False),
    ],
)
def test_a_thief_that_carries_other_ports_too_is_narrowed_by_hand(made: Any, *, taken_away: bool) -> None:
    (found,) = of("PORT003", CLOUD, made)
    assert found.status.value == "fail"
    assert (found.remedy == RemovePortForward(forward=made)) is taken_away
    assert ("by hand" in found.detail) is not taken_away


def test_a_thief_is_known_by_its_ports_outside_and_by_who_can_use_it() -> None:
    translated = replace(forward("35060"), internal_ports=forward("5060").internal_ports)
    assert of("PORT003", CLOUD, translated)[0].status.value == "pass"
    back = replace(forward("5060"), internal_ports=forward("35060").internal_ports)
    assert of("PORT003", CLOUD, back)[0].status.value == "fail"
    (limited,) = of("PORT003", CLOUD, forward("5060", source="203.0.113.9"))
    assert (limited.status.value, limited.severity.value, limited.remedy) == ("unknown", "high", None)
    assert of("PORT003", CLOUD, forward("5060", source="!203.0.113.9"))[0].status.value == "fail"


def test_exposure_is_judged_by_the_service_that_is_reached() -> None:
    phones = replace(ONPREM, features=("phones",), sources=())
    ssh = replace(forward("2222", protocol="tcp"), internal_ports=forward("22").internal_ports)
    assert of("EXP001", phones, ssh)[0].severity.value == "high"
    away = replace(forward("22", protocol="tcp"), internal_ports=forward("2222").internal_ports)
    assert of("EXP001", phones, away)[0].status.value == "pass"
    for harmless in ({"enabled": False}, {"kind": ForwardKind.REDIRECT}, {"source": "203.0.113.9"}):
        assert of("EXP001", phones, replace(ssh, **harmless))[0].status.value == "pass", harmless
    assert of("EXP001", phones, replace(ssh, source="!203.0.113.9"))[0].status.value == "fail"


def test_more_than_the_audio_range_is_a_misreading_of_the_port_page() -> None:
    phones = replace(ONPREM, features=("phones",), sources=())
    assert of("EXP001", phones, forward("10000-20000"))[0].status.value == "pass"
    assert of("EXP001", phones, forward("1025-65535"))[0].severity.value == "medium"
    assert of("EXP001", phones, forward("51820"))[0].status.value == "pass"


@pytest.mark.parametrize(
    ("ports", "protocol", "rule"),
    [("50081", "tcp", "EXP001"), ("10000-20000", "udp", "EXP002"), ("443", "tcp", "EXP003")],
)
def test_an_open_forward_is_told_once(ports: str, protocol: str, rule: str) -> None:
    options = replace(ONPREM, features=("home-office",), sources=())
    made = facts(port_forwards=(forward(ports, protocol=protocol),))
    failing = [found.rule for found in check(made, options) if found.status is Status.FAIL]
    assert [code for code in failing if code.startswith("EXP")] == [rule]


def test_a_thief_is_not_reported_twice() -> None:
    assert of("EXP001", CLOUD, forward("50080", protocol="tcp"))[0].status.value == "pass"
    assert of("PORT003", CLOUD, forward("50080", protocol="tcp"))[0].status.value == "fail"


def test_advice_to_use_a_vpn_is_about_the_phone_system_only() -> None:
    options = replace(ONPREM, features=("home-office",), sources=())
    for rule, port in (("EXP002", "5061"), ("EXP003", "443")):
        assert of(rule, options, forward(port, protocol="tcp"))[0].status.value == "fail"
        other = forward(port, protocol="tcp", internal_address="192.168.1.99")
        assert of(rule, options, other)[0].status.value == "pass"
