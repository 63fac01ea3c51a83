"""Walks chains of rules as a packet does, jumps included, and keeps what every rule on the way demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from auditor.extract.found import Found, matches
from auditor.model.ports import ALL_PORTS, PortRange, intersect, parse_ports
from auditor.profiles.schema import FilterTable, ForwardFields, ForwardTable

_DEEPEST = 16
_MOST_WALKS = 20_000
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "132": "sctp", "all": "any", "": "any", "0": "any"}


class Tangled(Exception):
    """Chains jump to each other in more ways than can be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a packet must be; None where anything goes. `impossible`: two rules on the way exclude each other.

    `narrowed`: the rules ask for more than is told here, such as a second address on the way.
    """

    protocol: str = "any"
    address: str | None = None
    interface: str | None = None
    source: str | None = None
    ports: tuple[PortRange, ...] | None = None
    unreadable: str = ""
    impossible: bool = False
    narrowed: bool = False

    def and_also(self, other: Match) -> Match:
        """Return what satisfies both."""
        if self is _ANYTHING:
            return other
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
            narrowed=self.narrowed
            or other.narrowed
            or any(
                one is not None and two is not None and one != two
                for one, two in (
                    (self.address, other.address),
                    (self.interface, other.interface),
                    (self.source, other.source),
                )
            ),
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

    def excludes(self, other: Match, *, exact_interfaces: bool) -> bool:
        """Tell whether no packet has both, as far as that is certain; another exact name is another interface."""
        names = {self.interface, other.interface}
        if (
            exact_interfaces
            and len(names) > 1
            and not any(name is None or name[0] == "!" or name[-1] in "*+" for name in names)
        ):
            return True
        sides = (
            (self.address, other.address),
            (self.interface, other.interface),
            (self.source, other.source),
        )
        return self.and_also(other).impossible or any(
            one is not None and two is not None and (one == f"!{two}" or two == f"!{one}")
            for one, two in sides
        )


_ANYTHING = Match()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rule as a packet meets it: its own action and the match of the whole way to it; `jumps` led there.

    One that hands over for good (goto) comes once more, behind what it leads to, as one that leaves.
    """

    found: Found
    action: str
    match: Match
    enabled: bool
    jumps: tuple[Found, ...] = ()
    inside: tuple[int, ...] = (0,)  # the walks through chains that this one is in, the outermost first
    leaves: bool = False  # the innermost of them ends with this rule

    def rules(self) -> tuple[Mapping[str, str], ...]:
        """Return the values of every rule that a packet has to match."""
        return tuple(found.record.values for found in (*self.jumps, self.found))


def value_of(values: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """Return the first value that these keys hold, one without negation if there is one."""
    held = [value for key in keys if (value := values.get(key))]
    if len(held) < 2:  # noqa: PLR2004 - the usual case
        return held[0] if held else None
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
        narrowed=protocol.startswith("!"),
    )


def asks_more(
    values: Mapping[str, str], fields: ForwardFields, known: AbstractSet[str], exceptions: str = ""
) -> bool:
    """Tell whether a rule asks for more than `match_of` tells: by another key, or by a second one of the same kind.

    Values that start with `exceptions` leave something out of a wider match and do not count as a second one.
    """
    if not values.keys() <= known:
        return True
    for keys in (fields.external_address, fields.interface, fields.source, fields.external_ports):
        if len(keys) < 2:  # noqa: PLR2004 - no second one is possible
            continue
        held = [value for key in keys if (value := values.get(key))]
        if len(held) > 1 and keys is fields.external_ports:
            # A name beside the numbers that it stands for asks for nothing more.
            held = [text for text in held if parse_ports(text) is not None]
        if len(held) > 1 and sum(not (exceptions and value.startswith(exceptions)) for value in held) > 1:
            return True
    return False


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
        yield from self._walk(chain, _ANYTHING, (), (), ())

    def _walk(
        self,
        chain: str,
        match: Match,
        jumps: tuple[Found, ...],
        way: tuple[str, ...],
        outer: tuple[int, ...],
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
            here = match.and_also(match_of(values, self._fields))
            follows = action in self._jump | self._goto and bool(self._fields.jump_target)
            if follows:
                target = values.get(self._fields.jump_target or "", "")
                yield from self._walk(target, here, (*jumps, rule), (*way, chain), inside)
            if not follows or action in self._goto:
                yield Step(
                    found=rule,
                    action=action,
                    match=here,
                    enabled=not any(self._disabled(found) for found in (*jumps, rule)),
                    jumps=jumps,
                    inside=inside,
                    leaves=action in self._back | self._goto,
                )

    def _disabled(self, rule: Found) -> bool:
        return any(
            matches(rule.record.values, {key: wanted}) for key, wanted in self._fields.disabled.items()
        )
