"""Statements of an indented config that a reader may overlook: typed by hand, taken back, contradicting."""

from __future__ import annotations

import pytest
from routers import audit_of

from auditor.model.audit import Audit, Verdict
from auditor.model.facts import SipAlgState

HELPER_OFF = "no ip nat service sip udp port 5060\nno ip nat service sip tcp port 5060\n"


def audited(*lines: str, outside: str = "", helper: str = HELPER_OFF) -> Audit:
    text = (
        f"version 15.7\nhostname gw\n!\n{helper}"
        + "".join(f"{line}\n" for line in lines)
        + "interface GigabitEthernet0/0\n ip address 203.0.113.5 255.255.255.248\n ip nat outside\n"
        + outside
        + "!\ninterface GigabitEthernet0/1\n ip address 192.168.1.1 255.255.255.0\n ip nat inside\n!\n"
        "ip nat inside source list 1 interface GigabitEthernet0/0 overload\n"
        "access-list 1 permit 192.168.1.0 0.0.0.255\nend\n"
    )
    return audit_of(text, "cisco_ios")


def test_it_passes_without_them() -> None:
    assert audited().verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("ip nat translation udp-timeout 60", Verdict.FAIL),
        ("ip nat  translation\tudp-timeout  60", Verdict.FAIL),
        (" ip nat translation udp-timeout 60", Verdict.FAIL),
        ("IP NAT TRANSLATION UDP-TIMEOUT 60", Verdict.UNKNOWN),
        ("ip nat trans udp-t 60", Verdict.UNKNOWN),
        ("ip nat translation port-timeout udp 5060 5061 60", Verdict.UNKNOWN),
        ("ip nat translation tcp-timeout 60", Verdict.PASS),
        ("! ip nat translation udp-timeout 60", Verdict.PASS),
    ],
)
def test_a_timer_is_not_overlooked_however_it_is_typed(line: str, verdict: Verdict) -> None:
    assert audited(line).verdict is verdict


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (("ip inspect name FW udp", "ip inspect udp idle-time 300"), Verdict.PASS),
        (("ip inspect name FW udp",), Verdict.FAIL),
        (("ip inspect name FW udp", "ip insp udp idle 300"), Verdict.UNKNOWN),
    ],
)
def test_the_firewalls_timer_is_not_overlooked(lines: tuple[str, ...], verdict: Verdict) -> None:
    assert audited(*lines, outside=" ip inspect FW out\n").verdict is verdict


@pytest.mark.parametrize(
    ("helper", "state"),
    [
        (HELPER_OFF, SipAlgState.OFF),
        ("no ip nat service all-algs\n", SipAlgState.OFF),
        (HELPER_OFF + "ip nat service sip udp port 5060\n", SipAlgState.ON),
        ("no ip nat service all-algs\nip nat service sip udp port 5060\n", SipAlgState.ON),
        ("ip nat service sip udp port 5080\n", SipAlgState.ON),
    ],
)
def test_of_two_lines_that_contradict_the_harmful_one_counts(helper: str, state: SipAlgState) -> None:
    assert audited(helper=helper).facts.sip_alg.state is state
