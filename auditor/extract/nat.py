"""Is this the NAT: role, source ports, and the addresses that face the internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.extract.conditions import first_case
from auditor.extract.found import matches
from auditor.extract.view import View
from auditor.model.facts import Fact, Known, Missing, NatRole, Origin, SourcePort
from auditor.model.text import _
from auditor.profiles.schema import Case, NatFacts, Wan


def read_role(view: View, nat: NatFacts, versions: Mapping[str, str]) -> Fact[NatRole]:
    """Return whether this box translates addresses."""
    case, answer = first_case(nat.role, view, versions)
    if case is not None and case.gives == NatRole.UNKNOWN:
        return Missing(what=_("role in the network"), why=_(case.why), ask=nat.ask)
    if case is None:
        return Missing(
            what=_("role in the network"),
            why=answer.why or _("nothing that was read shows source NAT"),
            ask=nat.ask,
        )
    return Known(value=NatRole(case.gives), origin=Origin.CONFIGURED, evidence=answer.evidence)


def read_source_port(view: View, nat: NatFacts, versions: Mapping[str, str]) -> Fact[SourcePort]:
    """Return what happens to the phones' source port."""
    case, answer = first_case(nat.source_port, view, versions)
    if case is None:
        return Missing(what=_("source port"), why=answer.why or _("no source NAT rule was read"), ask=nat.ask)
    if case.gives == SourcePort.UNKNOWN:
        return Missing(what=_("source port"), why=_(case.why), ask=nat.ask)
    return Known(value=SourcePort(case.gives), origin=_origin(case), evidence=answer.evidence)


def _origin(case: Case) -> Origin:
    return Origin.DEFAULT if case.source else Origin.CONFIGURED


def read_wan_addresses(view: View, wan: Wan) -> Fact[tuple[str, ...]]:
    """Return the addresses of the interfaces by which source NAT leaves, without prefix lengths."""
    what = _("address towards the internet")
    interfaces = _wan_interfaces(view, wan)
    if wan.addresses is None or not interfaces:
        return Missing(what=what, why=_("the interface to the internet is not shown"), ask=wan.ask)
    addresses: dict[str, None] = {}
    evidence = None
    for found in view.records(wan.addresses.section, wan.addresses.where):
        values = found.record.values
        if wan.ignore and matches(values, wan.ignore):
            continue
        address = values.get(wan.addresses.key)
        if address and values.get(wan.address_interface_key) in interfaces:
            addresses[address.split("/")[0]] = None
            evidence = evidence or found.evidence(wan.addresses.key)
    if not addresses:
        names = ", ".join(interfaces)
        return Missing(
            what=what,
            why=_("no address of {interfaces} is shown; it may be dynamic").format(interfaces=names),
            ask=wan.ask,
        )
    return Known(value=tuple(addresses), origin=Origin.CONFIGURED, evidence=evidence)


def _wan_interfaces(view: View, wan: Wan) -> Sequence[str]:
    hits = ([value for value, _found in view.pick(pick)] for pick in wan.interfaces)
    names = dict.fromkeys(next((names for names in hits if names), ()))
    lists = {value for pick in wan.lists for value, _found in view.pick(pick)}
    if wan.members and lists:
        for value, found in view.pick(wan.members):
            if found.record.values.get(wan.member_list_key) in lists:
                names[value] = None
    return tuple(names)
