"""Generated routers whose configs consist of views, written by the test's own hand, and read again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.profiles.loading import load_profile

LIMIT = 61
PROFILES = {slug: load_profile(slug) for slug in ("huawei_vrp", "hp_comware")}
HEADS = {"huawei_vrp": "[V300R019C10SPC300]", "hp_comware": "#\n version 7.1.064, Release 0615P16"}


@dataclass(frozen=True)
class Server:
    """A forward: where it is seen from outside, and where it leads; no inside port keeps the outside ones."""

    protocol: str
    outside: str
    first: int
    size: int
    inner: int
    moved: bool
    off: bool

    @property
    def last(self) -> int:
        return min(self.first + self.size, 65535)

    def line(self, index: int, *, can_be_off: bool) -> str:
        ports = f"{self.first} {self.last}" if self.last > self.first else f"{self.first}"
        inside = f" {self.inner}" if self.moved else ""
        tail = " disable" if self.off and can_be_off else ""
        return f" nat server protocol {self.protocol} global {self.outside} {ports} inside 192.0.2.{index + 1}{inside}{tail}"

    def row(self, index: int, *, can_be_off: bool) -> tuple[str, str, str, str, bool]:
        ports = f"{self.first}-{self.last}" if self.last > self.first else f"{self.first}"
        inside = str(self.inner) if self.moved else ports
        return self.protocol, ports, f"192.0.2.{index + 1}", inside, not (self.off and can_be_off)


@dataclass(frozen=True)
class Router:
    """What is set on it: seconds (None: nothing), the word of the ALG, forwards."""

    udp: int | None
    fresh: int | None
    sip: int | None
    port: int | None
    alg: str
    servers: tuple[Server, ...]


maybe = st.none() | st.integers(5, 600)
ports = st.integers(1, 65535)
routers = st.builds(
    Router,
    udp=maybe,
    fresh=maybe,
    sip=maybe,
    port=maybe,
    alg=st.sampled_from(["", "sip", "dns", "all"]),
    servers=st.lists(
        st.builds(
            Server,
            protocol=st.sampled_from(["tcp", "udp"]),
            outside=st.sampled_from(["current-interface", "203.0.113.9", "interface LoopBack0"]),
            first=ports, size=st.sampled_from([0, 0, 1, 200]), inner=ports, moved=st.booleans(), off=st.booleans(),
        ),
        max_size=4, unique_by=lambda server: (server.protocol, server.outside, server.first),
    ).map(tuple),
)  # fmt: skip


def written(router: Router, vendor: str) -> list[str]:
    """Return the views of a config behind its head."""
    huawei = vendor == "huawei_vrp"
    values = (
        ("firewall-nat session udp aging-time" if huawei else "session aging-time state udp-ready", router.udp),
        ("firewall-nat session tcp aging-time" if huawei else "session aging-time state udp-open", router.fresh),
        ("firewall-nat session sip aging-time" if huawei else "session aging-time application sip", router.sip),
        ("firewall-nat session udp user-define 5060 aging-time" if huawei else "", router.port),
    )  # fmt: skip
    timers = [f" {words} {value}" for words, value in values if words and value is not None]
    alg = f" nat alg {router.alg} enable" if huawei else f" undo nat alg {router.alg}"
    servers = [server.line(index, can_be_off=not huawei) for index, server in enumerate(router.servers)]
    outside = ["interface Dialer0", " description nat alg sip enable", " nat outbound 2000", *servers]
    return [
        " sysname office",
        *timers,
        *([alg] if router.alg else []),
        "\n".join(outside),
        "interface LoopBack0\n ip address 203.0.113.8 255.255.255.255",
        "bgp 65001\n #\n ipv4-family unicast\n  undo nat alg sip",
        "acl number 2000\n rule 5 permit source 192.0.2.0 0.0.0.255",
    ]


def governing(router: Router, vendor: str) -> int | None:
    """Return the seconds after which a phone's entry ends, None where that is not known."""
    if vendor == "hp_comware":
        return min(router.udp or 60, router.sip or 600)
    chosen = router.port or router.udp or 120
    if router.port is None and router.sip and router.alg in {"sip", "all"}:
        chosen = min(chosen, router.sip)
    doubt = (router.port and (router.udp or 120) < LIMIT) or (router.sip and router.sip < LIMIT)
    return None if chosen >= LIMIT and doubt else chosen


def inspected(router: Router, vendor: str) -> bool:
    """Tell whether the ALG edits SIP: one system has it off unless it is named, the other one on."""
    return (router.alg in {"sip", "all"}) is (vendor == "huawei_vrp")


def read(lines: Sequence[str], vendor: str) -> Facts:
    document = Document(
        kind="current_configuration",
        name="display current-configuration",
        text="\n".join(lines),
        outcome=Outcome.FRAGMENT,
    )
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor=vendor, source=source, documents=(document,))
    return extract(capture, PROFILES[vendor])


@pytest.mark.parametrize("vendor", PROFILES)
@settings(max_examples=150, deadline=None)
@given(router=routers, chance=st.randoms(use_true_random=False))
def test_what_was_configured_is_found(vendor: str, router: Router, chance: random.Random) -> None:
    views = written(router, vendor)
    chance.shuffle(views)
    facts = read("\n#\n".join([HEADS[vendor], *views, "return"]).split("\n"), vendor)
    seconds = facts.replied.value.seconds if isinstance(facts.replied, Known) else None
    assert seconds == governing(router, vendor)
    assert facts.sip_alg.state is (SipAlgState.ON if inspected(router, vendor) else SipAlgState.OFF)
    assert [
        (f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports), f.enabled)
        for f in facts.port_forwards
    ] == [server.row(i, can_be_off=vendor == "hp_comware") for i, server in enumerate(router.servers)]
    assert isinstance(facts.forwards_complete, Known)


@pytest.mark.parametrize("vendor", PROFILES)
@settings(max_examples=100, deadline=None)
@given(router=routers, share=st.floats(0, 1), from_head=st.booleans())
def test_no_cut_passes_or_assumes_what_the_whole_does_not(
    vendor: str, router: Router, share: float, from_head: bool
) -> None:
    lines = "\n#\n".join([HEADS[vendor], *written(router, vendor), "return"]).split("\n")
    place = int(share * (len(lines) - 1))
    # The name stands at the head: a text without its head does not hold it.
    part = read(lines[max(place, 6) :] if from_head else lines[:place], vendor)
    assert not isinstance(part.forwards_complete, Known)
    assert not any(timer.default for timer in part.udp_timers)
    if part.sip_alg.state is SipAlgState.OFF:
        assert not inspected(router, vendor)
    if isinstance(part.replied, Known):
        assert (part.replied.value.seconds or LIMIT) < LIMIT


@pytest.mark.parametrize("vendor", PROFILES)
def test_a_forward_of_another_instance_is_called_by_that(vendor: str) -> None:
    line = " nat server protocol udp global current-interface 5060 vpn-instance shop inside 192.0.2.1 5060 vpn-instance shop"
    facts = read(["#", " sysname x", "#", "interface Dialer0", line, "#", "return"], vendor)
    assert [forward.name for forward in facts.port_forwards] == ["vpn-instance shop"]
