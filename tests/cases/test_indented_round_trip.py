"""Generated routers, written as running configs by the test's own hand, and read again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.profiles.loading import load_profile

PROFILE = load_profile("cisco_ios")
NEVER = 10**9
MATCHES = {
    "sip": "match protocol sip",
    "udp": "match protocol udp",
    "web": "match protocol https",
    "any port 5060": "match access-group name ACL-5060",
    "one host": "match access-group name ACL-HOST",
}
SURE = {"sip", "udp", "any port 5060"}  # they catch a phone whatever the address of its phone system
LISTS = """\
ip access-list extended ACL-5060
 permit udp any any eq 5060
ip access-list extended ACL-HOST
 permit udp any host 198.51.100.10 eq 5060
"""


@dataclass(frozen=True)
class Router:
    """What is set on it: seconds (None: nothing), classes as (match, action, seconds of its map)."""

    udp: int | None
    sip_port: int | None
    classes: tuple[tuple[str, str, int | None], ...] | None
    rule: tuple[tuple[str, int | None], ...] | None
    idle: int | None
    side: str
    statics: tuple[tuple[str, int, str, int], ...]
    helper: bool


seconds = st.integers(1, 600)
maybe = st.none() | seconds
routers = st.builds(
    Router,
    udp=maybe | st.just(NEVER),
    sip_port=maybe,
    classes=st.none()
    | st.lists(
        st.tuples(st.sampled_from(sorted(MATCHES)), st.sampled_from(["map", "plain", "drop"]), maybe),
        max_size=4,
    ).map(tuple),
    rule=st.none()
    | st.lists(st.tuples(st.sampled_from(["sip", "udp", "tcp"]), maybe), max_size=3, unique_by=lambda row: row[0]).map(tuple),
    idle=maybe,
    side=st.sampled_from(["out", "in"]),
    statics=st.lists(
        st.tuples(
            st.sampled_from(["tcp", "udp"]), st.integers(1, 65535), st.sampled_from(["interface Dialer1", "203.0.113.9"]), st.integers(1, 65535)
        ),
        max_size=4, unique_by=lambda row: (row[0], row[3], row[2]),
    ).map(tuple),
    helper=st.booleans(),
)  # fmt: skip


def written(router: Router) -> list[str]:
    """Return the stanzas of a running config."""
    stanzas = ["version 15.4", "hostname office", LISTS]
    if router.udp is not None:
        stanzas.append(f"ip nat translation udp-timeout {'never' if router.udp == NEVER else router.udp}")
    if router.sip_port is not None:
        stanzas.append(f"ip nat translation port-timeout udp 5060 {router.sip_port}")
    if not router.helper:
        stanzas.append("no ip nat service sip udp port 5060")
    if router.idle is not None:
        stanzas.append(f"ip inspect udp idle-time {router.idle}")
    stanzas += [
        f"ip inspect name FW {protocol}{f' timeout {timeout}' if timeout else ''}"
        for protocol, timeout in router.rule or ()
    ]
    stanzas += _zones(router)
    zone = [" zone-member security {}"] if router.classes is not None else []
    outside = [f" ip inspect FW {router.side}"] if router.rule else []
    stanzas += [
        "\n".join(["interface Dialer1", " ip address 203.0.113.5 255.255.255.255", " ip nat outside", *(z.format("OUT") for z in zone), *outside]),
        "\n".join(["interface Vlan1", " ip address 192.0.2.1 255.255.255.0", " ip nat inside", *(z.format("IN") for z in zone)]),
        "ip nat inside source list 1 interface Dialer1 overload\n" + "\n".join(
            f"ip nat inside source static {protocol} 192.0.2.{index + 1} {inner} {to} {outer}"
            for index, (protocol, inner, to, outer) in enumerate(router.statics)
        ),
    ]  # fmt: skip
    return stanzas


def _zones(router: Router) -> list[str]:
    if router.classes is None:
        return []
    maps, heads, body = [], [], ["policy-map type inspect P"]
    for index, (match, action, idle) in enumerate(router.classes):
        heads.append(f"class-map type inspect match-any C{index}\n {MATCHES[match]}")
        maps.append(
            f"parameter-map type inspect M{index}\n tcp idle-time 99"
            + (f"\n udp idle-time {idle}" if idle else "")
        )
        body += [
            f" class type inspect C{index}",
            {"map": f"  inspect M{index}", "plain": "  inspect", "drop": "  drop log"}[action],
        ]
    body += [" class class-default", "  drop"]
    pair = "zone-pair security IN-OUT source IN destination OUT\n service-policy type inspect P"
    return [*maps, *heads, "\n".join(body), "zone security IN", "zone security OUT", pair]  # fmt: skip


def governing(router: Router) -> int | None:
    """Return the seconds after which a phone's entry ends, None where that is not known."""
    smallest = [router.sip_port or router.udp or 300]
    unknown = False
    if router.classes is not None:
        caught = []
        for match, action, idle in router.classes:
            if match == "web" or action == "drop":
                continue
            caught.append((idle if action == "map" else None) or 30)
            if match in SURE:
                break
        smallest += caught
        unknown = not caught
    if router.rule and router.side == "out":
        smallest += [timeout or router.idle or 30 for protocol, timeout in router.rule if protocol != "tcp"]
    return None if unknown and min(smallest) >= 61 else min(smallest)


def read(text: str) -> Facts:
    document = Document(
        kind="running_config", name="show running-config", text=text, outcome=Outcome.FRAGMENT
    )
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(
        Capture(target=Target(), vendor="cisco_ios", source=source, documents=(document,)), PROFILE
    )


@settings(max_examples=300, deadline=None)
@given(routers, st.randoms(use_true_random=False))
def test_what_was_configured_is_found(router: Router, chance: random.Random) -> None:
    stanzas = written(router)
    middle = stanzas[2:]
    chance.shuffle(middle)
    facts = read("\n!\n".join([*stanzas[:2], *middle, "end"]))
    expected = governing(router)
    if expected is None:
        assert not isinstance(facts.replied, Known)
    else:
        assert isinstance(facts.replied, Known), facts.replied
        assert (facts.replied.value.seconds or NEVER) == expected
    assert [
        (f.protocol, str(f.external_ports), f.interface, f.internal_address, str(f.internal_ports))
        for f in facts.port_forwards
    ] == [
        (protocol, str(outer), "Dialer1" if to.startswith("interface") else None, f"192.0.2.{index + 1}", str(inner))
        for index, (protocol, inner, to, outer) in enumerate(router.statics)
    ]  # fmt: skip
    inspects = router.side == "out" and any(protocol == "sip" for protocol, _timeout in router.rule or ())
    # A class behind the one that catches the phones is told as well, to be on the safe side.
    zoned = any(match == "sip" and action != "drop" for match, action, _idle in router.classes or ())
    assert (facts.sip_alg.state is SipAlgState.ON) is (router.helper or inspects or zoned)


@settings(max_examples=150, deadline=None)
@given(routers, st.floats(0, 1))
def test_no_cut_passes_or_assumes_what_the_whole_does_not(router: Router, share: float) -> None:
    lines = "\n!\n".join([*written(router), "end"]).split("\n")
    part = read("\n".join(lines[: int(share * (len(lines) - 1))]))
    assert part.sip_alg.state is not SipAlgState.OFF
    assert not isinstance(part.forwards_complete, Known)
    assert not any(timer.default for timer in part.udp_timers)
    if isinstance(part.replied, Known):
        assert part.replied.value.seconds
        assert part.replied.value.seconds < 61
