"""Port forwards: every destination NAT rule that a packet from outside can reach, one row per protocol and range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.extract.chains import Chains, Step, value_of
from auditor.extract.filtering import Filter
from auditor.extract.view import Found, View, matches
from auditor.model.facts import Answer, Fact, ForwardKind, Known, Missing, Origin, PortForward
from auditor.model.ports import ALL_PORTS, PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import ForwardTable, Permission, Profile


def read_forwards(view: View, profile: Profile) -> tuple[tuple[PortForward, ...], Fact[bool]]:
    """Return the forwards in the order of the documents, and whether there can be no more."""
    rows: dict[tuple[object, ...], PortForward] = {}
    gap: Missing | None = None
    read = {source.document.kind for source in view.documents}
    gates = tuple(Filter(view, spec) for spec in profile.facts.filter)
    for table in (table for table in profile.facts.port_forwards if table.unless not in read):
        for forward in _table(view, table, gates):
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
            # The same rule shows in two listings where one tool prints what another one wrote.
            previous = rows.get(key)
            if previous is None or previous.evidence.document == forward.evidence.document:
                rows[(*key, forward.evidence.line) if previous else key] = forward
        gap = gap or _gap(view, table)
    complete: Fact[bool] = gap or Known(value=True, origin=Origin.CONFIGURED)
    return tuple(rows.values()), complete


def _gap(view: View, table: ForwardTable) -> Missing | None:
    what = _("port forwards")
    odd = next(view.not_understood(table.section), None)
    if odd:
        line = odd[1].evidence(odd[0].line)
        why = _("{document}, line {line} was not understood: {text}").format(
            document=line.document, line=line.line, text=odd[0].why
        )
        return Missing(what=what, why=why, ask=table.ask)
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


def _table(view: View, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
    """Yield the rows of a table; documents are walked apart, for each has its own chains."""
    for source in view.documents:
        rules = [f for f in view.records(table.section, table.only) if f.source is source]
        if not rules:
            continue
        chains = Chains(rules, table.fields, table.jump)
        for step in _steps(chains, table):
            if step.action in table.actions or not table.fields.action:
                yield from _rows(view, step, table, gates)


def _steps(chains: Chains, table: ForwardTable) -> Iterator[Step]:
    """Yield the steps from every entry chain, and from chains of which the text does not show who enters them."""
    if not table.start:
        yield from chains.walk("")
        return
    targets = chains.targets()
    for name in chains.names():
        base = name.partition(":")[0]
        if base in table.start or (base not in table.builtin and name not in targets):
            yield from chains.walk(name)


def _rows(view: View, step: Step, table: ForwardTable, gates: tuple[Filter, ...]) -> Iterator[PortForward]:
    values, match = step.found.record.values, step.match
    if match.impossible or match.unreadable or any(_unreadable(step.found, table)):
        return
    outside = match.ports or (ALL_PORTS,)
    inside_text = value_of(values, table.fields.internal_ports)
    inside = (parse_ports(inside_text) or ()) if inside_text else ()
    address = value_of(values, table.fields.internal_address)
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
    if address is None:
        return forward
    if any(matches(values, {key: wanted}) for key, wanted in table.passes.items()):
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
