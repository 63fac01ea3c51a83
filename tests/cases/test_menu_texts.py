"""What a text of a menu console proves: exports whole, of one menu, failed and mangled, and sessions of any order."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known, Missing, Origin, SipAlgState
from auditor.profiles.loading import load_profile

ROUTER = load_profile("mikrotik_routeros")
OLD = "# jan/09/2022 12:00:00 by RouterOS 6.49.6\n/interface bridge\nadd name=bridge\n"
NAT = "/ip firewall nat\nadd action=masquerade chain=srcnat out-interface=ether1\n"
HELPER_OFF = "/ip firewall service-port\nset sip disabled=yes\n"
END = "/system clock\nset time-zone-name=Europe/Berlin\n/system identity\nset name=x\n"


def facts_of(text: str) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", ROUTER)
    capture = Capture(target=Target(), vendor=ROUTER.slug, source=source, documents=documents)
    return extract(capture, ROUTER)


def why(fact: object) -> str:
    assert isinstance(fact, Missing), fact
    return fact.why


def test_a_timer_line_that_cannot_be_read_is_no_default() -> None:
    broken = "/ip firewall connection tracking\nset [ find udp-stream-timeout=30s\n"
    facts = facts_of(OLD + broken + NAT + HELPER_OFF + END)
    assert "line 5 was not understood" in why(facts.replied)


def test_a_helper_line_that_cannot_be_read_is_no_default() -> None:
    facts = facts_of(OLD + NAT + HELPER_OFF + "set [ find ] disabled=no\n" + END)
    assert facts.sip_alg.state is SipAlgState.UNKNOWN


def test_an_export_of_one_menu_says_nothing_of_its_neighbours() -> None:
    header = "# jan/09/2022 12:00:00 by RouterOS 6.49.6\n"
    helper = facts_of(header + HELPER_OFF)
    assert not helper.udp_timers
    assert not isinstance(helper.forwards_complete, Known)
    nat = facts_of(header + NAT)
    assert not nat.udp_timers
    both = facts_of(header + NAT + header + HELPER_OFF)
    assert not both.udp_timers
    firewall = facts_of(header + NAT + HELPER_OFF)
    assert {timer.origin for timer in firewall.udp_timers} == {Origin.DEFAULT}


@pytest.mark.parametrize(
    "mark", ["#error exporting /interface wifi", "# error exporting (timeout)", "#interrupted"]
)
def test_a_failed_export_proves_nothing(mark: str) -> None:
    facts = facts_of(OLD + NAT + f"{mark}\n" + HELPER_OFF + END)
    assert not facts.udp_timers
    assert facts.sip_alg.state is SipAlgState.OFF
    assert "a part failed" in why(facts.forwards_complete)


def tracking(seconds: str, more: str = "") -> str:
    return f"   enabled: auto\n{more}   udp-timeout: {seconds}\n   udp-stream-timeout: {seconds}\n"


def test_a_command_entered_again_is_taken_as_it_answered_last() -> None:
    command = "[a@b] > /ip firewall connection tracking print\n"
    facts = facts_of(command + tracking("3m") + command + tracking("10s") + "[a@b] > ")
    assert {timer.seconds for timer in facts.udp_timers} == {10}
    assert isinstance(facts.replied, Known)
    assert facts.replied.evidence
    assert facts.replied.evidence.line == 8


def test_a_whole_path_entered_in_a_menu_is_that_path() -> None:
    text = "[a@b] /ip firewall nat> /ip firewall connection tracking print\n" + tracking("3m")
    assert {timer.seconds for timer in facts_of(text).udp_timers} == {180}


def test_an_export_in_a_session_tells_its_version() -> None:
    facts = facts_of("[a@b] > /export hide-sensitive\n" + OLD + NAT + HELPER_OFF + END + "[a@b] > ")
    assert facts.identity.version == "6.49.6"
    assert not facts.promotion.late


@pytest.mark.parametrize(
    ("menu", "complete", "timers"),
    [("ip firewall", True, True), ("ip firewall nat", True, False), ("ip firewall filter", False, False)],
)
def test_a_closed_export_of_one_menu_is_whole_as_far_as_it_goes(
    menu: str, complete: bool, timers: bool
) -> None:
    facts = facts_of(f"[a@b] > /{menu} export\n{NAT}[a@b] > ")
    assert isinstance(facts.forwards_complete, Known) == complete
    assert bool(facts.udp_timers) == timers


def test_tracking_that_is_not_active_keeps_no_entry() -> None:
    text = "[a@b] > /ip firewall connection tracking print\n" + tracking("3m", "   active-ipv4: no\n")
    assert "not active" in why(facts_of(text).replied)


@pytest.mark.parametrize(
    ("rule", "blocked"),
    [
        ("dst-port=5060,5061 protocol=udp", True),
        ("protocol=udp", True),
        ("", True),
        ("disabled=yes dst-port=5060 protocol=udp", False),
        ("dst-port=5000-5100 protocol=udp", True),
        ("src-port=5060 protocol=udp", True),
        ("port=53,5060 protocol=udp", True),
        ("dst-address-list=pbx protocol=udp", True),
        ("dst-address=203.0.113.10 src-address=192.168.1.0/24", True),
        ("dst-address=192.168.1.0/24 src-address=203.0.113.10", True),
        ("dst-port=15060 protocol=udp", False),
        ("dst-port=!5060 protocol=udp", False),
        ("protocol=tcp", False),
        ("dst-address=10.0.0.0/8 src-address=10.0.0.0/8", False),
    ],
)
def test_packets_that_are_not_tracked_are_not_translated(rule: str, blocked: bool) -> None:
    raw = f"/ip firewall raw\nadd action=notrack chain=prerouting {rule}\n"
    facts = facts_of(OLD + NAT + raw + HELPER_OFF + END)
    assert isinstance(facts.nat_role, Missing) == blocked
    assert isinstance(facts.replied, Known)  # a timer that is too short has to be raised all the same


def test_masquerading_of_other_protocols_is_no_nat_for_phones() -> None:
    only_tcp = NAT.replace("chain=srcnat", "chain=srcnat protocol=tcp")
    assert only_tcp != NAT
    assert isinstance(facts_of(OLD + only_tcp + HELPER_OFF + END).nat_role, Missing)


FORWARD = "add action=dst-nat chain=dstnat dst-port=5060 in-interface-list=WAN protocol=udp to-addresses=192.168.1.20"


def permitted(nat: str, filter_rules: str = "") -> list[tuple[str, Answer]]:
    rules = f"/ip firewall filter\n{filter_rules}" if filter_rules else ""
    facts = facts_of(OLD + rules + NAT + nat + "\n" + HELPER_OFF + END)
    return [(str(forward.external_ports), forward.permitted) for forward in facts.port_forwards]


FACTORY = """add action=accept chain=forward ipsec-policy=in,ipsec
add action=accept chain=forward ipsec-policy=out,ipsec
add action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes
add action=accept chain=forward connection-state=established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
"""


@pytest.mark.parametrize(
    ("filter_rules", "answer"),
    [
        (FACTORY, Answer.YES),
        (FACTORY + "add action=drop chain=forward\n", Answer.UNKNOWN),
        # What a jump asks for holds for the whole chain behind it.
        (("add action=jump chain=forward connection-state=established jump-target=x\n"
         "add action=accept chain=x\nadd action=drop chain=forward\n"), Answer.NO),
        (("add action=jump chain=forward time=8h-17h,mon jump-target=x\n"
         "add action=accept chain=x\nadd action=drop chain=forward\n"), Answer.UNKNOWN),
        (("add action=jump chain=forward in-interface=ether9 jump-target=x\n"
         "add action=accept chain=x in-interface-list=WAN\nadd action=drop chain=forward\n"), Answer.UNKNOWN),
        (("add action=jump chain=forward jump-target=x\nadd action=return chain=x dst-port=5060 protocol=udp\n"
         "add action=accept chain=x\nadd action=drop chain=forward\n"), Answer.NO),
        ("add action=return chain=forward dst-port=5060 protocol=udp\nadd action=drop chain=forward\n",
         Answer.YES),
        (("add action=accept chain=forward dst-address=192.168.1.20 dst-address-list=x\n"
         "add action=drop chain=forward\n"), Answer.UNKNOWN),
        ("add action=drop chain=forward protocol=!udp\n", Answer.UNKNOWN),
        (('add action=accept chain=forward !time disabled=no dst-port=5060 log=no log-prefix="" protocol=udp\n'
         "add action=drop chain=forward !dst-port\n"), Answer.YES),
        ("add action=drop chain=forward port=5060 protocol=udp\n", Answer.NO),
    ],
)  # fmt: skip
def test_what_the_filter_lets_through(filter_rules: str, answer: Answer) -> None:
    assert permitted(FORWARD, filter_rules) == [("5060", answer)]


@pytest.mark.parametrize(
    "narrowing",
    ["time=8h-17h,mon", "limit=1,5:packet", "random=50", "src-port=5060", "connection-mark=x", "routing-mark=x",
     "per-connection-classifier=both-addresses:2/0", "content=x", "in-interface=ether1", "dst-address-list=x dst-address=203.0.113.1"],
)  # fmt: skip
def test_a_forward_that_holds_only_at_times_is_not_sure(narrowing: str) -> None:
    assert permitted(f"{FORWARD} {narrowing}") == [("5060", Answer.UNKNOWN)]


@pytest.mark.parametrize(
    "usual",
    ["log=yes log-prefix=x", "comment=x", "!time", "dst-address=!192.168.88.1 dst-address-type=local"],
)
def test_what_does_not_narrow_a_forward(usual: str) -> None:
    assert permitted(f"{FORWARD} {usual}") == [("5060", Answer.YES)]


@pytest.mark.parametrize(
    ("nat", "answers"),
    [
        ("add action=accept chain=dstnat dst-port=5060 protocol=udp\n" + FORWARD, [("5060", Answer.NO)]),
        ("add action=accept chain=dstnat dst-port=5070 protocol=udp\n" + FORWARD, [("5060", Answer.YES)]),
        (FORWARD.replace("chain=dstnat", "chain=nobody"), [("5060", Answer.UNKNOWN)]),
        ("add action=jump chain=dstnat jump-target=x time=8h-9h\n" + FORWARD.replace("chain=dstnat", "chain=x"),
         [("5060", Answer.UNKNOWN)]),
        ("add action=jump chain=dstnat jump-target=x\nadd action=jump chain=x jump-target=dstnat\n"
         + FORWARD.replace("chain=dstnat", "chain=x"), [("5060", Answer.YES)]),
        (FORWARD.replace("dst-port", "port"), [("5060", Answer.YES)]),
        ("add action=endpoint-independent-nat chain=dstnat in-interface=ether1 protocol=udp", []),
    ],
)  # fmt: skip
def test_the_way_to_a_forward(nat: str, answers: list[tuple[str, Answer]]) -> None:
    assert permitted(nat) == answers
