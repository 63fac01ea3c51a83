"""Walks chains of rules as a packet does, jumps included, and keeps what every rule on the way demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.extract.view import Found, matches
from auditor.model.ports import ALL_PORTS, PortRange, intersect, parse_ports
from auditor.profiles.schema import FilterTable, ForwardFields, ForwardTable

_DEEPEST = 16
_MOST_WALKS = 20_000
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "132": "sctp", "all": "any", "": "any", "0": "any"}


class Tangled(Exception):
    """Chains jump to each other in more ways than can be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a packet must be; None where anything goes. `impossible`: two rules on the way exclude each other."""

    protocol: str = "any"
    address: str | None = None
    interface: str | None = None
    source: str | None = None
    ports: tuple[PortRange, ...] | None = None
    unreadable: str = ""
    impossible: bool = False

    def and_also(self, other: Match) -> Match:
        """Return what satisfies both."""
        protocols = {self.protocol, other.protocol} - {"any"}
        ports = self.ports if other.ports is None else other.ports
        if self.ports is not None and other.ports is not None:
            ports = intersect(other.ports, self.ports)
        return Match(
            protocol=other.protocol if self.protocol == "any" else self.protocol,
            address=other.address or self.address,
            interface=other.interface or self.interface,
            source=other.source or self.source,
            ports=ports,
            unreadable=self.unreadable or other.unreadable,
            impossible=self.impossible or other.impossible or len(protocols) > 1 or ports == (),
        )

    def covers(self, other: Match) -> bool:
        """Tell whether every packet of the other match is one of this match, as far as that is certain."""
        return (
            not self.unreadable
            and not self.impossible
            and self.protocol in {"any", other.protocol}
            and all(
                mine in {None, theirs}
                for mine, theirs in (
                    (self.address, other.address),
                    (self.interface, other.interface),
                    (self.source, other.source),
                )
            )
            and (
                self.ports is None
                or all(any(mine.covers(one) for mine in self.ports) for one in other.ports or (ALL_PORTS,))
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rule as a packet meets it: its own action and the match of the whole way to it.

    One that hands over for good (goto) comes once more, behind what it leads to, as one that leaves.
    """

    found: Found
    action: str
    match: Match
    enabled: bool
    inside: tuple[int, ...] = (0,)  # the walks through chains that this one is in, the outermost first
    leaves: bool = False  # the innermost of them ends with this rule


def value_of(values: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """Return the first value that these keys hold, one without negation if there is one."""
    held = [values[key] for key in keys if values.get(key)]
    return next((value for value in held if not value.startswith("!")), held[0] if held else None)


def match_of(values: Mapping[str, str], fields: ForwardFields) -> Match:
    """Return what a rule demands of a packet."""
    ports_text = value_of(values, fields.external_ports)
    ports = parse_ports(ports_text) if ports_text else None
    protocol = (values.get(fields.protocol, "") if fields.protocol else "").lower()
    return Match(
        # Every protocol but one: read as all, which can only make a forward look wider than it is.
        protocol="any" if protocol.startswith("!") else _PROTOCOLS.get(protocol, protocol),
        address=value_of(values, fields.external_address),
        interface=value_of(values, fields.interface),
        source=value_of(values, fields.source),
        ports=ports,
        unreadable=ports_text or "" if ports_text and ports is None else "",
    )


def known_keys(spec: ForwardTable | FilterTable) -> frozenset[str]:
    """Return the keys of a record that are judged; any other one narrows what a rule catches."""
    fields = spec.fields
    single = (fields.chain, fields.action, fields.jump_target, fields.protocol)
    several = (
        fields.external_address, fields.interface, fields.source, fields.external_ports, fields.name,
        tuple(fields.disabled), spec.inert,
    )  # fmt: skip
    judged = {*spec.new_flows, *spec.translated} if isinstance(spec, FilterTable) else set[str]()
    return frozenset(key for key in single if key) | {key for keys in several for key in keys} | judged


class Chains:
    """The rules of one table, by chain."""

    def __init__(self, rules: Sequence[Found], spec: ForwardTable | FilterTable) -> None:
        self._fields = spec.fields
        self._jump, self._goto, self._back = frozenset(spec.jump), frozenset(spec.goto), frozenset(spec.back)
        self._walks = 0
        self._rules: dict[str, list[Found]] = {}
        for rule in rules:
            self._rules.setdefault(self._chain(rule), []).append(rule)

    def _chain(self, rule: Found) -> str:
        return rule.record.values.get(self._fields.chain, "") if self._fields.chain else ""

    def names(self) -> tuple[str, ...]:
        """Return the chains in which rules stand."""
        return tuple(self._rules)

    def targets(self) -> frozenset[str]:
        """Return the chains that some rule jumps to."""
        key = self._fields.jump_target or ""
        return frozenset(rule.record.values.get(key, "") for rules in self._rules.values() for rule in rules)

    def walk(self, chain: str) -> Iterator[Step]:
        """Yield the steps from a chain on, jumps followed where they stand; `Tangled` where that has no end."""
        self._walks = 0
        yield from self._walk(chain, Match(), True, (), ())

    def _walk(
        self, chain: str, match: Match, enabled: bool, way: tuple[str, ...], outer: tuple[int, ...]
    ) -> Iterator[Step]:
        if chain in way or len(way) > _DEEPEST:
            return
        inside = (*outer, self._walks)
        self._walks += 1
        if self._walks > _MOST_WALKS:
            raise Tangled
        for rule in self._rules.get(chain, ()):
            values = rule.record.values
            action = values.get(self._fields.action, "") if self._fields.action else ""
            on = enabled and not (
                bool(self._fields.disabled)
                and any(matches(values, {key: wanted}) for key, wanted in self._fields.disabled.items())
            )
            here = match.and_also(match_of(values, self._fields))
            jumps = action in self._jump | self._goto and bool(self._fields.jump_target)
            if jumps:
                target = values.get(self._fields.jump_target or "", "")
                yield from self._walk(target, here, on, (*way, chain), inside)
            if not jumps or action in self._goto:
                leaves = action in self._back | self._goto
                yield Step(found=rule, action=action, match=here, enabled=on, inside=inside, leaves=leaves)
