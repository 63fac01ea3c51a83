"""Port forwards: every destination NAT rule that a packet from outside can reach, one row per protocol and range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.extract.chains import Chains, Match, Step, Tangled, known_keys, value_of
from auditor.extract.filtering import Filter
from auditor.extract.view import Found, View
from auditor.model.facts import Answer, Fact, ForwardKind, Known, Missing, Origin, PortForward
from auditor.model.ports import ALL_PORTS, PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import ForwardTable, Profile


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
    action = found.record.values.get(table.fields.action, "") if table.fields.action else ""
    return action in table.actions


def _table(view: View, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
    """Yield the rows of a table; documents are walked apart, for each has its own chains."""
    for source in view.documents:
        rules = [f for f in view.records(table.section, table.only) if f.source is source]
        if not rules:
            continue
        chains = Chains(rules, table)
        judged = known_keys(table)
        for name in _entries(chains, table, whole=view.whole(source, table.section)):
            left: list[tuple[int, Match]] = []
            for step in chains.walk(name):
                if step.action in table.actions or not table.fields.action:
                    rows = _rows(step, table, gates)
                    yield from (_kept_away(row) for row in rows) if _is_missed(step, left) else rows
                elif (step.leaves or step.action in table.leave) and _is_certain(step, judged):
                    left.append((step.inside[-1] if step.leaves else step.inside[0], step.match))


def _is_certain(step: Step, judged: frozenset[str]) -> bool:
    """Tell whether a rule catches all that its match says, and not only a part."""
    values = step.found.record.values
    return step.enabled and not values.keys() - judged and not any(v.startswith("!") for v in values.values())


def _is_missed(step: Step, left: Sequence[tuple[int, Match]]) -> bool:
    """Tell whether every packet of a rule has left one of its chains before it."""
    return any(walk in step.inside and match.covers(step.match) for walk, match in left)


def _kept_away(forward: PortForward) -> PortForward:
    return replace(forward, permitted=Answer.NO)


def _entries(chains: Chains, table: ForwardTable, *, whole: bool) -> Iterator[str]:
    """Yield the chains that packets enter, and those of which a part of a table does not show who enters them."""
    if not table.start:
        yield ""
        return
    targets = chains.targets()
    starts = [name for name in chains.names() if name.partition(":")[0] in table.start]
    for name in chains.names():
        inner = name.partition(":")[0] not in table.builtin and name not in targets
        if name in starts or (inner and not (whole and starts)):
            yield name


def _rows(step: Step, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
    values, match = step.found.record.values, step.match
    inside_text = value_of(values, table.fields.internal_ports)
    inside = parse_ports(inside_text) if inside_text else ()
    if match.impossible or match.unreadable or inside is None:
        return
    outside = match.ports or (ALL_PORTS,)
    address = value_of(values, table.fields.internal_address)
    for index, ports in enumerate(outside):
        inner = inside[index] if len(inside) == len(outside) else inside[0] if inside else ports
        yield _forward(step, table, gates, ports, inner, address)


def _forward(
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
    )
    return _with_permission(forward, gates) if address is not None else forward


def _with_permission(forward: PortForward, gates: tuple[Filter, ...]) -> PortForward:
    answers = {gate.permits(forward) for gate in gates}
    if Answer.NO in answers:
        return replace(forward, permitted=Answer.NO)
    return replace(forward, permitted=Answer.YES if answers == {Answer.YES} else Answer.UNKNOWN)
