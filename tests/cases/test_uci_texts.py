"""What a shell with UCI shows of the SIP helper, its own rules and its filter, put together in every way."""

from __future__ import annotations

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, Missing, SipAlgState
from auditor.profiles.loading import load_profile

PROFILE = load_profile("openwrt")
ZONES = (
    "firewall.@defaults[0]=defaults\nfirewall.@defaults[0].input='REJECT'\n"
    "firewall.@zone[0]=zone\nfirewall.@zone[0].name='lan'\n"
    "firewall.@zone[1]=zone\nfirewall.@zone[1].name='wan'\nfirewall.@zone[1].masq='1'\n"
)
RULES = 'table inet fw4 {\n\tct helper sip {\n\t\ttype "sip" protocol udp\n\t}\n\tchain c {\n\t\ttype filter hook prerouting priority raw;\n\t\t%s\n\t}\n}\n'
GIVEN = RULES % 'udp dport 5060 ct helper set "sip" comment "!fw4: SIP VoIP connection tracking"'
NOT_GIVEN = RULES % 'tcp dport 21 ct state new accept comment "!fw4: FTP"'
HELPER = "net.netfilter.nf_conntrack_helper = {}\n"
NO_KEY = "sysctl: error: 'net.netfilter.nf_conntrack_helper' is an unknown key\n"
LOADED, ABSENT = (
    "/sys/module/nf_conntrack_sip\n",
    "ls: /sys/module/nf_conntrack_sip: No such file or directory\n",
)
NO_TOOL = "-ash: iptables-save: not found\n"
REDIRECT = (
    "firewall.@redirect[0]=redirect\nfirewall.@redirect[0].src='wan'\nfirewall.@redirect[0].src_dport='5060'\n"
    "firewall.@redirect[0].dest='lan'\nfirewall.@redirect[0].dest_ip='192.0.2.7'\nfirewall.@redirect[0].proto='udp'\n"
)
COMMANDS = {
    "kernel": "uname -nr", "helper": "sysctl net.netfilter.nf_conntrack_helper", "module": "ls /sys/module/nf_conntrack_sip",
    "firewall": "uci show firewall", "nft": "nft list ruleset", "iptables": "iptables-save",
    "entries": "cat /proc/net/nf_conntrack", "network": "cat /etc/config/network", "dhcp": "cat /etc/config/dhcp",
    "one": "uci show firewall.@redirect[0]", "few": "uci show firewall | grep 5060",
}  # fmt: skip


def facts_of(**outputs: str) -> Facts:
    text = "".join(f"root@gw:~# {COMMANDS[name]}\n{output}" for name, output in outputs.items())
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(f"{text}root@gw:~# ", "x", PROFILE)
    return extract(Capture(target=Target(), vendor="openwrt", source=source, documents=documents), PROFILE)


def option(place: str, value: str) -> str:
    """Return the zones' listing with one more option in a section."""
    kind = place.partition(".")[0]
    line = next(line for line in ZONES.splitlines() if line.startswith(f"firewall.{kind}="))
    return ZONES.replace(line, f"{line}\nfirewall.{place}='{value}'")


ENTRY = "ipv4     2 udp      17 3580 src=192.0.2.31 dst=203.0.113.10 sport=5072 dport=5060 packets=8 bytes=41 src=203.0.113.10 dst=203.0.113.5 sport=5060 dport=5072 packets=8 bytes=39 [ASSURED] mark=0 {}use=2\n"
NEW, OLD = "gw 5.15.150\n", "gw 3.18.20\n"


@pytest.mark.parametrize(
    ("outputs", "state"),
    [
        ({"firewall": ZONES}, "unknown"),  # a package that is not in the config may bring the module
        ({"module": ABSENT}, "off"),
        ({"module": ABSENT, "firewall": ZONES, "nft": NOT_GIVEN, "iptables": NO_TOOL}, "off"),
        ({"nft": GIVEN}, "on"),
        ({"module": LOADED}, "unknown"),
        ({"module": LOADED, "kernel": NEW, "helper": NO_KEY, "nft": NOT_GIVEN, "iptables": NO_TOOL}, "off"),
        ({"module": LOADED, "kernel": NEW, "helper": NO_KEY, "nft": NOT_GIVEN}, "unknown"),  # the other tool may show it
        ({"module": LOADED, "kernel": NEW, "helper": HELPER.format(1), "nft": NOT_GIVEN, "iptables": NO_TOOL}, "on"),
        ({"module": LOADED, "kernel": OLD, "nft": NO_TOOL.replace("iptables-save", "nft"), "iptables": "*nat\nCOMMIT\n"}, "unknown"),
        ({"module": LOADED, "kernel": NEW, "helper": NO_KEY, "firewall": option("@zone[0].helper", "ftp sip")}, "on"),
        ({"entries": ENTRY.format("helper=sip ")}, "on"),
        ({"entries": ENTRY.format("")}, "unknown"),
        ({"firewall": option("@defaults[0].auto_helper", "0")}, "off"),
        ({"firewall": option("@defaults[0].auto_helper", "1")}, "unknown"),
        ({"firewall": option("@defaults[0].auto_helper", "0") + "firewall.@zone[0].helper='sip'\n"}, "unknown"),
    ],
)  # fmt: skip
def test_the_helper_is_on_off_or_not_known(outputs: dict[str, str], state: str) -> None:
    assert facts_of(**outputs).sip_alg.state == SipAlgState(state)


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("network", "config interface 'wan'\n\toption proto 'static'\n\toption ipaddr '203.0.113.5'\n"),
        ("one", REDIRECT),
        ("few", "firewall.@redirect[0].src_dport='5060'\n"),
        ("few", ""),
    ],
)
def test_a_part_proves_nothing_about_the_rest(name: str, output: str) -> None:
    facts = facts_of(**{name: output, "nft": NOT_GIVEN, "iptables": NO_TOOL})
    assert isinstance(facts.forwards_complete, Missing)
    assert isinstance(facts.nat_role, Missing)


def _permitted(rule: str) -> str:
    lines = [f"firewall.@rule[0].{line}\n" for line in rule.split()]
    facts = facts_of(firewall=ZONES + "firewall.@rule[0]=rule\n" + "".join(lines) + REDIRECT)
    (forward,) = facts.port_forwards
    return forward.permitted.value


@pytest.mark.parametrize(
    ("rule", "permitted"),
    [
        ("src='wan' dest_port='5060' proto='udp' target='DROP'", "yes"),  # about the router itself
        ("src='wan' dest='lan' dest_port='5061' proto='udp' target='DROP'", "yes"),
        ("src='wan' dest='lan' dest_port='5060' proto='tcp' target='DROP'", "yes"),
        ("src='lan' dest='wan' dest_port='5060' proto='udp' target='DROP'", "yes"),
        ("src='wan' dest='lan' dest_port='5060' proto='udp' target='ACCEPT'", "yes"),
        ("src='wan' dest='lan' dest_port='5060' proto='udp' target='DROP' enabled='0'", "yes"),
        ("src='wan' dest='lan' dest_port='5060' proto='udp' target='DROP'", "unknown"),  # whose zone is it?
        ("src='*' dest='*' proto='all' target='REJECT'", "unknown"),
        ("src='wan' dest='lan' dest_ip='192.0.2.8' proto='udp' target='DROP'", "yes"),
    ],
)
def test_a_rule_may_stand_in_the_way_of_a_forward(rule: str, permitted: str) -> None:
    assert _permitted(rule) == permitted


def test_a_redirect_is_told_once_though_the_running_firewall_shows_it_too() -> None:
    live = (
        "table inet fw4 {\n\tchain dstnat {\n\t\ttype nat hook prerouting priority dstnat;\n"
        '\t\tiifname "eth1" udp dport 5060 dnat ip to 192.0.2.7:5060 comment "!fw4: @redirect[0]"\n'
        '\t\tiifname "br-lan" udp dport 5060 dnat ip to 192.0.2.7:5060 comment "!fw4: @redirect[0] (reflection)"\n'
        "%s\t}\n}\n"
    )
    own = '\t\tiifname "eth1" udp dport 4500 dnat ip to 192.0.2.9 comment "by hand"\n'
    both = facts_of(firewall=ZONES + REDIRECT, nft=live % own, iptables=NO_TOOL)
    assert [str(f.external_ports) for f in both.port_forwards] == ["5060", "4500"]
    assert [f.permitted.value for f in both.port_forwards] == ["yes", "unknown"]
    assert isinstance(both.forwards_complete, Known)
    alone = facts_of(nft=live % own, iptables=NO_TOOL)
    assert [str(f.external_ports) for f in alone.port_forwards] == ["5060", "4500"]
    assert isinstance(alone.forwards_complete, Missing)
    assert isinstance(facts_of(firewall=ZONES + REDIRECT).forwards_complete, Missing)


@pytest.mark.parametrize(
    ("rule", "role"),
    [
        ("target='NOTRACK' src='lan' dest_port='5060' proto='udp'", None),
        ("target='NOTRACK' src='lan' proto='udp'", None),
        ("target='NOTRACK' src='lan' dest_port='5000-5100' proto='udp'", None),
        ("target='NOTRACK' src='wan' src_port='5060' proto='udp'", None),
        ("target='NOTRACK' src='lan' dest_port='123' proto='udp'", "nat"),
        ("target='NOTRACK' src='lan' proto='tcp'", "nat"),
        ("target='NOTRACK' src='lan' proto='udp' enabled='0'", "nat"),
    ],
)
def test_packets_that_are_not_tracked_are_not_translated(rule: str, role: str | None) -> None:
    lines = [f"firewall.@rule[0].{line}\n" for line in rule.split()]
    found = facts_of(firewall=ZONES + "firewall.@rule[0]=rule\n" + "".join(lines)).nat_role
    assert (found.value.value if isinstance(found, Known) else None) == role
