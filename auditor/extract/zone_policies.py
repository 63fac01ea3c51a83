"""What ordered policies between zones mean: which of them a phone's SIP flow can meet, and what each lets pass.

Three sections are derived from the records of a hierarchical config with zones:

    phones      for each way that phones can take (the zones of source NAT, else of every policy) the policies that
                may catch UDP to the SIP port, in order, up to the first that catches it for certain. `state` is
                `stated` (it has a timer of its own), `predefined` (its application is not defined here), `doubtful`
                (whether it is met cannot be told, and with it what holds behind it) or `way` (the way itself);
                `maybe` says that a row may not be met.
    filter      every policy as rows of protocol, ports and addresses, for forwards
    forward     every rule of destination and static NAT beside its pool (see `auditor.extract.zone_nat`)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from auditor.extract.records import NotUnderstood, Record
from auditor.extract.zone_filter import filter_rows
from auditor.extract.zone_nat import forward_rows
from auditor.extract.zone_objects import NARROWING, Part, Predefined, ZoneObjects, listed, system_of

FORWARDS = ("forward",)
LOOKED_UP = ("phones", "filter", *FORWARDS)
_APPLICATIONS = {
    "application": "application",
    "application term": "application",
    "application-set": "application-set",
}
_DEFAULT_SECONDS = (
    60  # of UDP without a timer of its own: what lies above it cannot be told where it may be met
)
_NAMING = frozenset({"policy", "global policy", "application-set"})
_TIMER = ("inactivity-timeout", "term")
_MOST_ROWS = 100_000


def look_up(records: Sequence[Record], predefined: Predefined) -> tuple[list[Record], list[NotUnderstood]]:
    """Return the derived records, and what could not be derived."""
    objects = ZoneObjects(records, predefined)
    derived = [*_phones(objects), *forward_rows(records, objects.addresses)]
    derived += _predefined(records)
    doubts: list[NotUnderstood] = []
    for row in filter_rows(objects):
        if len(derived) > _MOST_ROWS:
            doubts.append(NotUnderstood(section="filter", line=row.line, why="policies"))
            break
        derived.append(row)
    return derived, doubts


@dataclass(slots=True)
class _Walk:
    """One way through the policies, with what may hold on it.

    `plain`: a policy without a timer may be met. `settled`: one that lets pass is met for certain. `doubt`: the policy
    at which it cannot be told whether a timer or the default holds.
    """

    base: dict[str, str]
    rows: list[Record] = field(default_factory=list)
    plain: bool = False
    settled: bool = False
    doubt: Record | None = None

    def add(self, policy: Record, part: Part, *, sure: bool) -> None:
        """Add a policy's application that has a timer, or may have one."""
        own = {"policy": policy.values.get("policy", ""), "application": part.application}
        own |= {} if sure else {"maybe": "yes"}
        line = policy.line
        if part.known and part.record:
            own |= {key: part.record.values[key] for key in _TIMER if key in part.record.values}
            own |= {"ports": part.ports} if part.ports else {}
            line = part.record.line_of("inactivity-timeout")
        state = "stated" if part.known else "predefined"
        self.rows.append(Record(section="phones", values={**self.base, **own, "state": state}, line=line))

    @property
    def longer(self) -> bool:
        """Tell whether a timer that may hold is longer than the default, or not known."""
        return any(_longer(row.values.get("inactivity-timeout", "")) for row in self.rows)

    def finish(self, last: Record | None) -> None:
        """Judge what is left: what no later policy lets pass has the timers that were seen, or is no flow at all."""
        if self.settled:
            return
        if not self.plain:
            sure = [{key: value for key, value in row.values.items() if key != "maybe"} for row in self.rows]
            self.rows = [replace(row, values=v) for row, v in zip(self.rows, sure, strict=True)]
        elif self.longer:
            self.doubt = last


def settled(records: Sequence[Record]) -> bool:
    """Tell whether no application that a policy may mean stands at the end of a text, where more of it may follow."""
    unsure = {
        record.values.get(_APPLICATIONS[record.section], "")
        for record in records
        if record.section in _APPLICATIONS and "@last" in record.values
    }
    named = (
        (record, key) for record in records for key in ("application", "member") if record.section in _NAMING
    )
    return not unsure or not any(unsure & set(listed(record, key)) for record, key in named)


def _phones(objects: ZoneObjects) -> Iterator[Record]:
    for system, source, target, line in _ways(objects):
        path = f"{system}:{source}>{target}" if system else f"{source}>{target}"
        base = {"path": path, "from-zone": source, "to-zone": target}
        if system:
            base["@system"] = system
        policies = [p for p in objects.between(system, source, target) if p.values.get("action")]
        walk = _Walk(base)
        yield Record(section="phones", values={**base, **_way(policies, objects), "state": "way"}, line=line)
        stopped = any(_meet(walk, policy, objects) for policy in policies)
        if not stopped and objects.passes_rest(system):
            walk.plain = True  # what no policy catches passes, and has the default
        walk.finish(policies[-1] if policies else None)
        yield from walk.rows
        if walk.doubt:
            values = {**base, "policy": walk.doubt.values.get("policy", ""), "state": "doubtful"}
            yield Record(section="phones", values=values, line=walk.doubt.line)


def _ways(objects: ZoneObjects) -> list[tuple[str, str, str, int]]:
    """Return system, zones and line of each way that phones can take."""
    translating = {
        (system_of(rule), rule.values.get("rule-set"))
        for rule in objects.rules
        if rule.values.get("action") not in {None, "off"} and not rule.values.get("@inactive")
    }
    ways: dict[tuple[str, str, str], int] = {}
    for rules in objects.rule_sets:
        system = system_of(rules)
        if (system, rules.values.get("rule-set")) in translating:
            for source in objects.zones(rules, "from"):
                for target in objects.zones(rules, "to"):
                    ways.setdefault((system, source, target), rules.line)
    if not ways:
        for policy in objects.policies:
            ends = (policy.values.get("from-zone", ""), policy.values.get("to-zone", ""))
            ways.setdefault((system_of(policy), *ends), policy.line)
    return [(*way, line) for way, line in ways.items()]


def _way(policies: Sequence[Record], objects: ZoneObjects) -> dict[str, str]:
    """Return what a template has to know: the first policy, and whether one lets everything pass."""
    found = {"first": policies[0].values.get("policy", "")} if policies else {}
    if policies and policies[0].section != "policy":
        found = {}
    names = ",".join(p.values.get("policy", "") for p in policies)
    everything = any(
        _certain(p) and p.values.get("action") == "permit" and _all(p, objects) for p in policies
    )
    return {**found, "policies": names, **({"open": "yes"} if everything else {})}


def _all(policy: Record, objects: ZoneObjects) -> bool:
    system = system_of(policy)
    return any(
        part.every
        for name in listed(policy, "application")
        for part in objects.applications.parts(name, system)
    )


def _certain(policy: Record) -> bool:
    """Tell whether every phone and every telephone system is meant."""
    ends = (listed(policy, "source"), listed(policy, "destination"))
    return all({"any", "any-ipv4"} & set(names) for names in ends) and not any(
        policy.values.get(key) for key in NARROWING
    )


def _meet(walk: _Walk, policy: Record, objects: ZoneObjects) -> bool:
    """Take in a policy; tell whether it catches a phone's flow for certain, so that no later one is asked."""
    system = system_of(policy)
    parts = [
        part
        for name in listed(policy, "application")
        for part in objects.applications.parts(name, system)
        if part.catches_sip()
    ]
    sure = _certain(policy) and any(not part.narrowed for part in parts)
    if policy.values.get("action") != "permit" or not parts:
        return sure
    bare = [part for part in parts if part.known and not _timeout(part)]
    for part in parts:
        if part not in bare:
            walk.add(policy, part, sure=sure and not bare and not part.narrowed)
    if (bare and sure and walk.longer) or (walk.plain and sure and not bare):
        walk.doubt = policy
    walk.plain |= bool(bare)
    walk.settled = sure
    return sure


def _timeout(part: Part) -> str:
    return part.record.values.get("inactivity-timeout", "") if part.record else ""


def _longer(timeout: str) -> bool:
    return not timeout.isdigit() or int(timeout) > _DEFAULT_SECONDS


def _predefined(records: Sequence[Record]) -> Iterator[Record]:
    """Yield what predefined applications say about UDP to the SIP port."""
    own = [r for r in records if r.section == "predefined application"]
    terms = [r for r in records if r.section == "predefined term"]
    with_terms = {r.values.get("application") for r in terms}
    for record in [r for r in own if r.values.get("application") not in with_terms] + terms:
        part = Part(record.values.get("application", ""), record)
        if part.catches_sip():
            yield Record(section="predefined sip", values=record.values, line=record.line, lines=record.lines)
