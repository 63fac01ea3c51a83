"""UDP timers: what is stated, what holds by default, and which one governs a phone's flow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.extract.found import Found
from auditor.extract.versions import in_range
from auditor.extract.view import View
from auditor.model.durations import parse_seconds
from auditor.model.facts import (
    DefaultNote,
    Fact,
    Flow,
    Known,
    Missing,
    Origin,
    UdpTimer,
)
from auditor.model.ports import PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import USABLE, Default, Layer, Profile, Timer

SIP_PORT = 5060


@dataclass(frozen=True, slots=True)
class Placed:
    """A timer, or the reason why it is not known, at its place in the resolution order.

    `maybe`: it may or may not catch the phones. `path` is the one that it belongs to, empty for all. `ports`: only
    packets to these come under it.
    """

    spec: Timer
    timer: UdpTimer | Missing
    maybe: bool = False
    path: str = ""
    ports: tuple[PortRange, ...] | None = None


def read_timers(view: View, profile: Profile, version: str | None) -> tuple[Placed, ...]:
    """Return every timer of the profile, in its order."""
    placed: list[Placed] = []
    for spec in profile.facts.udp_timers:
        if spec.each:
            placed.extend(_rows(view, profile, spec, version))
        else:
            placed.append(_single(view, profile, spec, version))
    return tuple(placed)


def _single(view: View, profile: Profile, spec: Timer, version: str | None) -> Placed:
    found = view.setting(spec.section, spec.where, spec.key, spec.unset)
    if found:
        return Placed(spec, _stated(spec, found), path=view.path_of(found))
    absence = view.absence(spec.section)
    if absence.known and absence.by_default:
        return Placed(spec, _by_default(profile, spec, version))
    why = absence.why or _("it is not shown")
    if spec.no_default:
        why = f"{why}; {_(spec.no_default)}"
    return Placed(spec, Missing(what=spec.name, why=why, ask=spec.ask))


def _rows(view: View, profile: Profile, spec: Timer, version: str | None) -> Iterator[Placed]:
    """Yield a timer for every record: policies, services, port entries."""
    seen = False
    absence = view.absence(spec.section)
    for found in view.records(spec.section, spec.where):
        value = found.record.values.get(spec.key, "")
        if value in spec.unset and value:
            continue
        seen = True
        maybe = any(found.record.values.get(key) for key in spec.narrowed_by)
        if value:
            stated = _stated(spec, found)
        elif spec.whole and not absence.known:
            stated = Missing(what=_filled(spec.name, found), why=absence.why, ask=spec.ask)
        else:
            stated = _left_out(profile, spec, version, found)
        yield Placed(spec, stated, maybe, view.path_of(found), _ports(spec, found))
    for odd, source in view.not_understood(spec.section):
        seen = True
        why = source.doubt(odd)
        yield Placed(spec, Missing(what=_unfilled(spec.name), why=why, ask=spec.ask), maybe=True)
    if (not seen and absence.failed) or (spec.proven and not absence.known):
        yield Placed(spec, Missing(what=_unfilled(spec.name), why=absence.why, ask=spec.ask), maybe=True)


def _stated(spec: Timer, found: Found) -> UdpTimer | Missing:
    text = found.record.values[spec.key]
    evidence = found.evidence(spec.key)
    name = _filled(spec.name, found)
    never = text in spec.never
    seconds = None if never else _seconds(text, spec.unit)
    if seconds is None and not never:
        why = _("{document}, line {line} says {text!r}, which is not a duration").format(
            document=evidence.document, line=evidence.line, text=text[:40]
        )
        return Missing(what=name, why=why, ask=spec.ask)
    return UdpTimer(
        name=name,
        seconds=seconds,
        flow=spec.flow,
        scope=_filled(spec.scope, found),
        ports=_ports(spec, found),
        origin=Origin.CONFIGURED,
        evidence=evidence,
    )


def _left_out(profile: Profile, spec: Timer, version: str | None, found: Found) -> UdpTimer | Missing:
    """Return what holds where a record does not print this value: its default, if leaving it out means that."""
    name = _filled(spec.name, found)
    if not spec.defaults:
        why = _(spec.no_default) if spec.no_default else _("its value does not stand beside the rule")
        return Missing(what=name, why=why, ask=spec.ask)
    timer = _by_default(profile, spec, version)
    if isinstance(timer, Missing):
        return replace(timer, what=name)
    return replace(timer, name=name, scope=_filled(spec.scope, found), ports=_ports(spec, found))


def _ports(spec: Timer, found: Found) -> tuple[PortRange, ...] | None:
    text = found.record.values.get(spec.ports, "") if spec.ports else (spec.fixed_ports or "")
    return parse_ports(text) if text else None


def _filled(template: str, found: Found) -> str:
    """Put the record's values into a name such as `policy:{id}`; a key that is not there leaves nothing."""
    return template.format_map(_Blank(found.record.values)) if "{" in template else template


def _unfilled(template: str) -> str:
    """Return the name of a row that was not read: `ct timeout {name}` becomes `ct timeout`."""
    return " ".join(re.sub(r"\{[^}]*\}", "", template).split())


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _seconds(text: str, unit: str) -> int | None:
    seconds = parse_seconds(text)
    if seconds is None or not text.strip().isdigit():
        return seconds
    return {"minutes": seconds * 60, "milliseconds": seconds // 1000}.get(unit, seconds)


def _by_default(profile: Profile, spec: Timer, version: str | None) -> UdpTimer | Missing:
    """Return the documented default of this version; without a usable one it stays missing."""
    rows = possible_defaults(spec.defaults, version)
    if not rows:
        why = spec.no_default or _("no default is documented for this version")
        return Missing(what=spec.name, why=_(why), ask=spec.ask)
    doubtful = next((row for row in rows if row.confidence not in USABLE), None)
    if doubtful:
        why = _("its default is not proven ({confidence})").format(confidence=doubtful.confidence)
        return Missing(what=spec.name, why=why, ask=spec.ask)
    values = sorted({second for row in rows for second in row.seconds or ()})
    return UdpTimer(
        name=spec.name,
        seconds=values[0] if values else None,
        flow=spec.flow,
        scope=spec.scope,
        ports=parse_ports(spec.fixed_ports) if spec.fixed_ports else None,
        origin=Origin.DEFAULT,
        default=default_note(profile, rows),
        alternatives=tuple(values) if len(values) > 1 else (),
    )


def possible_defaults(rows: Sequence[Default], version: str | None) -> tuple[Default, ...]:
    """Return the defaults that can apply: those of the version, or all where the version is not known."""
    return tuple(row for row in rows if version is None or in_range(version, row.versions) is not False)


def default_note(profile: Profile, rows: Sequence[Default]) -> DefaultNote:
    """Return versions, source and confidence of one or several defaults."""
    several = len({row.seconds for row in rows}) > 1
    versions = "; ".join(
        f"{row.versions}: {'/'.join(map(str, row.seconds or ()))} s" if several else row.versions
        for row in rows
    )
    return DefaultNote(
        versions=versions,
        source="; ".join(dict.fromkeys(profile.sources[row.source] for row in rows)),
        confidence="; ".join(dict.fromkeys(row.confidence for row in rows)),
    )


def governing(
    placed: Sequence[Placed],
    layers: Mapping[str, Layer],
    flow: Flow,
    limit: int,
    gaps: Sequence[Missing] = (),
) -> Fact[UdpTimer]:
    """Return the timer that ends a phone's entry to UDP 5060 in this state of the flow.

    Inside a layer the most specific timer decides, or the smallest that can apply where the order is not documented;
    across layers the smaller one decides. A timer that may or may not catch the phones counts beside the next one.
    `gaps` are tables of which it is not known whether the device has them.
    """
    per_layer: list[Fact[UdpTimer]] = list(gaps)
    for layer, spec in layers.items():
        candidates = [p for p in placed if p.spec.layer == layer and _concerns(p, flow)]
        if candidates:
            per_layer.append(_in_layer(candidates, limit, documented=spec.order == "documented"))
    if not per_layer:
        return Missing(what=_("UDP timer"), why=_("this device's profile names none"))
    return worst(per_layer, limit)


def worst(facts: Sequence[Fact[UdpTimer]], limit: int) -> Fact[UdpTimer]:
    """Return the fact that decides where the smallest counts: one that fails for sure, else one that is not known."""
    known = [fact for fact in facts if isinstance(fact, Known)]
    smallest = min(known, key=_end, default=None)
    missing = next((fact for fact in facts if isinstance(fact, Missing)), None)
    if smallest is None or (missing and not _ends_before(smallest.value, limit)):
        return missing or Missing(what=_("UDP timer"), why=_("nothing shows one"))
    return smallest


def _end(fact: Known[UdpTimer]) -> float:
    return float("inf") if fact.value.seconds is None else fact.value.seconds


def _ends_before(timer: UdpTimer, limit: int) -> bool:
    return bool(timer.possible) and max(timer.possible) < limit


def _concerns(placed: Placed, flow: Flow) -> bool:
    if placed.spec.flow not in {Flow.ANY, flow} or not placed.spec.governs:
        return False
    ports = placed.ports if isinstance(placed.timer, Missing) else placed.timer.ports
    return ports is None or any(one.first <= SIP_PORT <= one.last for one in ports)


def _in_layer(candidates: Sequence[Placed], limit: int, *, documented: bool) -> Fact[UdpTimer]:
    ranks = sorted({placed.spec.rank for placed in candidates}) if documented else [None]
    chosen: list[Placed] = []
    for rank in ranks:
        here = [p for p in candidates if rank is None or p.spec.rank == rank]
        chosen.extend(here)
        if any(not placed.maybe for placed in here):
            break
    return worst([_fact(placed.timer) for placed in chosen], limit)


def _fact(timer: UdpTimer | Missing) -> Fact[UdpTimer]:
    if isinstance(timer, Missing):
        return timer
    return Known(value=timer, origin=timer.origin, evidence=timer.evidence, default=timer.default)


def listed(placed: Sequence[Placed]) -> tuple[tuple[UdpTimer, ...], tuple[Missing, ...]]:
    """Divide into timers that are known and those that are not; equal rows count once."""
    known = dict.fromkeys(p.timer for p in placed if isinstance(p.timer, UdpTimer))
    missing = dict.fromkeys(p.timer for p in placed if isinstance(p.timer, Missing) and not p.spec.optional)
    return tuple(known), tuple(missing)
