"""What a text of a menu console proves: exports whole, of one menu, failed and mangled, and sessions of any order."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, Missing, Origin, SipAlgState
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
    assert "partly failed" in why(facts.forwards_complete)
