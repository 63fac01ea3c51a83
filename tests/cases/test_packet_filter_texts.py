"""Facts of a Linux router's own tables that a reader may overlook: what is not tracked, what is not translated."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Known, NatRole
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile

PROFILE = load_profile("linux")
TIMERS = """\
admin@gw:~$ uname -nr
gw 6.1.0-21-amd64
admin@gw:~$ sysctl net.netfilter.nf_conntrack_udp_timeout net.netfilter.nf_conntrack_udp_timeout_stream net.netfilter.nf_conntrack_helper
net.netfilter.nf_conntrack_udp_timeout = 180
net.netfilter.nf_conntrack_udp_timeout_stream = 180
sysctl: cannot stat /proc/sys/net/netfilter/nf_conntrack_helper: No such file or directory
"""
ADDRESS = """\
admin@gw:~$ ip -4 -o addr show
2: wan0    inet 198.51.100.130/25 brd 198.51.100.255 scope global wan0
admin@gw:~$ exit
"""
MASQUERADE = 'oifname "wan0" masquerade'


def with_nft(raw: str = "", nat: str = MASQUERADE) -> Audit:
    tables = (
        "table ip before {\n\tchain pre {\n\t\ttype filter hook prerouting priority raw; policy accept;\n\t\t"
        f"{raw}\n\t}}\n}}\ntable ip nat {{\n\tchain post {{\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
        f"\t\t{nat}\n\t}}\n}}\n"
    )
    return audited(f"admin@gw:~$ sudo nft list ruleset\n{tables}admin@gw:~$ sudo iptables-save\n")


def with_iptables(raw: str = "", nat: str = "-A POSTROUTING -o wan0 -j MASQUERADE") -> Audit:
    tables = (
        f"*raw\n:PREROUTING ACCEPT [0:0]\n{raw}\nCOMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\n{nat}\nCOMMIT\n"
    )
    return audited(f"admin@gw:~$ sudo nft list ruleset\nadmin@gw:~$ sudo iptables-save\n{tables}")


def audited(tables: str) -> Audit:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(TIMERS + tables + ADDRESS, "x", PROFILE)
    capture = Capture(target=Target(), vendor="linux", source=source, documents=documents)
    return audit(capture, AuditOptions(), Vendors())


def role(found: Audit) -> NatRole | None:
    return found.facts.nat_role.value if isinstance(found.facts.nat_role, Known) else None


def test_it_passes_without_them() -> None:
    assert with_nft().verdict is Verdict.PASS
    assert with_iptables().verdict is Verdict.PASS


@pytest.mark.parametrize(
    "rule",
    [
        "udp dport 5060 notrack",
        "udp dport 5000-5100 counter packets 7 bytes 99 notrack",
        'iifname "lan0" udp dport { 53, 5060 } notrack comment "speed"',
        "udp sport 5060 notrack",
        "meta l4proto != tcp notrack",
        "ip saddr 192.168.1.0/24 ip daddr 203.0.113.10 notrack",
        "udp dport $sip notrack",
        "udp dport vmap { 5060 : jump bare }\n\t}\n\tchain bare {\n\t\tnotrack",
    ],
)
def test_phones_that_nft_does_not_track_are_not_translated(rule: str) -> None:
    found = with_nft(rule)
    assert role(found) is None
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "rule",
    [
        'iif "lo" notrack',
        "udp dport { 53, 123 } notrack",
        "udp sport 53 notrack",
        "tcp dport 5060 notrack",
        "ip saddr 10.0.0.0/8 ip daddr 10.0.0.0/8 notrack",
        "udp dport != 5060 notrack",
    ],
)
def test_what_else_is_not_tracked_concerns_no_phone(rule: str) -> None:
    assert with_nft(rule).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("rule", "translated"),
    [
        ("-A PREROUTING -p udp -m udp --dport 5060 -j NOTRACK", False),
        ("-A PREROUTING -p udp -m multiport --dports 53,5060 -j CT --notrack", False),
        ("-A PREROUTING ! -p tcp -j CT --notrack", False),
        ("-A PREROUTING -p udp -m udp --sport 53 -j CT --notrack", True),
        ("-A PREROUTING ! -p udp -j CT --notrack", True),
        ("-A PREROUTING -i lo -j NOTRACK", True),
        ("-A OUTPUT -p udp -j NOTRACK", True),
    ],
)
def test_phones_that_iptables_does_not_track_are_not_translated(rule: str, translated: bool) -> None:
    found = with_iptables(rule)
    assert role(found) is (NatRole.NAT if translated else None)
    assert found.verdict is (Verdict.PASS if translated else Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("nft", "iptables", "translated"),
    [
        ('oifname "wan0" meta l4proto tcp masquerade', "-A POSTROUTING -o wan0 -p tcp -j MASQUERADE", False),
        (
            'oifname "wan0" meta l4proto udp snat to 198.51.100.130',
            "-A POSTROUTING -o wan0 -p udp -j SNAT --to-source 198.51.100.130",
            True,
        ),
    ],
)
def test_masquerading_of_other_protocols_is_no_nat_for_phones(
    nft: str, iptables: str, translated: bool
) -> None:
    for found in (with_nft(nat=nft), with_iptables(nat=iptables)):
        assert role(found) is (NatRole.NAT if translated else None)
