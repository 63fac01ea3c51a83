"""Rulesets of nft: as `nft list ruleset` prints them, with names, handles and what iptables put there, and as files."""

from __future__ import annotations

import pytest

from auditor.extract.netfilter import FILTER, HELPERS, NAT, TIMEOUTS
from auditor.extract.readers.nft_ruleset import read

TABLE = """table ip nat {{
{declared}
	chain pre {{
		type nat hook prerouting priority dstnat - 5; policy accept;
{rules}
	}}
}}
"""


def rows(rules: str, declared: str = "") -> list[dict[str, str]]:
    reading = read(TABLE.format(declared=declared, rules=rules), {})
    assert not reading.not_understood, reading.not_understood
    return [dict(record.values) for record in reading.records if record.section == NAT]


def unread(text: str, section: str) -> list[str]:
    return [odd.why for odd in read(text, {}).not_understood if odd.section == section]


def test_a_target_that_is_computed_is_no_redirect() -> None:
    text = TABLE.format(declared="", rules="udp dport 6400 dnat to numgen inc mod 2 map { 0 : 10.0.0.1 }")
    assert not read(text, {}).records
    assert unread(text, NAT)


def test_a_prefix_maps_one_network_to_another() -> None:
    (row,) = rows("ip daddr 203.0.113.0/24 dnat ip prefix to ip daddr map { 203.0.113.0/24 : 10.7.0.0/24 }")
    assert (row["action"], row["destination"], row["to_address"]) == (
        "NETMAP",
        "203.0.113.0/24",
        "10.7.0.0/24",
    )


def test_a_comment_of_an_element_is_no_part_of_it() -> None:
    declared = 'map to { type inet_service : ipv4_addr . inet_service; elements = { 81 comment ":" : 10.0.0.1 . 80 } }'
    (row,) = rows("dnat ip to tcp dport map @to", declared)
    assert (row["destination_ports"], row["to_address"], row["to_ports"]) == ("81", "10.0.0.1", "80")


def test_an_empty_set_keeps_its_name() -> None:
    declared = "set guests { type ipv4_addr; flags dynamic,timeout; }"
    (row,) = rows("ip saddr @guests tcp dport 23 dnat to 10.0.0.1", declared)
    assert row["source"] == "@guests"


def test_defines_inside_a_set_are_put_in() -> None:
    declared = "set phones { type inet_service; elements = { $sip, 5062 } }"
    text = "define sip = 5060\n" + TABLE.format(declared=declared, rules="udp dport @phones dnat to 10.0.0.1")
    assert [r.values["destination_ports"] for r in read(text, {}).records if r.section == NAT] == [
        "5060,5062"
    ]


def test_ports_by_name_behind_an_address() -> None:
    (row,) = rows('meta l4proto udp th dport "sip-tls" dnat to 10.0.0.1:"sip" # handle 32')
    assert (row["destination_ports"], row["to_address"], row["to_ports"]) == ("5061", "10.0.0.1", "5060")


def test_a_second_match_on_the_same_key_narrows_the_first() -> None:
    (row,) = rows('iifname "wan*" iifname != "wan3" udp dport 6200 dnat to 10.0.0.1')
    assert (row["in_interface"], row["conditional"]) == ("wan*", "iifname != wan3")
    assert unread(TABLE.format(declared="", rules="udp dport 1-9 udp dport 5 dnat to 10.0.0.1"), NAT)


@pytest.mark.parametrize(
    "rule",
    [
        "udp dport 5060 counter packets 0 bytes 0 xt target CT",
        "udp dport 5060 counter packets 7 bytes 420 # CT helper sip",
        "udp dport 5060 # match-set phones src counter packets 7 bytes 420 CT",
    ],
)
def test_a_helper_that_iptables_assigns_is_not_absent(rule: str) -> None:
    text = f"table ip raw {{\n\tchain PREROUTING {{\n\t\ttype filter hook prerouting priority raw; policy accept;\n\t\t{rule}\n\t}}\n}}\n"
    assert unread(text, HELPERS)
    assert unread(text, TIMEOUTS)


def test_remarks_of_people_hide_nothing() -> None:
    (row,) = rows("udp dport 5060 counter packets 7 bytes 420 dnat to 10.0.0.1 # the phones")
    assert row["action"] == "DNAT"


def test_what_iptables_can_show_too_is_marked() -> None:
    own = "table ip {name} {{\n\tchain {chain} {{\n\t\ttype filter hook forward priority filter; policy drop;\n\t\taccept\n\t}}\n}}\n"
    twins = [
        read(own.format(name=name, chain=chain), {}).records[-1].twin
        for name, chain in (("filter", "FORWARD"), ("filter", "forward"), ("mine", "FORWARD"))
    ]
    assert twins == [True, False, False]


def policy(rules: str, l3proto: str = "ip") -> dict[str, str]:
    text = (
        "table inet t {\n\tct timeout sip {\n\t\tprotocol udp\n"
        f"\t\tl3proto {l3proto}\n\t\tpolicy = {{ unreplied : 180, replied : 180 }}\n\t}}\n\n"
        "\tchain pre {\n\t\ttype filter hook prerouting priority mangle; policy accept;\n"
        f"\t\t{rules}\n\t}}\n}}\n"
    )
    (record,) = (record for record in read(text, {}).records if record.section == TIMEOUTS)
    return dict(record.values)


SET = 'udp dport 5060 ct timeout set "sip"'


@pytest.mark.parametrize(
    "before", ['iifname "lan0" accept', "jump other", "udp dport 5000-5100 return", "ct state new accept"]
)
def test_a_timer_policy_behind_a_rule_that_may_end_the_chain_is_doubtful(before: str) -> None:
    assert policy(f"{before}\n{SET}")["conditional"] == "behind other rules"


@pytest.mark.parametrize(
    "before",
    ["tcp dport 22 accept", "udp dport 53 accept", "ct state established accept", "ip saddr 192.0.2.1 drop"],
)
def test_rules_that_no_phone_meets_leave_a_timer_policy_alone(before: str) -> None:
    assert "conditional" not in policy(f"{before}\n{SET}")


def test_a_timer_policy_is_given_to_new_flows_anyway() -> None:
    assert "ct_state" not in policy(f"ct state new {SET}")
    assert policy(f"ct state established {SET}")["ct_state"] == "established"


def test_a_timer_policy_of_another_family_is_doubtful() -> None:
    assert policy(SET, l3proto="ip6")["conditional"] == "for another family"


def test_jumps_that_come_back_differ_from_those_that_do_not() -> None:
    text = (
        "table inet f {\n\tchain a {\n\t\taccept\n\t}\n\tchain forward {\n"
        "\t\ttype filter hook forward priority filter; policy drop;\n\t\ttcp dport 1 jump a\n\t\tgoto a\n\t}\n}\n"
    )
    actions = [r.values["action"] for r in read(text, {}).records if r.section == FILTER]
    assert actions == ["JUMP", "GOTO", "ACCEPT"]
