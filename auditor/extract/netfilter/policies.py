"""Rules about connection tracking itself: do their timers reach the phones' entries, do they keep phones out of it?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from auditor.extract.netfilter.ruleset import CONFIRMED, Chain
from auditor.model.ports import may_include

_SIP_PORT = 5060
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_UDP = frozenset({"udp", "17", "any", "all"})
_LOSES = frozenset({"DROP", "REJECT", "CONTINUE"})


def placed_policy(
    values: Mapping[str, str], chain: Chain, name: str, passed: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """Return a policy as its chain lets it count.

    Connection tracking gives the entry its timers where it starts, so asking for a new flow asks for nothing more.
    `passed` are the rules in front of it: one that ends the chain may keep the flow away from it.
    """
    policy, doubts = dict(values), [values.get("conditional", "")]
    if "new" in policy.get("ct_state", "").split(","):
        del policy["ct_state"]
    if chain.hook != "prerouting":
        doubts.append(f"in {chain.hook or name}")
    if policy.pop("l3proto", "ip") != "ip":
        doubts.append("for another family")
    if any(map(_may_end, passed)):
        doubts.append("behind other rules")
    conditional = " ".join(filter(None, doubts))
    early = bool(chain.hook) and chain.priority <= CONFIRMED
    policy["effective"] = "no" if early else "yes"
    return {**policy, "conditional": conditional} if conditional else policy


def _may_end(rule: Mapping[str, str]) -> bool:
    """Tell whether a rule can take a phone's first packet out of its chain, and let it live."""
    if rule.get("action", "CONTINUE") in _LOSES or rule.get("protocol", "udp") not in _UDP:
        return False
    state = rule.get("ct_state", "new")
    return may_include(rule.get("destination_ports", ""), _SIP_PORT) and (
        state.startswith("!") or "new" in state.split(",")
    )


def untracks_phones(rule: Mapping[str, str]) -> bool:
    """Tell whether a rule that untracks packets may catch a phone's, on their way out or back."""
    protocol = rule.get("protocol", "udp")
    return (
        (protocol in _UDP or (protocol[:1] == "!" and protocol[1:] not in _UDP))
        and rule.get("in_interface") != "lo"
        and may_include(rule.get("destination_ports", ""), _SIP_PORT)
        and may_include(rule.get("source_ports", ""), _SIP_PORT)
        and not (_is_private(rule.get("source", "")) and _is_private(rule.get("destination", "")))
    )


def _is_private(text: str) -> bool:
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return False
    return any(network.subnet_of(private) for private in _PRIVATE)
