"""UDP timers as rules see them: which of them decide, whether they are too short, and how they read."""

from __future__ import annotations

from auditor.model.audit import AuditOptions, RaiseUdpTimers
from auditor.model.facts import Answer, DefaultNote, Fact, Facts, Known, Origin, Path, UdpTimer
from auditor.model.text import _


def too_short(fact: Fact[UdpTimer], limit: int) -> bool:
    """Tell whether a timer ends entries too early with every value that it can have."""
    possible = _possible(fact)
    return bool(possible) and max(possible) < limit


def may_be_too_short(fact: Fact[UdpTimer], limit: int) -> bool:
    """Tell whether a timer ends entries too early with one of the values that it can have."""
    possible = _possible(fact)
    return bool(possible) and min(possible) < limit


def _possible(fact: Fact[UdpTimer]) -> tuple[int, ...]:
    return fact.value.possible if isinstance(fact, Known) else ()


def deciding(facts: Facts) -> tuple[Fact[UdpTimer], ...]:
    """Return the timers that decide, those of every path that may carry phones included; known ones once."""
    paths = _carrying(facts)
    wanted = [facts.replied, *(path.replied for path in paths)]
    if facts.promotion.late:
        wanted += [facts.unreplied, *(path.unreplied for path in paths)]
    return tuple(dict.fromkeys(wanted))


def _carrying(facts: Facts) -> tuple[Path, ...]:
    return tuple(path for path in facts.paths if path.carries_phones is not Answer.NO)


def timers_hold(facts: Facts, limit: int) -> bool:
    """Tell whether no timer that decides is known to be too short."""
    return not any(too_short(fact, limit) for fact in deciding(facts))


def raising(facts: Facts, options: AuditOptions) -> RaiseUdpTimers:
    """Return the one remedy for all timers that fail, so that one snippet serves every finding."""
    timers = dict.fromkeys(
        fact.value for fact in deciding(facts) if isinstance(fact, Known) and too_short(fact, options.limit)
    )
    for path in _carrying(facts):
        timers |= dict.fromkeys(
            (*path.replied_short, *(path.unreplied_short if facts.promotion.late else ()))
        )
    return RaiseUdpTimers(timers=tuple(timers), seconds=max(options.target_seconds, options.limit))


def value_text(timer: UdpTimer) -> str:
    """Return a timer's value as people read it: `30 s`, `10 or 30 s, by release`, `never`."""
    if timer.never:
        return _("never")
    if timer.alternatives:
        values = _(" or ").join(str(value) for value in timer.alternatives)
        return _("{values} s, by release").format(values=values)
    return _("{seconds} s").format(seconds=timer.seconds)


def timer_text(timer: UdpTimer) -> str:
    """Return name, value, scope and origin of a timer in one line."""
    origin = {
        Origin.CONFIGURED: _("as shown"),
        Origin.DEFAULT: _("default, not shown"),
        Origin.OBSERVED: _("from live entries"),
    }[timer.origin]
    return _("{name} = {value} ({scope}, {origin})").format(
        name=timer.name, value=value_text(timer), scope=timer.scope, origin=origin
    )


def source_text(timer: UdpTimer) -> str:
    """Return where a default comes from, as a sentence; a line that was read stands below the finding."""
    if timer.default:
        return _("It is the default of {versions} ({source}).").format(
            versions=versions_text(timer.default), source=timer.default.source
        )
    return ""


def versions_text(default: DefaultNote) -> str:
    """Return for which versions a default is documented, in words."""
    if default.versions in {"*", ""}:
        return _("every version")
    return _("versions {versions}").format(versions=default.versions)


def expected(options: AuditOptions) -> str:
    """Return what the 61-second rule asks for, in words."""
    return _("at least {limit} s").format(limit=options.limit)
