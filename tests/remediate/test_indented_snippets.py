"""Snippets for indented configs: merged into the running config by another library, then read again by the extractor."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hier_config import HConfig, MatchRule, Platform, WorkflowRemediation, get_hconfig
from hier_config.models import IdempotentCommandsRule
from remedy_cases import INDENTED, facts_of, failing, repaired

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RaiseUdpTimers,
    Remedy,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.remediate.engine import remediate

# Settings of which the new value takes the place of the old one.
SINGLE = (
    ("ip nat translation udp-timeout",),
    ("ip nat translation port-timeout udp 5060",),
    ("ip inspect udp idle-time",),
    ("ip inspect name FW udp",),
    ("ip inspect name FW sip",),
    ("parameter-map type inspect", "udp idle-time"),
)
NO_HELPER = ("no ip nat service sip udp port 5060", "no ip nat service sip tcp port 5060")
ZONES = (
    "class-map type inspect match-any CM-ANY",
    " match protocol tcp",
    " match protocol udp",
    "policy-map type inspect PMAP",
    " class type inspect CM-ANY",
    "  inspect{map}",
    " class class-default",
    "  drop",
    "zone security IN",
    "zone security OUT",
    "zone-pair security IN-OUT source IN destination OUT",
    " service-policy type inspect PMAP",
)


def config(
    *lines: str, outside: Sequence[str] = (), inside: Sequence[str] = (), helper: Sequence[str] = NO_HELPER
) -> str:
    """Return a running config with these lines in front of the interfaces."""
    return "\n".join(
        [
            "version 15.7",
            "hostname office",
            *lines,
            "interface GigabitEthernet0/0",
            " ip address 203.0.113.5 255.255.255.248",
            " ip nat outside",
            *(f" {line}" for line in outside),
            "interface GigabitEthernet0/1",
            " ip address 192.168.1.1 255.255.255.0",
            " ip nat inside",
            *(f" {line}" for line in inside),
            *helper,
            "ip nat inside source list 1 interface GigabitEthernet0/0 overload",
            "access-list 1 permit 192.168.1.0 0.0.0.255",
            "end",
        ]
    )


def zoned(parameters: Sequence[str], name: str = "PM-UDP", **more: Sequence[str]) -> str:
    lines = [line.format(map=f" {name}" if name else "") for line in ZONES]
    sides = {"outside": ["zone-member security OUT"], "inside": ["zone-member security IN"]}
    return config(*parameters, *lines, **sides, **more)


def inspected(*lines: str, **more: Sequence[str]) -> str:
    return config(*lines, outside=["ip inspect FW out"], **more)


def facts(text: str) -> Facts:
    return facts_of(INDENTED, running_config=text)


def tree(text: str) -> HConfig:
    config = get_hconfig(Platform.CISCO_IOS, text)
    for words in SINGLE:
        rules = tuple(MatchRule(startswith=word) for word in words)
        config.driver.rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=rules))
    return config


def typed(snippet: str) -> str:
    """Return the statements of a snippet without the way into and out of the config."""
    return "\n".join(
        line for line in snippet.split("\n") if line.strip() not in {"configure terminal", "end", "exit"}
    )


def lines_of(config: HConfig) -> list[str]:
    return sorted(" / ".join(child.path()) for child in config.all_children())


def after(text: str, snippet: str) -> HConfig:
    return tree(text).future(tree(typed(snippet)))


def printed(config: HConfig) -> str:
    """Return a config as the router prints it; the other library leaves version and end out."""
    return "\n".join(["version 15.7", *config.dump_simple(), "end"])


def statements(snippet: str) -> set[str]:
    return {line.strip() for line in typed(snippet).split("\n")}


TIMERS = [
    (config("ip nat translation udp-timeout 60"), config("ip nat translation udp-timeout 180")),
    (
        config("ip nat translation port-timeout udp 5060 30", "ip nat translation udp-timeout 600"),
        config("ip nat translation port-timeout udp 5060 180", "ip nat translation udp-timeout 600"),
    ),
    (
        zoned(["parameter-map type inspect PM-UDP", " udp idle-time 45", " tcp idle-time 900"]),
        zoned(["parameter-map type inspect PM-UDP", " udp idle-time 180", " tcp idle-time 900"]),
    ),
    (
        zoned(["parameter-map type inspect PM-UDP", " tcp idle-time 900"]),
        zoned(["parameter-map type inspect PM-UDP", " tcp idle-time 900", " udp idle-time 180"]),
    ),
    (
        zoned(["ip nat translation udp-timeout 50", "parameter-map type inspect PM-UDP", " udp idle-time 20"]),
        zoned(["ip nat translation udp-timeout 180", "parameter-map type inspect PM-UDP", " udp idle-time 180"]),
    ),
    (
        inspected("ip inspect name FW tcp", "ip inspect name FW udp"),
        inspected("ip inspect udp idle-time 180", "ip inspect name FW tcp", "ip inspect name FW udp"),
    ),
    (
        inspected("ip inspect udp idle-time 15", "ip inspect name FW udp alert on"),
        inspected("ip inspect udp idle-time 180", "ip inspect name FW udp alert on"),
    ),
    (
        inspected("ip inspect name FW tcp", "ip inspect name FW udp timeout 45"),
        inspected("ip inspect name FW tcp", "ip inspect name FW udp timeout 180"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("running", "intended"), TIMERS)
def test_the_snippet_gives_the_intended_config_and_the_rollback_the_old_one(
    running: str, intended: str
) -> None:
    (snippet,) = repaired_by_command(running)
    changed = after(running, snippet.change)
    assert lines_of(changed) == lines_of(tree(intended))
    shortest = WorkflowRemediation(tree(running), tree(intended)).remediation_config
    assert statements(snippet.change) == {line.text for line in shortest.all_children()}
    now = facts(printed(changed))
    assert isinstance(now.replied, Known)
    assert now.replied.value.seconds in {180, 300}
    assert all(not path.replied_short for path in now.paths)
    assert lines_of(changed.future(tree(typed(snippet.rollback)))) == lines_of(tree(running))


def repaired_by_command(text: str) -> tuple[Snippet, ...]:
    options = AuditOptions()
    timers = facts(text).paths[0].replied_short
    assert timers, "the case has no timer that is too short"
    _findings, snippets = remediate(
        (failing(RaiseUdpTimers(timers=timers, seconds=180)),), facts(text), INDENTED, options
    )
    assert [snippet.kind for snippet in snippets] == [SnippetKind.COMMAND]
    return snippets


@pytest.mark.parametrize(
    ("helper", "change"),
    [
        ((), {"no ip nat service sip udp port 5060", "no ip nat service sip tcp port 5060"}),
        (NO_HELPER[1:], {"no ip nat service sip udp port 5060"}),
    ],
)
def test_the_helper_goes_for_udp_and_tcp_and_comes_back_as_it_was(
    helper: Sequence[str], change: set[str]
) -> None:
    running = config(helper=helper)
    assert facts(running).sip_alg.state is SipAlgState.ON
    _findings, (snippet,) = repaired(facts(running), INDENTED)
    assert statements(snippet.change) == change
    changed = after(running, snippet.change)
    assert facts(printed(changed)).sip_alg.state is SipAlgState.OFF
    assert lines_of(changed.future(tree(typed(snippet.rollback)))) == lines_of(tree(running))


MANUAL = [
    (zoned([], name=""), "permit udp any any eq 5060"),
    (zoned(["parameter-map type inspect PM;reload", " udp idle-time 20"], name="PM;reload"), "cannot"),
    (inspected("ip inspect name FW udp alert on timeout 45"), "set where it was made"),
    (
        inspected("ip inspect name FW:x udp timeout 45").replace("inspect FW out", "inspect FW:x out"),
        "safely",
    ),
]


@pytest.mark.parametrize(("running", "says"), MANUAL)
def test_what_no_command_can_name_is_a_task_for_a_person(running: str, says: str) -> None:
    timers = facts(running).paths[0].replied_short
    finding = failing(RaiseUdpTimers(timers=timers, seconds=180))
    _findings, (snippet,) = remediate((finding,), facts(running), INDENTED, AuditOptions())
    assert snippet.kind is SnippetKind.MANUAL
    assert says in snippet.change
    assert "configure terminal" not in snippet.change


def test_the_proposal_for_plain_inspection_holds_once_it_is_entered_before_the_other_class() -> None:
    running = zoned([], name="")
    entered = running.replace(
        " class type inspect CM-ANY", " class type inspect CM-SIP\n  inspect PM-SIP-UDP\n class type inspect CM-ANY"
    ).replace(
        "class-map type inspect match-any CM-ANY",
        "parameter-map type inspect PM-SIP-UDP\n udp idle-time 180\n"
        "class-map type inspect match-any CM-SIP\n match access-group name ACL-SIP\n"
        "class-map type inspect match-any CM-ANY",
    ).replace("access-list 1", "ip access-list extended ACL-SIP\n permit udp any any eq 5060\naccess-list 1")  # fmt: skip
    behind = entered.replace(" class type inspect CM-SIP\n  inspect PM-SIP-UDP\n", "").replace(
        " class class-default", " class type inspect CM-SIP\n  inspect PM-SIP-UDP\n class class-default"
    )
    seconds = [
        fact.value.seconds
        for text in (running, entered, behind)
        if isinstance(fact := facts(text).replied, Known)
    ]
    assert seconds == [30, 180, 30]


def test_inspection_of_sip_by_the_firewall_is_left_to_a_person() -> None:
    running = inspected("ip inspect name FW sip timeout 300", helper=())
    _findings, (snippet,) = repaired(facts(running), INDENTED)
    assert snippet.kind is SnippetKind.MANUAL
    assert "ip inspect name sip" in snippet.change


def _one(text: str, remedy: Remedy) -> Snippet:
    _findings, (snippet,) = remediate((failing(remedy),), facts(text), INDENTED, AuditOptions())
    return snippet


@pytest.mark.parametrize("protocol", ["udp", "tcp_udp"])
def test_a_forward_is_added_and_taken_back(protocol: str) -> None:
    running = config()
    wanted = WantedForward(protocol=protocol, ports="5062", address="192.168.1.20")
    snippet = _one(running, AddPortForward(forward=wanted))
    changed = after(running, snippet.change)
    rows = [
        (f.protocol, str(f.external_ports), f.interface, f.internal_address, str(f.internal_ports))
        for f in facts(printed(changed)).port_forwards
    ]
    assert rows == [
        (each, "5062", "GigabitEthernet0/0", "192.168.1.20", "5062") for each in sorted(protocol.split("_"))
    ]
    assert lines_of(changed.future(tree(typed(snippet.rollback)))) == lines_of(tree(running))


@pytest.mark.parametrize(
    ("running", "wanted"),
    [
        (config(), WantedForward(protocol="udp", ports="10000-20000", address="192.168.1.20")),
        (config(), WantedForward(protocol="udp", ports="5060", address="192.168.1.20", source="198.51.100.0/24")),
        (config("sip-ua"), WantedForward(protocol="udp", ports="5060", address="192.168.1.20")),
    ],
)  # fmt: skip
def test_a_forward_that_one_line_cannot_make_is_a_task_for_a_person(
    running: str, wanted: WantedForward
) -> None:
    snippet = _one(running, AddPortForward(forward=wanted))
    assert snippet.kind is SnippetKind.MANUAL


def test_without_inside_and_outside_a_forward_has_neither_word() -> None:
    running = config().replace("ip nat inside", "ip nat enable").replace("ip nat outside", "ip nat enable")
    running = running.replace("ip nat enable source", "ip nat source")
    snippet = _one(
        running, AddPortForward(forward=WantedForward(protocol="udp", ports="5062", address="192.168.1.20"))
    )
    assert (
        "\nip nat source static udp 192.168.1.20 5062 interface GigabitEthernet0/0 5062\n" in snippet.change
    )


def test_a_forward_is_taken_away_by_its_own_line() -> None:
    line = "ip nat inside source static udp 192.168.1.9 5060 203.0.113.6 5060 extendable"
    running = config(helper=(*NO_HELPER, line))
    snippet = _one(running, RemovePortForward(forward=facts(running).port_forwards[0]))
    changed = after(running, snippet.change)
    assert facts(printed(changed)).port_forwards == ()
    assert lines_of(changed.future(tree(typed(snippet.rollback)))) == lines_of(tree(running))


@pytest.mark.parametrize("tail", ["route-map A'B", "route-map $(reboot)", "route-map {{x}}"])
def test_a_line_with_hostile_words_is_not_typed(tail: str) -> None:
    line = f"ip nat inside source static udp 192.168.1.9 5060 203.0.113.6 5060 {tail}"
    running = config(helper=(*NO_HELPER, line))
    snippet = _one(running, RemovePortForward(forward=facts(running).port_forwards[0]))
    assert snippet.kind is SnippetKind.MANUAL
