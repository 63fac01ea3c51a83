"""UDP timers: what is stated, what holds by default, and which one governs a phone's flow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.extract.conditions import evaluate
from auditor.extract.found import Found, matches
from auditor.extract.versions import in_range
from auditor.extract.view import View
from auditor.model.durations import parse_seconds
from auditor.model.facts import (
    DefaultNote,
    Missing,
    Origin,
    UdpTimer,
)
from auditor.model.ports import PortRange, parse_ports
from auditor.model.text import _
from auditor.profiles.schema import USABLE, Default, Profile, Timer

_EVERYWHERE = "global"


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
        return Placed(spec, _stated(view, spec, found), path=view.path_of(found))
    if any(row.when for row in spec.defaults):
        return Placed(spec, _by_setting(view, profile, spec, version))
    absence = view.absence(spec.section)
    if absence.known and absence.by_default:
        return Placed(spec, _by_default(profile, spec, version))
    why = absence.why or _("it is not shown")
    if spec.no_default:
        why = f"{why}; {_(spec.no_default)}"
    return Placed(spec, Missing(what=spec.name, why=why, ask=spec.ask))


def _by_setting(view: View, profile: Profile, spec: Timer, version: str | None) -> UdpTimer | Missing:
    """Return the default that another setting chooses: what that one states counts, in a fragment, too."""
    answers = [
        (row, evaluate(row.when, view, {"version": version} if version else {})) for row in spec.defaults
    ]
    rows = tuple(row for row, answer in answers if answer.holds)
    doubt = next((answer.why for _row, answer in answers if answer.holds is None), "")
    if doubt and not rows:
        return Missing(what=spec.name, why=doubt, ask=spec.ask)
    return _by_default(profile, spec.model_copy(update={"defaults": rows}), version)


def _rows(view: View, profile: Profile, spec: Timer, version: str | None) -> Iterator[Placed]:
    """Yield a timer for every record: policies, services, port entries."""
    seen = False
    for found in _in_order(view, spec):
        value = found.record.values.get(spec.key, "")
        if value in spec.unset and value:
            continue
        seen = True
        maybe = any(found.record.values.get(key) for key in spec.narrowed_by)
        stated = _stated(view, spec, found) if value else _left_out(view, profile, spec, version, found)
        yield Placed(spec, stated, maybe, view.path_of(found), _ports(spec, found))
    for odd, source in view.not_understood(spec.section):
        seen = True
        why = source.doubt(odd)
        yield Placed(spec, Missing(what=_unfilled(spec.name), why=why, ask=spec.ask), maybe=True)
    absence = view.absence(spec.section)
    hidden = (spec.proven or (spec.needs_whole and view.covers(spec.section))) and not absence.known
    if hidden or (not seen and absence.failed):
        yield Placed(spec, Missing(what=_unfilled(spec.name), why=absence.why, ask=spec.ask), maybe=True)


def _stated(view: View, spec: Timer, found: Found) -> UdpTimer | Missing:
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
        scope=_scope(spec, found),
        ports=_ports(spec, found),
        origin=Origin.CONFIGURED,
        evidence=evidence,
        path=view.path_of(found),
        row=_filled(spec.row, found),
    )


def _in_order(view: View, spec: Timer) -> Iterator[Found]:
    """Yield the records of a timer; of a list that is searched in order only those that can be reached."""
    closed: set[str] = set()
    for found in view.records(spec.section, spec.where):
        how, values = spec.first_match, found.record.values
        if how is not None:
            name = values.get(how.within, "")
            if name in closed or any(matches(values, where) for where in how.never):
                continue
            if any(matches(values, where) for where in how.surely):
                closed.add(name)
        yield found


def _left_out(
    view: View, profile: Profile, spec: Timer, version: str | None, found: Found
) -> UdpTimer | Missing:
    """Return what holds where a record does not print this value: its default, if leaving it out means that."""
    name = _filled(spec.name, found)
    absence = view.absence(spec.section)
    if (
        spec.left_out or spec.proven
    ) and not absence.known:  # the text may have been cut in the middle of the record
        return Missing(what=name, why=absence.why, ask=spec.ask)
    if not spec.defaults or not matches(found.record.values, spec.left_out):
        why = _(spec.no_default) if spec.no_default else _("its value does not stand beside the rule")
        return Missing(what=name, why=why, ask=spec.ask)
    timer = _by_default(profile, spec, version)
    if isinstance(timer, Missing):
        return replace(timer, what=name)
    return replace(
        timer,
        name=name,
        scope=_scope(spec, found),
        ports=_ports(spec, found),
        path=view.path_of(found),
        row=_filled(spec.row, found),
    )


def _ports(spec: Timer, found: Found) -> tuple[PortRange, ...] | None:
    text = found.record.values.get(spec.ports, "") if spec.ports else (spec.fixed_ports or "")
    return parse_ports(text) if text else None


def _scope(spec: Timer, found: Found) -> str:
    """Return the scope with the record's values; one that names a part of an undivided device is all of it."""
    scope = _filled(spec.scope, found)
    return _EVERYWHERE if scope.endswith(":") else scope


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


def listed(placed: Sequence[Placed]) -> tuple[tuple[UdpTimer, ...], tuple[Missing, ...]]:
    """Divide into timers that are known and those that are not; a row that a second document shows as well counts once."""
    known: dict[UdpTimer, None] = {}
    first: dict[UdpTimer, str] = {}
    for timer in (p.timer for p in placed if isinstance(p.timer, UdpTimer)):
        document = timer.evidence.document if timer.evidence else ""
        if first.setdefault(replace(timer, evidence=None), document) == document:
            known[timer] = None
    missing = dict.fromkeys(p.timer for p in placed if isinstance(p.timer, Missing) and not p.spec.optional)
    return tuple(known), tuple(missing)
