"""Rules of destination and static NAT, each beside the pool and the addresses that it names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from auditor.extract.records import Record
from auditor.extract.zone_objects import Addresses, listed, system_of

_MOST_ROWS = 20_000


def forward_rows(records: Sequence[Record], addresses: Addresses) -> Iterator[Record]:
    """Yield a row for each rule, outside address, protocol and entrance, in the order of the rules."""
    pools = {(system_of(r), r.values.get("pool", "")): r for r in records if r.section == "destination pool"}
    rows = 0
    for rule in records:
        if rule.section not in {"destination rule", "static rule"} or not rule.values.get("action"):
            continue
        inside = (
            _of_pool(pools.get((system_of(rule), rule.values.get("pool", ""))), rule)
            if rule.section == "destination rule"
            else _of_prefix(rule, addresses)
        )
        for values in _outside(rule, addresses):
            rows += 1
            if rows > _MOST_ROWS:
                odd = {**values, "ports": "too many rows"}
                yield Record(section="forward", values={**odd, **inside}, line=rule.line)
                return
            yield Record(section="forward", values={**values, **inside}, line=rule.line)


def _of_pool(pool: Record | None, rule: Record) -> dict[str, str]:
    if rule.values.get("action") == "off":
        return {}
    if pool is None:
        return {"inside": rule.values.get("pool", "?")}
    address, last = pool.values.get("address", ""), pool.values.get("last", "")
    inside = f"{address}-{last}" if last else address
    found = {"inside": inside or rule.values.get("pool", "?"), "inside ports": pool.values.get("port", "")}
    return {key: value for key, value in found.items() if value}


def _of_prefix(rule: Record, addresses: Addresses) -> dict[str, str]:
    name = rule.values.get("prefix-name", "")
    named = addresses.resolve([name], system_of(rule)) if name else None
    prefix = rule.values.get("prefix") or ", ".join(named or ())
    found = {"inside": prefix or "?", "inside ports": rule.values.get("mapped-port", "")}
    return {key: value for key, value in found.items() if value}


def _outside(rule: Record, addresses: Addresses) -> Iterator[dict[str, str]]:
    """Yield what a packet must be for the rule: one row for each combination of what its lists hold."""
    system = system_of(rule)
    ends = [*listed(rule, "destination-address")]
    ends = ends or addresses.resolve(listed(rule, "destination-name"), system) or [""]
    sources = addresses.resolve([*listed(rule, "source-address"), *listed(rule, "source-name")], system)
    entrances = [n for key in ("from-zone", "from-interface", "from-instance") for n in listed(rule, key)]
    base = {
        "rule": f"rule-set {rule.values.get('rule-set', '')} rule {rule.values.get('rule', '')}",
        "action": rule.values["action"] if rule.section == "destination rule" else "static-nat",
        "ports": rule.values.get("destination-port", ""),
        "source": ", ".join(sources or ()),
        "other": rule.values.get("other", "") or (f"@system {system}" if system else ""),
        "@inactive": rule.values.get("@inactive", ""),
    }
    for end, protocol, entrance in itertools.product(
        ends, listed(rule, "protocol") or [""], entrances or [""]
    ):
        values = {**base, "outside": end, "protocol": protocol, "from": entrance}
        yield {key: value for key, value in values.items() if value}
