"""Objects that zone policies and NAT rules name: applications with their sets, address books with theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.extract.records import Record
from auditor.model.ports import PortRange, parse_ports

SIP_PORT = 5060
NARROWING = ("other", "scheduler-name")
_EVERYWHERE = "any"
_DEEPEST = 16
_EVERY_PROTOCOL = frozenset({"", "0", "any"})
_UDP = frozenset({"udp", "17"})
_ANY = frozenset({"any", "any-ipv4"})
_SIX = "any-ipv6"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that an application matches, as far as it is written; `known` False: the name is not defined here.

    `maybe_sip`: one that is not defined here may match UDP to the SIP port.
    """

    application: str
    record: Record | None = None
    known: bool = True
    maybe_sip: bool = True
    every: bool = False

    @property
    def protocol(self) -> str:
        """Return the protocol, `any` for all."""
        text = self._value("protocol").lower()
        return "any" if self.every or text in _EVERY_PROTOCOL else text

    @property
    def ports(self) -> str:
        """Return the destination ports as they are written, empty for all."""
        return self._value("destination-port")

    @property
    def narrowed(self) -> bool:
        """Tell whether it asks for more than protocol and destination port."""
        return not self.known or self._value("source-port") not in {"", "0-65535", "1-65535"}

    def catches_sip(self) -> bool:
        """Tell whether UDP to the SIP port can be one of its packets."""
        if not self.known:
            return self.maybe_sip
        if self.protocol not in {"any", *_UDP}:
            return False
        ranges = parse_ports(self.ports) if self.ports else (PortRange(1, 65535),)
        return ranges is not None and any(one.first <= SIP_PORT <= one.last for one in ranges)

    def _value(self, key: str) -> str:
        return self.record.values.get(key, "") if self.record else ""


@dataclass(frozen=True, slots=True)
class Predefined:
    """Applications that the system knows without a statement: how their names begin, and which may hold the SIP port."""

    begins: str = ""
    sip: frozenset[str] = frozenset()

    def maybe_sip(self, name: str) -> bool:
        """Tell whether an application that is not defined may match UDP to the SIP port."""
        return not self.begins or not name.startswith(self.begins) or name in self.sip


class Applications:
    """The applications and their sets, by system and name."""

    def __init__(self, records: Sequence[Record], predefined: Predefined) -> None:
        self._predefined = predefined
        self._own: dict[tuple[str, str], Record] = {}
        self._terms: dict[tuple[str, str], list[Record]] = {}
        self._sets: dict[tuple[str, str], list[str]] = {}
        for record in records:
            name = record.values.get("application", "")
            if record.section == "application":
                self._own[system_of(record), name] = record
            elif record.section == "application term":
                self._terms.setdefault((system_of(record), name), []).append(record)
            elif record.section == "application-set":
                members = listed(record, "member")
                self._sets[system_of(record), record.values.get("application-set", "")] = members

    def parts(self, name: str, system: str, depth: int = 0) -> Iterator[Part]:
        """Yield what an application, a set, or `any` matches."""
        key = (system, name)
        if name == "any":
            yield Part(name, every=True)
        elif key in self._sets and depth < _DEEPEST:
            for member in self._sets[key]:
                yield from self.parts(member, system, depth + 1)
        elif key in self._terms:
            yield from (Part(name, term) for term in self._terms[key])
        elif key in self._own and "protocol" in self._own[key].values:
            yield Part(name, self._own[key])
        else:
            maybe = self._predefined.maybe_sip(name)
            yield Part(name, self._own.get(key), known=False, maybe_sip=maybe)


class Addresses:
    """The address books, by system, book and name."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._books: dict[tuple[str, str, str], str] = {}
        self._sets: dict[tuple[str, str, str], list[str]] = {}
        self._of_zone: dict[tuple[str, str], list[str]] = {}
        for record in records:
            place = (system_of(record), record.values.get("book", ""))
            if record.section == "address":
                name = record.values.get("address", "")
                self._books[(*place, name)] = record.values.get("prefix") or name
            elif record.section == "address-set":
                self._sets[(*place, record.values.get("address-set", ""))] = listed(record, "member")
            elif record.section == "address-book":
                for zone in listed(record, "zone"):
                    self._of_zone.setdefault((place[0], zone), []).append(place[1])

    def resolve(self, names: Iterable[str], system: str, zone: str = "") -> list[str] | None:
        """Return the addresses behind names, None for all; a name that is not defined stays a name."""
        found: list[str] = []
        for name in names:
            if name in _ANY:
                return None
            if name != _SIX:
                found.extend(self._one(name, system, zone, 0))
        return list(dict.fromkeys(found))

    def _one(self, name: str, system: str, zone: str, depth: int) -> list[str]:
        books = [f"zone {zone}", *self._of_zone.get((system, zone), ()), "global"]
        for book in books:
            key = (system, book, name)
            if key in self._books:
                return [self._books[key]]
            if key in self._sets and depth < _DEEPEST:
                return [a for member in self._sets[key] for a in self._one(member, system, zone, depth + 1)]
        return [name]


class ZoneObjects:
    """Policies, rules and what they name."""

    def __init__(self, records: Sequence[Record], predefined: Predefined) -> None:
        self.applications = Applications(records, predefined)
        self.addresses = Addresses(records)
        self.policies = [r for r in records if r.section == "policy"]
        self._by_zones: dict[tuple[str, str, str], list[Record]] = {}
        for policy in self.policies:
            ends = (policy.values.get("from-zone", ""), policy.values.get("to-zone", ""))
            self._by_zones.setdefault((system_of(policy), *ends), []).append(policy)
        self.everywhere = [r for r in records if r.section == "global policy"]
        self.rule_sets = [r for r in records if r.section == "source rule-set"]
        self.rules = [r for r in records if r.section == "source rule"]
        self.default = [r for r in records if r.section == "default-policy"]
        self.zone_of = {
            (system_of(r), r.values.get("interface", "")): r.values.get("zone", "")
            for r in records
            if r.section == "zone interface"
        }
        self.entered_by = sorted(
            {
                (system_of(r), name)
                for r in records
                if r.section in {"destination rule-set", "static rule-set"}
                for key in ("from-interface", "from-instance")
                for name in listed(r, key)
            }
        )

    def zones(self, rule_set: Record, side: str) -> list[str]:
        """Return the zones of one side of a source NAT rule set; an interface without a zone gives none."""
        system = system_of(rule_set)
        zones = listed(rule_set, f"{side}-zone")
        zones += [self.zone_of.get((system, name), "") for name in listed(rule_set, f"{side}-interface")]
        return [zone for zone in dict.fromkeys(zones) if zone]

    def passes_rest(self, system: str) -> bool:
        """Tell whether a flow passes that no policy catches."""
        return any(system_of(row) == system and row.values.get("permit-all") for row in self.default)

    def between(self, system: str, source: str, target: str) -> Iterator[Record]:
        """Yield the policies that a flow between two zones meets, in order."""
        yield from self._by_zones.get((system, source, target), ())
        for policy in self.everywhere:
            if system_of(policy) == system and all(
                not zones or zone in zones or _EVERYWHERE in zones
                for zone, zones in (
                    (source, listed(policy, "from-zones")),
                    (target, listed(policy, "to-zones")),
                )
            ):
                yield policy


def system_of(record: Record) -> str:
    """Return the logical system or tenant of a record, empty for the device itself."""
    return record.values.get("@system", "")


def listed(record: Record, key: str) -> list[str]:
    """Return the members of the list that a key holds."""
    text = record.values.get(key, "")
    return text.split(", ") if text else []
