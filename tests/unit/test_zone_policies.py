"""Policies between zones: which timer a phone's flow has, and what may pass to a forward."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known, SipAlgState
from auditor.profiles.loading import load_profile

PROFILE = load_profile("juniper_junos")
NAT = """\
set security nat source rule-set OUT from zone lan
set security nat source rule-set OUT to zone wan
set security nat source rule-set OUT rule ALL match source-address 0.0.0.0/0
set security nat source rule-set OUT rule ALL then source-nat interface
"""
END = "set interfaces ge-0/0/0 unit 0 family inet address 203.0.113.5/29\nset routing-options static route 0.0.0.0/0 next-hop 203.0.113.1\n"
APPLICATIONS = """\
set applications application LONG protocol udp
set applications application LONG destination-port 5060
set applications application LONG inactivity-timeout 300
set applications application SHORT protocol udp
set applications application SHORT destination-port 5000-5100
set applications application SHORT inactivity-timeout 30
set applications application BARE protocol udp
set applications application BARE destination-port 5060
set applications application FOREIGN protocol udp
set applications application FOREIGN destination-port 5080
set applications application FOREIGN inactivity-timeout 600
set applications application FROM protocol udp
set applications application FROM source-port 5060
set applications application FROM destination-port 5060
set applications application FROM inactivity-timeout 900
set applications application-set GROUP application LONG
set applications application-set OUTER application-set GROUP
"""


def policy(
    name: str,
    application: str,
    source: str = "any",
    target: str = "any",
    action: str = "permit",
    more: str = "",
) -> str:
    way = f"set security policies from-zone lan to-zone wan policy {name}"
    lines = [f"{way} match source-address {source}", f"{way} match destination-address {target}"]
    lines += [f"{way} match application {one}" for one in application.split()]
    return "\n".join([*lines, f"{way} then {action}", *([f"{way} {more}"] if more else [])]) + "\n"


def facts_of(*parts: str, end: str = END) -> Facts:
    text = "set version 21.4R3\n" + NAT + "".join(parts) + APPLICATIONS + end
    documents = documents_of(text, "x", PROFILE)
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=documents), PROFILE)


def seconds(facts: Facts) -> int | str | None:
    if not isinstance(facts.replied, Known):
        return "unknown"
    return "never" if facts.replied.value.never else facts.replied.value.seconds


REST = policy("rest", "any")


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([REST], 60),
        ([policy("sip", "LONG"), REST], 300),
        ([policy("sip", "OUTER"), REST], 300),
        ([policy("sip", "LONG junos-http"), REST], 300),
        ([REST, policy("sip", "LONG")], 60),  # nothing reaches the second one
        ([policy("sip", "SHORT"), REST], 30),
        ([policy("sip", "FOREIGN"), REST], 60),
        ([policy("sip", "BARE"), policy("later", "LONG")], 60),
        ([policy("sip", "LONG SHORT"), REST], 30),  # which of the two holds is not documented
        ([policy("sip", "LONG BARE")], "unknown"),
        ([policy("sip", "FROM"), REST], "unknown"),  # phones may send from another port
        ([policy("sip", "LONG", target="PBX"), REST], "unknown"),
        ([policy("sip", "LONG", target="PBX")], 300),  # what else passes is no SIP
        ([policy("sip", "SHORT", target="PBX"), REST], 30),
        ([policy("boss", "any", source="BOSS"), policy("sip", "LONG")], "unknown"),
        ([policy("boss", "junos-http", source="BOSS"), policy("sip", "LONG")], 300),
        ([policy("sip", "LONG", more="match dynamic-application junos:SIP"), REST], "unknown"),
        ([policy("sip", "LONG", more="match source-identity any"), REST], 300),
        ([policy("sip", "LONG", more="scheduler-name NIGHT"), REST], "unknown"),
        ([policy("no", "LONG", action="deny"), REST], 60),
        ([policy("no", "LONG", source="BOSS", action="reject"), policy("sip", "LONG"), REST], 300),
        ([policy("sip", "junos-sip"), REST], "unknown"),
        ([policy("sip", "GONE"), REST], "unknown"),
        ([policy("sip", "LONG", target="PBX"), "set security policies default-policy permit-all\n"], "unknown"),
        (["set security policies default-policy permit-all\n"], 60),
        ([policy("sip", "LONG"), "deactivate security policies from-zone lan to-zone wan policy sip\n", REST], 60),
        ([policy("sip", "LONG"), REST, "insert security policies from-zone lan to-zone wan policy rest before policy sip\n"], 60),
        ([policy("sip", "LONG").replace("from-zone lan to-zone wan", "global")], 300),
        ([policy("sip", "LONG").replace("from-zone lan to-zone wan", "global"), REST], 60),  # those of the zones come first
        ([policy("sip", "LONG"), policy("sip", "any").replace("lan", "guest")], 300),  # no guest is translated
    ],
)  # fmt: skip
def test_the_policy_that_a_phone_meets_decides(policies: list[str], expected: int | str) -> None:
    assert seconds(facts_of(*policies)) == expected


def test_every_zone_that_is_translated_is_a_path_and_the_worst_decides() -> None:
    other = policy("sip", "SHORT").replace("from-zone lan", "from-zone voice")
    facts = facts_of("set security nat source rule-set OUT from zone voice\n", policy("sip", "LONG"), other)
    assert [path.name for path in facts.paths] == ["zone-pair:lan>wan", "zone-pair:voice>wan"]
    assert seconds(facts) == 30


def test_an_interface_of_a_rule_set_stands_for_its_zone() -> None:
    zones = "set security zones security-zone lan interfaces ge-0/0/1.0\nset security zones security-zone wan interfaces ge-0/0/0.0\n"
    text = (zones, policy("sip", "LONG"), policy("other", "any").replace("lan", "guest"))
    end = (
        END
        + "delete security nat source rule-set OUT from\nset security nat source rule-set OUT from interface ge-0/0/1.0\nset system ntp\n"
    )
    facts = facts_of(*text, end=end)
    assert [path.name for path in facts.paths] == ["zone-pair:lan>wan"]
    assert seconds(facts) == 300


def test_nothing_passes_before_the_policies_were_read_whole() -> None:
    assert seconds(facts_of(policy("sip", "LONG"), end="")) == 300
    text = "set version 21.4R3\n" + APPLICATIONS + NAT + policy("sip", "LONG")
    documents = documents_of(text, "x", PROFILE)
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=documents)
    assert seconds(extract(capture, PROFILE)) == "unknown"


def test_packet_mode_has_no_timers() -> None:
    assert (
        seconds(
            facts_of("set security forwarding-options family mpls mode packet-based\n", policy("sip", "LONG"))
        )
        == "unknown"
    )


POOL = "set security nat destination pool PBX address 192.0.2.10/32 port 5060\n"
RULES = "set security nat destination rule-set IN"
FORWARD = f"""\
{POOL}{RULES} from zone wan
{RULES} rule R match destination-address 203.0.113.5/32
{RULES} rule R match destination-port 5070
{RULES} rule R match protocol udp
{RULES} rule R then destination-nat pool PBX
set security address-book global address PBX 192.0.2.10/32
set security address-book global address OTHER 192.0.2.11/32
set security address-book global address-set BOTH address PBX
set security address-book global address-set BOTH address OTHER
"""


def inbound(
    application: str,
    target: str,
    action: str = "permit",
    source: str = "any",
    way: str = "from-zone wan to-zone lan",
) -> str:
    return policy("in", application, source=source, target=target, action=action).replace(
        "from-zone lan to-zone wan", way
    )


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], Answer.NO),
        ([inbound("LONG", "PBX")], Answer.YES),
        ([inbound("LONG", "BOTH")], Answer.YES),
        ([inbound("any", "PBX")], Answer.YES),
        ([inbound("junos-sip", "PBX")], Answer.UNKNOWN),
        ([inbound("LONG", "OTHER")], Answer.NO),
        ([inbound("FOREIGN", "PBX")], Answer.NO),  # the port inside counts, not the one outside
        ([inbound("LONG", "any")], Answer.UNKNOWN),  # whether the machine stands in that zone is not told
        ([inbound("LONG", "PBX", source="OTHER")], Answer.UNKNOWN),
        ([inbound("LONG", "PBX", action="deny")], Answer.NO),
        ([inbound("LONG", "PBX", way="from-zone dmz to-zone lan")], Answer.NO),
        ([inbound("LONG", "PBX", way="global")], Answer.YES),
        (["set security policies default-policy permit-all\n"], Answer.YES),
    ],
)
def test_the_policy_for_the_translated_packet_says_whether_a_forward_passes(
    policies: list[str], expected: Answer
) -> None:
    (forward,) = facts_of(FORWARD, *policies).port_forwards
    assert forward.permitted is expected
    assert (str(forward.external_ports), str(forward.internal_ports)) == ("5070", "5060")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{RULES} rule R match protocol tcp\n", [("udp", "5070", "192.0.2.10/32", "5060"), ("tcp", "5070", "192.0.2.10/32", "5060")]),
        (f"delete {RULES[4:]} rule R match protocol\n", [("any", "5070", "192.0.2.10/32", "5060")]),
        (f"delete {RULES[4:]} rule R match destination-port\n", [("udp", "1-65535", "192.0.2.10/32", "5060")]),
        (f"{RULES} rule R match destination-port 6000 to 6009\n", [("udp", "5070", "192.0.2.10/32", "5060"), ("udp", "6000-6009", "192.0.2.10/32", "5060")]),
        ("set security nat destination pool PBX address to 192.0.2.12/32\n", [("udp", "5070", "192.0.2.10/32-192.0.2.12/32", "5060")]),
        (f"delete {POOL[4:]}", [("udp", "5070", "PBX", "5070")]),
        (f"{RULES} rule R then destination-nat off\n", []),
    ],
)  # fmt: skip
def test_every_form_of_a_forward(line: str, expected: list[tuple[str, str, str, str]]) -> None:
    rows = facts_of(FORWARD, line).port_forwards
    assert [
        (f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports)) for f in rows
    ] == expected


def test_static_nat_by_name_and_by_port() -> None:
    rules = "set security nat static rule-set S"
    text = (
        f"{rules} from interface ge-0/0/0.0\n{rules} rule A match destination-address-name OUTSIDE\n"
        f"{rules} rule A then static-nat prefix-name PBX\n{rules} rule B match destination-address 203.0.113.7/32\n"
        f"{rules} rule B match destination-port 80 to 81\n{rules} rule B then static-nat prefix 192.0.2.11/32\n"
        f"{rules} rule B then static-nat prefix mapped-port 8080 to 8081\n"
        "set security address-book global address OUTSIDE 203.0.113.6/32\nset security address-book global address PBX 192.0.2.10/32\n"
    )
    rows = facts_of(text).port_forwards
    assert [(f.external_address, str(f.external_ports), f.internal_address, str(f.internal_ports), f.interface) for f in rows] == [
        ("203.0.113.6/32", "1-65535", "192.0.2.10/32", "1-65535", "ge-0/0/0.0"),
        ("203.0.113.7/32", "80-81", "192.0.2.11/32", "8080-8081", "ge-0/0/0.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", SipAlgState.ON),
        ("set security alg sip disable\nset security alg dns disable\n", SipAlgState.OFF),
        ("set security alg dns disable\n", SipAlgState.ON),
        ("set security alg sip disable\ndeactivate security alg sip\n", SipAlgState.ON),
        ("set security alg sip disable\ndelete security alg sip disable\n", SipAlgState.ON),
        ("set security alg sip inactive-media-timeout 120\n", SipAlgState.ON),
    ],
)
def test_the_sip_alg_is_off_only_where_it_is_said(lines: str, expected: SipAlgState) -> None:
    assert facts_of(lines, REST).sip_alg.state is expected
