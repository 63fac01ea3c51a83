"""Policies between zones as rows of a filter: what each lets pass, told by entrance, addresses, protocol and ports."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.extract.records import Record
from auditor.extract.zone_objects import NARROWING, Part, ZoneObjects, listed, system_of

_EVERYWHERE = "any"


def filter_rows(objects: ZoneObjects) -> Iterator[Record]:
    """Yield a row for each policy, entrance, address and application part, in the order of the policies."""
    for policy in (*objects.policies, *objects.everywhere):
        if policy.values.get("action"):
            yield from _policy_rows(policy, objects)
    for row in objects.default:
        action = "permit" if row.values.get("permit-all") else "deny"
        yield Record(section="filter", values={"chain": "policies", "action": action}, line=row.line)
    for system, name in objects.entered_by:
        if (system, name) not in objects.zone_of:
            values = {"chain": "policies", "action": "permit", "from": name, "narrowed": "yes"}
            yield Record(section="filter", values=values, line=1)


def _policy_rows(policy: Record, objects: ZoneObjects) -> Iterator[Record]:
    system = system_of(policy)
    zones = [policy.values["from-zone"]] if "from-zone" in policy.values else listed(policy, "from-zones")
    target = policy.values.get("to-zone", "")
    base = {"chain": "policies", "action": policy.values.get("action", "")}
    if any(policy.values.get(key) for key in NARROWING) or system:
        base["narrowed"] = "yes"
    entered = [name for zone in zones for name in _entrances(zone, system, objects)] or [""]
    sources = objects.addresses.resolve(listed(policy, "source"), system, zones[0] if zones else "")
    targets = objects.addresses.resolve(listed(policy, "destination"), system, target)
    if targets is None and (target or policy.values.get("to-zones")):
        base["narrowed"] = "yes"  # whether the machine stands in that zone is not known
    parts = [p for name in listed(policy, "application") for p in objects.applications.parts(name, system)]
    for entrance in entered:
        for source in [""] if sources is None else sources:
            for address in [""] if targets is None else targets:
                for part in parts:
                    values = {"from": entrance, "source": source, "destination": address, **_of_part(part)}
                    kept = {key: value for key, value in values.items() if value}
                    yield Record(section="filter", values={**base, **kept}, line=policy.line)


def _entrances(zone: str, system: str, objects: ZoneObjects) -> list[str]:
    inside = [
        name for key, name in objects.entered_by if key == system and objects.zone_of.get((key, name)) == zone
    ]
    return ["" if zone == _EVERYWHERE else zone, *inside]


def _of_part(part: Part) -> dict[str, str]:
    if part.every:
        return {}
    return {
        "protocol": part.protocol,
        "ports": part.ports,
        "narrowed": "yes" if part.narrowed else "",
    }
