"""What the languages of one packet filter share: the sections and keys of their records.

Both readers give the same records. Sections: `nat rules`, `filter rules` (rules that decide about forwarded packets),
`chain policies`, `ct helper rules` (`helper` is the helper's type), `ct timeout rules` (`name`, `unreplied`, `replied`,
`policy: shown` where the object that is named was read, `effective: no` where the rule comes too early to count),
`flowtables` and `untracked rules` (those that may keep a phone's packets out of connection tracking).

Keys of a rule: `chain` (the hook in capitals for a base chain, `FORWARD:2` for a second one on the same hook, else the
chain's own name), `action` in capitals, `jump_target`, `protocol`, `destination`, `destination_type`, `in_interface`,
`out_interface`, `source`, `source_ports`, `destination_ports`, `to_address`, `to_ports`, `random`, `ct_state`,
`ct_status`, `comment`, and `conditional`: every other match, in its own words. A leading `!` negates a value.
"""

from __future__ import annotations

from auditor.extract.netfilter.services import SERVICES

NAT, FILTER, POLICIES = "nat rules", "filter rules", "chain policies"
HELPERS, TIMEOUTS, FLOWTABLES = "ct helper rules", "ct timeout rules", "flowtables"
UNTRACKED = "untracked rules"
SECTIONS = (NAT, FILTER, POLICIES, HELPERS, TIMEOUTS, FLOWTABLES, UNTRACKED)


def port_list(values: list[str], *, negated: bool = False) -> str:
    """Return ports in the grammar of forwards; service names become numbers where they are well known.

    Examples:
        >>> port_list(["5060", "10000:20000", "https"]), port_list(["22"], negated=True)
        ('5060,10000-20000,443', '!22')
    """
    ports = ",".join(SERVICES.get(value, value).replace(":", "-") for value in values)
    return f"!{ports}" if negated else ports


def address_and_ports(target: str) -> tuple[str, str]:
    """Divide `192.0.2.1:5060-5070` into address and ports; either may be empty.

    Examples:
        >>> address_and_ports("10.0.0.5:30000-30100"), address_and_ports("10.0.0.5"), address_and_ports(":5060")
        (('10.0.0.5', '30000-30100'), ('10.0.0.5', ''), ('', '5060'))
    """
    address, _colon, ports = target.partition(":")
    return address, port_list([ports]) if ports else ""
