"""Made-up routers, written in every language that their system speaks, give the facts that they were made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Known, SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile

VENDORS = Vendors()
LIMIT = 61
PORTS = st.sampled_from([22, 53, 443, 5060, 5061, 8443, 10000, 50080])
SECONDS = st.one_of(st.integers(1, 400), st.sampled_from([59, 60, 61, 62, 119, 120, 3600]))
NOTES = st.sampled_from(
    ["", "PBX", "old -j DNAT", "dnat to 10.9.9.9", "a # b", "Büro; Nord", "x=y udp-timeout=1s"]
)


@dataclass(frozen=True)
class Forward:
    """A forward to one address; the port inside is another one where `inner` says so."""

    protocol: str
    first: int
    last: int
    host: int
    inner: int | None
    note: str

    def row(self) -> tuple[str, str, str, str]:
        outside = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        inside = outside if self.inner is None else str(self.inner)
        return self.protocol, outside, f"192.168.1.{self.host}", inside


@dataclass(frozen=True)
class Policy:
    """Timers of one rule, for one range of ports."""

    first: int
    last: int
    unreplied: int
    replied: int


@dataclass(frozen=True)
class Router:
    """A router that masquerades."""

    unreplied: int
    replied: int
    helper: bool
    forwards: tuple[Forward, ...]
    policy: Policy | None = None
    own_chain: bool = False

    def effective(self) -> tuple[int, int]:
        """Return what ends a phone's entry: without an answer, and with one."""
        policy = self.policy
        if policy and policy.first <= 5060 <= policy.last:
            return policy.unreplied, policy.replied
        return self.unreplied, self.replied


@st.composite
def forwards(draw: st.DrawFn) -> Forward:
    first = draw(PORTS)
    last = first + draw(st.sampled_from([0, 0, 1, 99]))
    inner = draw(st.none() | st.integers(1, 65535)) if first == last else None
    return Forward(
        draw(st.sampled_from(["tcp", "udp"])), first, last, draw(st.integers(2, 250)), inner, draw(NOTES)
    )


POLICIES = st.builds(
    lambda first, size, unreplied, replied: Policy(first, first + size, unreplied, replied),
    st.sampled_from([53, 5000, 5060]), st.sampled_from([0, 100]), SECONDS, SECONDS,
)  # fmt: skip
ROUTERS = st.builds(
    Router,
    unreplied=SECONDS,
    replied=SECONDS,
    helper=st.booleans(),
    forwards=st.lists(forwards(), max_size=5, unique_by=lambda f: (f.protocol, f.first, f.last)).map(tuple),
    own_chain=st.booleans(),
)


def audited(slug: str, text: str) -> Audit:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", load_profile(slug))
    return audit(
        Capture(target=Target(), vendor=slug, source=source, documents=documents), AuditOptions(), VENDORS
    )


def check(slug: str, text: str, router: Router) -> None:
    found = audited(slug, text)
    facts = found.facts
    assert isinstance(facts.unreplied, Known), text
    assert isinstance(facts.replied, Known), text
    assert (facts.unreplied.value.seconds, facts.replied.value.seconds) == router.effective(), text
    rows = [
        (f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports))
        for f in facts.port_forwards
    ]
    assert sorted(rows) == sorted(forward.row() for forward in router.forwards), text
    assert facts.sip_alg.state is (SipAlgState.ON if router.helper else SipAlgState.OFF), text
    if min(router.effective()) < LIMIT or router.helper:
        assert found.verdict is Verdict.FAIL


# --- The packet filter's two languages -------------------------------------------------------------------------------


def session(outputs: dict[str, str]) -> str:
    return "".join(f"root@gw:~# {command}\n{text}" for command, text in outputs.items()) + "root@gw:~# exit\n"


def linux(router: Router, nft: str = "", iptables: str = "") -> str:
    name = "net.netfilter.nf_conntrack_udp_timeout"
    return session(
        {
            "uname -nr": "gw 6.1.0-21-amd64\n",
            f"sysctl {name} {name}_stream net.netfilter.nf_conntrack_helper": (
                f"{name} = {router.unreplied}\n{name}_stream = {router.replied}\n"
                "sysctl: cannot stat /proc/sys/net/netfilter/nf_conntrack_helper: No such file or directory\n"
            ),
            "nft list ruleset": nft,
            "iptables-save": iptables,
        }
    )


def in_nft(router: Router) -> str:
    rules = [
        f'iifname "wan0" {f.protocol} dport {f.first}{f"-{f.last}" if f.last > f.first else ""} counter packets 1 bytes 40 '
        f"dnat to 192.168.1.{f.host}{'' if f.inner is None else f':{f.inner}'}"
        + (f' comment "{f.note}"' if f.note else "")
        for f in router.forwards
    ]
    objects, marks = "", []
    if router.policy:
        p = router.policy
        values = f"unreplied : {p.unreplied}s, replied : {p.replied}s"
        objects += (
            f"\tct timeout own {{\n\t\tprotocol udp\n\t\tl3proto ip\n\t\tpolicy = {{ {values} }}\n\t}}\n"
        )
        marks.append(f'udp dport {p.first}-{p.last} ct timeout set "own"')
    if router.helper:
        objects += '\tct helper voice {\n\t\ttype "sip" protocol udp\n\t\tl3proto ip\n\t}\n'
        marks.append('udp dport 5060 ct helper set "voice"')
    chains = {"pre": ("filter hook prerouting priority mangle", marks)}
    if router.own_chain:
        chains["dst"] = ("nat hook prerouting priority dstnat", ['iifname "wan0" jump inwards'])
        chains["inwards"] = ("", rules)
    else:
        chains["dst"] = ("nat hook prerouting priority dstnat", rules)
    chains["src"] = ("nat hook postrouting priority srcnat", ['oifname "wan0" masquerade'])
    written = "".join(
        f"\tchain {name} {{\n"
        + (f"\t\ttype {kind}; policy accept;\n" if kind else "")
        + "".join(f"\t\t{rule}\n" for rule in held)
        + "\t}\n"
        for name, (kind, held) in chains.items()
    )
    return linux(router, nft=f"table ip office {{\n{objects}{written}}}\n")


def in_iptables(router: Router) -> str:
    chain = "INWARDS" if router.own_chain else "PREROUTING"
    rules = [
        f"-A {chain} -i wan0 -p {f.protocol} -m {f.protocol} --dport {f.first}{f':{f.last}' if f.last > f.first else ''}"
        + (f' -m comment --comment "{f.note}"' if f.note else "")
        + f" -j DNAT --to-destination 192.168.1.{f.host}{'' if f.inner is None else f':{f.inner}'}"
        for f in router.forwards
    ]
    helper = ["-A PREROUTING -p udp -m udp --dport 5060 -j CT --helper sip"] if router.helper else []
    own = (":INWARDS - [0:0]", "-A PREROUTING -i wan0 -j INWARDS") if router.own_chain else ("", "")
    lines = [
        "# Generated by iptables-save v1.8.9 on Mon Jan  1 00:00:00 2024",
        "*raw", ":PREROUTING ACCEPT [9:99]", *helper, "COMMIT",
        "*nat", ":PREROUTING ACCEPT [9:99]", ":POSTROUTING ACCEPT [9:99]", own[0], own[1], *rules,
        "-A POSTROUTING -o wan0 -j MASQUERADE", "COMMIT",
    ]  # fmt: skip
    return linux(router, iptables="\n".join(line for line in lines if line) + "\n")


@given(ROUTERS, st.none() | POLICIES)
@settings(deadline=None, max_examples=60)
def test_a_router_in_nft(router: Router, policy: Policy | None) -> None:
    known = replace(router, policy=policy)
    check("linux", in_nft(known), known)


@given(ROUTERS)
@settings(deadline=None, max_examples=60)
def test_a_router_in_iptables(router: Router) -> None:
    check("linux", in_iptables(router), router)


# --- The menus, exported and printed ---------------------------------------------------------------------------------


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def clock(seconds: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if n]
    return "".join(parts)


def rule_words(forward: Forward) -> list[str]:
    span = f"{forward.first}-{forward.last}" if forward.last > forward.first else str(forward.first)
    return [
        "chain=dstnat", "action=dst-nat", f"to-addresses=192.168.1.{forward.host}",
        *([] if forward.inner is None else [f"to-ports={forward.inner}"]),
        f"protocol={forward.protocol}", "in-interface=ether1", f"dst-port={span}",
    ]  # fmt: skip


def in_export(router: Router) -> str:
    timers = f"set udp-stream-timeout={clock(router.replied)} udp-timeout={clock(router.unreplied)}"
    rules = []
    for index, forward in enumerate(router.forwards):
        words = sorted(rule_words(forward)) + ([f"comment={quoted(forward.note)}"] if forward.note else [])
        joint = " \\\n    " if index % 2 else " "
        rules.append("add " + joint.join(words))
    return "\n".join([
        "# 2025-03-01 10:00:00 by RouterOS 7.16", "/ip firewall connection tracking", timers,
        "/ip firewall nat", "add action=masquerade chain=srcnat out-interface=ether1", *rules,
        "/ip firewall service-port", f"set sip disabled={'no' if router.helper else 'yes'}",
        "/system clock", "set time-zone-name=Europe/Berlin", "/system identity", "set name=gw", "",
    ])  # fmt: skip


def in_print(router: Router) -> str:
    prompt = "[admin@gw] > "
    rules = [" 0    chain=srcnat action=masquerade out-interface=ether1"]
    for number, forward in enumerate(router.forwards, 1):
        note = f";;; {forward.note}\n      " if forward.note else ""
        words = rule_words(forward)
        rules.append(f" {number}    {note}{' '.join(words[:4])}\n      {' '.join(words[4:])}")
    outputs = {
        "/system resource print without-paging": "                  version: 7.16.1 (stable)\n                 platform: MikroTik",
        "/ip firewall connection tracking print without-paging": (
            f"                   enabled: auto\n               active-ipv4: yes\n               udp-timeout: {clock(router.unreplied)}\n"
            f"        udp-stream-timeout: {clock(router.replied)}"
        ),
        "/ip firewall service-port print detail without-paging": (
            'Flags: X - disabled, I - invalid\n 0   name="ftp" ports=21\n'
            f" 1 {' ' if router.helper else 'X'} name=\"sip\" ports=5060,5061 sip-direct-media=yes sip-timeout=1h"
        ),
        "/ip firewall nat print detail without-paging": "Flags: X - disabled, I - invalid; D - dynamic\n" + "\n\n".join(rules),
    }  # fmt: skip
    return "".join(f"{prompt}{command}\n{text}\n" for command, text in outputs.items()) + prompt


@given(ROUTERS)
@settings(deadline=None, max_examples=60)
def test_a_router_exported(router: Router) -> None:
    check("mikrotik_routeros", in_export(router), router)


@given(ROUTERS)
@settings(deadline=None, max_examples=60)
def test_a_router_printed(router: Router) -> None:
    check("mikrotik_routeros", in_print(router), router)


WRITERS: dict[str, tuple[str, Callable[[Router], str]]] = {
    "nft": ("linux", in_nft),
    "iptables": ("linux", in_iptables),
    "export": ("mikrotik_routeros", in_export),
    "print": ("mikrotik_routeros", in_print),
}


@pytest.mark.parametrize("language", WRITERS)
@given(router=ROUTERS, share=st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_no_cut_passes_what_the_whole_does_not(language: str, router: Router, share: float) -> None:
    slug, write = WRITERS[language]
    text = write(router)
    whole = audited(slug, text)
    try:
        part = audited(slug, text[: int(len(text) * share)])
    except UnreadableDocument:
        return
    assert part.verdict is not Verdict.PASS or whole.verdict is Verdict.PASS, text
    if part.facts.sip_alg.state is SipAlgState.OFF:
        assert whole.facts.sip_alg.state is SipAlgState.OFF, text
