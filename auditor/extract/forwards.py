"""Port forwards: every destination NAT rule that a packet from outside can reach, one row per protocol and range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.extract.chains import Chains, Match, Step, Tangled, asks_more, value_of
from auditor.extract.conditions import evaluate
from auditor.extract.filtering import Filter
from auditor.extract.found import Found, matches
from auditor.extract.permission import NamedBy
from auditor.extract.view import View
from auditor.model.facts import Answer, Fact, ForwardKind, Known, Missing, Origin, PortForward
from auditor.model.ports import ALL_PORTS, PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import ForwardTable, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gates:
    """What decides whether a forward's packets pass."""

    filters: tuple[Filter, ...]
    named: NamedBy | None

    def permit(self, forward: PortForward, values: Mapping[str, str]) -> Answer:
        answers = {gate.permits(forward) for gate in self.filters}
        if self.named:
            answers.add(self.named.permits(values))
        if Answer.NO in answers:
            return Answer.NO
        return Answer.YES if answers == {Answer.YES} else Answer.UNKNOWN


def read_forwards(
    view: View, profile: Profile, versions: Mapping[str, str]
) -> tuple[tuple[PortForward, ...], Fact[bool]]:
    """Return the forwards in the order of the documents, and whether there can be no more."""
    rows: dict[tuple[object, ...], PortForward] = {}
    gap: Missing | None = None
    filters = tuple(Filter(view, spec) for spec in profile.facts.filter)
    for table in profile.facts.port_forwards:
        if evaluate(table.when, view, versions).holds is False:
            continue
        gates = _Gates(
            filters=filters if table.filtered else (),
            named=NamedBy(view, table.permission, versions) if table.permission else None,
        )
        try:
            for forward in _table(view, table, gates):
                _keep(rows, forward)
        except Tangled:
            why = _("the chains jump to each other in more ways than can be followed")
            gap = gap or Missing(what=_("port forwards"), why=why, ask=table.ask)
        gap = gap or _gap(view, table)
    complete: Fact[bool] = gap or Known(value=True, origin=Origin.CONFIGURED)
    return tuple(rows.values()), complete


def _keep(rows: dict[tuple[object, ...], PortForward], forward: PortForward) -> None:
    """Add a row that is not there yet.

    The same rule shows in two listings where one tool prints what another one wrote, and twice in one where chains
    lead to it on two ways: then the way that arrives counts.
    """
    key = (
        forward.kind,
        forward.protocol,
        forward.external_address,
        forward.interface,
        forward.source,
        forward.external_ports,
        forward.internal_address,
        forward.internal_ports,
        forward.enabled,
    )
    previous = rows.get(key)
    if previous is None or (previous.evidence == forward.evidence and previous.permitted is Answer.NO):
        rows[key] = forward
    elif previous.evidence != forward.evidence and previous.evidence.document == forward.evidence.document:
        rows[(*key, forward.evidence.line)] = forward


def _gap(view: View, table: ForwardTable) -> Missing | None:
    what = _("port forwards")
    odd = next(view.not_understood(table.section), None)
    if odd:
        return Missing(what=what, why=odd[1].doubt(odd[0]), ask=table.ask)
    for found in view.records(table.section, table.only):
        ports = next(_unreadable(found, table), None)
        if ports and _translates(found, table):
            line = found.evidence()
            why = _("{document}, line {line}: the ports {ports!r} cannot be resolved").format(
                document=line.document, line=line.line, ports=ports[:40]
            )
            return Missing(what=what, why=why, ask=table.ask)
    absence = view.absence(table.section)
    return None if absence.known else Missing(what=what, why=absence.why, ask=table.ask)


def _unreadable(found: Found, table: ForwardTable) -> Iterator[str]:
    for keys in (table.fields.external_ports, table.fields.internal_ports):
        ports = value_of(found.record.values, keys)
        if ports and parse_ports(ports) is None:
            yield ports


def _translates(found: Found, table: ForwardTable) -> bool:
    if not table.fields.action:
        return True
    return found.record.values.get(table.fields.action, "") in table.actions


def _table(view: View, table: ForwardTable, gates: _Gates) -> Iterator[PortForward]:
    """Yield the rows of a table; documents are walked apart, for each has its own chains."""
    for source in view.documents:
        rules = [f for f in view.records(table.section, table.only) if f.source is source]
        if not rules:
            continue
        chains = Chains(rules, table)
        for name, entered in _entries(chains, table, whole=view.whole(source, table.section)):
            left: list[_Left] = []
            for step in chains.walk(name):
                if _elsewhere(step.found, table):
                    continue
                if step.action in table.actions or not table.fields.action:
                    arrives = _arrives(step, table, left) if entered else Answer.UNKNOWN
                    yield from (_as_it_arrives(row, arrives) for row in _rows(view, step, table, gates))
                elif (step.leaves or step.action in table.leave) and step.enabled:
                    walk = step.inside[-1] if step.leaves else step.inside[0]
                    left.append(_Left(walk, step.match, certain=not _in_doubt(step, table)))


def _elsewhere(found: Found, table: ForwardTable) -> bool:
    return any(
        re.search(pattern, found.record.values.get(key, "")) for key, pattern in table.shown_elsewhere.items()
    )


@dataclass(frozen=True, slots=True)
class _Left:
    """A rule that takes packets out of a walk before those that follow; `certain`: all that its match says."""

    walk: int
    match: Match
    certain: bool


def _arrives(step: Step, table: ForwardTable, left: Sequence[_Left]) -> Answer:
    """Tell whether the packets that a forward names come to its rule."""
    before = [one for one in left if one.walk in step.inside]
    if any(one.certain and one.match.covers(step.match) for one in before):
        return Answer.NO
    doubtful = _in_doubt(step, table, exceptions="!") or any(
        not one.match.excludes(step.match, exact_interfaces=table.exact_interfaces) for one in before
    )
    return Answer.UNKNOWN if doubtful and table.inert else Answer.YES


def _in_doubt(step: Step, table: ForwardTable, exceptions: str = "") -> bool:
    """Tell whether a rule, or a jump to it, asks for more than its match tells."""
    known = table.fields.keys() | set(table.inert)
    more = any(asks_more(values, table.fields, known, exceptions) for values in step.rules())
    return more or step.match.narrowed or (not exceptions and _has_exception(step))


def _has_exception(step: Step) -> bool:
    return any(value.startswith("!") for values in step.rules() for value in values.values())


def _as_it_arrives(forward: PortForward, arrives: Answer) -> PortForward:
    if arrives is Answer.YES or forward.permitted is Answer.NO:
        return forward
    return replace(forward, permitted=arrives)


def _entries(chains: Chains, table: ForwardTable, *, whole: bool) -> Iterator[tuple[str, bool]]:
    """Yield the chains that packets enter, and those of which a part of a table does not show who enters them."""
    if not table.start:
        yield "", True
        return
    targets = chains.targets()
    starts = [name for name in chains.names() if name.partition(":")[0] in table.start]
    for name in chains.names():
        inner = name.partition(":")[0] not in table.builtin and name not in targets
        if name in starts or (inner and not (whole and starts)):
            yield name, name in starts


def _rows(view: View, step: Step, table: ForwardTable, gates: _Gates) -> Iterator[PortForward]:
    values, match = step.found.record.values, step.match
    inside_text = value_of(values, table.fields.internal_ports)
    inside = parse_ports(inside_text) if inside_text else ()
    if match.impossible or match.unreadable or inside is None:
        return
    outside = match.ports or (ALL_PORTS,)
    address = value_of(values, table.fields.internal_address)
    kind = table.actions.get(step.action)
    if address is None and not inside_text and kind not in {None, ForwardKind.REDIRECT}:
        return  # it names neither a machine nor a port: half of a pair that follows what goes out
    for index, ports in enumerate(outside):
        inner = inside[index] if len(inside) == len(outside) else inside[0] if inside else ports
        if table.ports_shift:
            inner = _shifted(inner, ports)
        yield _forward(view, step, table, gates, ports, inner, address)


def _shifted(inside: PortRange, outside: PortRange) -> PortRange:
    """Return the range that starts at a single internal port; all ports to one port is no range that shifts."""
    last = inside.first + outside.size - 1
    if inside.size > 1 or outside == ALL_PORTS or last > ALL_PORTS.last:
        return inside
    return PortRange(inside.first, last)


def _forward(
    view: View,
    step: Step,
    table: ForwardTable,
    gates: _Gates,
    outside: PortRange,
    inside: PortRange,
    address: str | None,
) -> PortForward:
    match, values = step.match, step.found.record.values
    kind = table.actions.get(step.action, ForwardKind.PORT_FORWARD)
    if address is None:
        kind = ForwardKind.REDIRECT
    elif kind is ForwardKind.PORT_FORWARD and match.protocol == "any" and outside == ALL_PORTS:
        kind = ForwardKind.STATIC_NAT
    forward = PortForward(
        name=value_of(values, table.fields.name) or f"{match.protocol} {outside}",
        kind=kind,
        protocol=match.protocol,
        external_address=match.address or table.local_address,
        interface=match.interface,
        source=match.source or "any",
        external_ports=outside,
        internal_address=address or table.router_address,
        internal_ports=inside,
        enabled=step.enabled,
        permitted=Answer.UNKNOWN,
        evidence=step.found.evidence(),
        action=step.action,
    )
    if address is None:
        return forward
    if any(matches(values, {key: wanted}) for key, wanted in table.passes.items()):
        return replace(forward, permitted=Answer.YES)
    switches = gates.named.switches(values) if gates.named else ()
    return replace(
        forward,
        source=(gates.named and match.source is None and gates.named.source(values)) or forward.source,
        permitted=gates.permit(forward, values),
        path=view.path_of(step.found),
        switches=switches,
    )
