"""Timer policies that nft rules assign: do they reach the phones' entries, surely or perhaps?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.extract.netfilter.ruleset import CONFIRMED, Chain
from auditor.model.ports import parse_ports

_SIP_PORT = 5060
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
    if rule.get("action", "CONTINUE") in _LOSES or rule.get("protocol", "udp") not in {"udp", "17", "any"}:
        return False
    state = rule.get("ct_state", "new")
    ports = parse_ports(rule.get("destination_ports", ""))
    meets = ports is None or any(one.first <= _SIP_PORT <= one.last for one in ports)
    return meets and (state.startswith("!") or "new" in state.split(","))
