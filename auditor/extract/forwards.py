"""Port forwards: every destination NAT rule that a packet from outside can reach, one row per protocol and range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.extract.chains import Chains, Match, Step, Tangled, asks_more, value_of
from auditor.extract.filtering import Filter
from auditor.extract.found import Found, matches
from auditor.extract.view import View
from auditor.model.facts import Answer, Fact, ForwardKind, Known, Missing, Origin, PortForward
from auditor.model.ports import ALL_PORTS, PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import ForwardTable, Permission, Profile


def read_forwards(view: View, profile: Profile) -> tuple[tuple[PortForward, ...], Fact[bool]]:
    """Return the forwards in the order of the documents, and whether there can be no more."""
    rows: dict[tuple[object, ...], PortForward] = {}
    gap: Missing | None = None
    for table in profile.facts.port_forwards:
        gates = tuple(Filter(view, spec) for spec in profile.facts.filter)
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
        sides = (table.fields.external_ports, table.fields.internal_ports)
        held = (value_of(found.record.values, keys) for keys in sides)
        ports = next((text for text in held if text and parse_ports(text) is None), None)
        if ports and _translates(found, table):
            line = found.evidence()
            why = _("{document}, line {line}: the ports {ports!r} cannot be resolved").format(
                document=line.document, line=line.line, ports=ports[:40]
            )
            return Missing(what=what, why=why, ask=table.ask)
    absence = view.absence(table.section)
    return None if absence.known else Missing(what=what, why=absence.why, ask=table.ask)


def _translates(found: Found, table: ForwardTable) -> bool:
    if not table.fields.action:
        return True
    return found.record.values.get(table.fields.action, "") in table.actions


def _table(view: View, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
    """Yield the rows of a table; documents are walked apart, for each has its own chains."""
    for source in view.documents:
        rules = [f for f in view.records(table.section, table.only) if f.source is source]
        if not rules:
            continue
        chains = Chains(rules, table)
        for name, entered in _entries(chains, table, whole=view.whole(source, table.section)):
            left: list[_Left] = []
            for step in chains.walk(name):
                if step.action in table.actions or not table.fields.action:
                    arrives = _arrives(step, table, left) if entered else Answer.UNKNOWN
                    yield from (_as_it_arrives(row, arrives) for row in _rows(view, step, table, gates))
                elif (step.leaves or step.action in table.leave) and step.enabled:
                    walk = step.inside[-1] if step.leaves else step.inside[0]
                    left.append(_Left(walk, step.match, certain=not _in_doubt(step, table)))


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


def _rows(view: View, step: Step, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
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
        yield _forward(view, step, table, gates, ports, inner, address)


def _forward(
    view: View,
    step: Step,
    table: ForwardTable,
    gates: tuple[Filter, ...],
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
    if table.opens and matches(values, table.opens):
        return replace(forward, permitted=Answer.YES)
    named = _named(view, table.permission, values) if table.permission else None
    return _with_permission(forward, gates, named)


def _named(view: View, permission: Permission, values: Mapping[str, str]) -> Answer:
    """Return whether a statement that lets packets pass names the forward."""
    name = values.get(permission.by)
    here = [
        found.record.values
        for found in view.records(permission.section, permission.accept)
        if found.record.values.get(permission.key) == name
        and view.path_of(found) in {"", values.get(view.path_key, "")}
    ]
    if any(matches(row, permission.certain) for row in here):
        return Answer.YES
    return Answer.NO if not here and view.absence(permission.section).known else Answer.UNKNOWN


def _with_permission(forward: PortForward, gates: tuple[Filter, ...], named: Answer | None) -> PortForward:
    answers = {gate.permits(forward) for gate in gates} | ({named} if named else set())
    if Answer.NO in answers:
        return replace(forward, permitted=Answer.NO)
    return replace(forward, permitted=Answer.YES if answers == {Answer.YES} else Answer.UNKNOWN)
