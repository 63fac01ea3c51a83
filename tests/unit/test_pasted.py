"""A pasted session, one command's output and a saved file become the documents that the profile knows."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.model.capture import Document, Outcome
from auditor.model.errors import UnreadableDocument, UsageError
from auditor.profiles.loading import load_profile

ROUTER = load_profile("mikrotik_routeros")
SHELL = load_profile("linux")


def by_kind(documents: tuple[Document, ...]) -> dict[str, Document]:
    return {document.kind: document for document in documents}


def test_a_session_is_cut_at_its_prompts_and_keeps_its_line_numbers() -> None:
    text = (
        "Welcome\n"
        "[a@Office 1] > /ip firewall connection tracking print\n"
        "   udp-timeout: 10s\n"
        "[a@Office 1] > /system clock print\n"
        "   time: 10:00\n"
        "[a@Office 1] > /system identity print\n"
        "  name: Office 1\n"
    )
    found = by_kind(documents_of(text, "x.txt", ROUTER))
    assert set(found) == {"tracking", "identity"}
    assert found["tracking"].text == "   udp-timeout: 10s"
    assert found["tracking"].first_line == 3
    assert found["tracking"].outcome is Outcome.OK


@pytest.mark.parametrize(
    ("slug", "first", "second"),
    [
        ("cisco_ios", "gw-1#show privilege\n", "gw-2#show ip nat translations verbose\n"),
        ("fortinet", "FW-1 # get system status\n", "FW-2 (root) # show firewall vip\n"),
        ("lancom_lcos", "root@a:/\n> sysinfo\n", "root@b:/Setup\n> ls /Setup/SIP-ALG\n"),
        ("linux", "root@a:~# uname -r\n", "root@b:/etc# iptables-save\n"),
        ("mikrotik_routeros", "[a@Office 1] > /system identity print\n", "[a@Office 2] > /export\n"),
        ("openwrt", "root@a:~# uname -nr\n", "root@b:~# uci show firewall\n"),
        ("opnsense", "root@a:~ # pfctl -st\n", "root@b:~ # pfctl -sn\n"),
    ],
)
def test_sessions_with_two_devices_are_not_read_as_one(slug: str, first: str, second: str) -> None:
    profile = load_profile(slug)
    with pytest.raises(UnreadableDocument, match="sessions with several devices"):
        documents_of(first + second, "x", profile)
    assert documents_of(first, "x", profile)
    assert documents_of(second, "x", profile)


def test_the_last_output_of_a_session_may_lack_its_end() -> None:
    text = "[a@b] > /ip firewall nat print detail\nFlags: X - disabled\n 0   chain=dstnat action=dst-nat"
    assert documents_of(text, "x", ROUTER)[0].outcome is Outcome.FRAGMENT


def test_a_command_typed_inside_a_menu_is_known() -> None:
    text = (
        "[a@b] /ip firewall nat> print detail\n 0 chain=srcnat action=masquerade\n[a@b] /ip firewall nat> \n"
    )
    (document,) = documents_of(text, "x", ROUTER)
    assert (document.kind, document.outcome) == ("nat", Outcome.OK)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("nft list ruleset", "nft"),
        ("sudo nft -a list ruleset", "nft"),
        ("sudo -n iptables-save", "iptables"),
        ("nft list table ip nat", "nft_part"),
        ("iptables -t nat -S", "iptables_part"),
        ("sysctl net.netfilter.nf_conntrack_udp_timeout", "timers"),
        ("uname -a", "kernel"),
    ],
)
def test_people_type_it_in_many_ways(typed: str, kind: str) -> None:
    (document,) = documents_of(f"root@gw:~# {typed}\nout\nroot@gw:~# \n", "x", SHELL)
    assert document.kind == kind


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("-bash: nft: command not found", Outcome.REFUSED),
        ("sh: nft: not found", Outcome.REFUSED),
        ("netlink: Error: cache initialization failed: Operation not permitted", Outcome.NO_PRIVILEGE),
        ("sudo: a password is required", Outcome.NO_PRIVILEGE),
    ],
)
def test_a_refusal_is_told_from_an_empty_answer(answer: str, outcome: Outcome) -> None:
    (document,) = documents_of(f"u@gw:~$ nft list ruleset\n{answer}\nu@gw:~$ \n", "x", SHELL)
    assert document.outcome is outcome
    assert document.detail == answer


def test_a_rule_that_quotes_a_refusal_is_no_refusal() -> None:
    text = 'table ip x {\n\tchain y {\n\t\tcomment "Permission denied"\n\t}\n}\n'
    (document,) = documents_of(text, "x", SHELL)
    assert document.outcome is Outcome.FRAGMENT


def test_a_command_can_be_named() -> None:
    (document,) = documents_of("  udp-timeout: 3m\n", "x", ROUTER, "/ip firewall connection tracking print")
    assert document.kind == "tracking"


def test_a_command_that_is_not_read_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="connection tracking print"):
        documents_of("x", "x", ROUTER, "/user print")


def test_a_text_that_holds_nothing_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="holds nothing"):
        documents_of("Dear all,\nthe router is broken.\n", "mail.txt", ROUTER)
