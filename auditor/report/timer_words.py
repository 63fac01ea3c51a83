"""UDP timers in words: their value, how it is known, and whether it outlives the keepalive."""

from __future__ import annotations

import enum

from auditor.model.facts import DefaultNote, Fact, Known, Missing, Origin, UdpTimer
from auditor.model.text import N_, _
from auditor.report.plain import visible

_CONFIDENCE = {
    "documented": N_("documented"),
    "seen": N_("seen on devices"),
    "source": N_("in the source code"),
    "measured": N_("measured"),
}


class Hold(enum.Enum):
    """Whether an entry lives from one keepalive to the next."""

    HOLDS = "holds"
    SHORT = "short"
    UNKNOWN = "unknown"


def hold_of(fact: Fact[UdpTimer], limit: int) -> Hold:
    """Return whether the timer reaches the limit in seconds, whichever value of a set it has."""
    if isinstance(fact, Missing):
        return Hold.UNKNOWN
    reached = {seconds >= limit for seconds in fact.value.possible}
    if len(reached) > 1:
        return Hold.UNKNOWN
    return Hold.HOLDS if reached in (set(), {True}) else Hold.SHORT


def straddles(timer: UdpTimer, limit: int) -> bool:
    """Tell whether the limit lies between the values that the timer can have: then its value is not known."""
    return hold_of(Known(value=timer, origin=timer.origin), limit) is Hold.UNKNOWN


def value_of(timer: UdpTimer) -> str:
    """Return the value with its unit, every member where only the set is known."""
    if timer.never:
        return _("never ends")
    *others, last = (str(seconds) for seconds in timer.possible)
    if others:
        return _("{values} or {last} s, depending on the release").format(values=", ".join(others), last=last)
    return _("{seconds} s").format(seconds=last)


def by_release(timer: UdpTimer) -> Missing:
    """Return a timer whose set lies on both sides of the limit as what it is: not known."""
    return Missing(what=timer.name, why=_("its default is {value}").format(value=value_of(timer)))


def origin_of(origin: Origin | None, default: DefaultNote | None) -> str:
    """Return how a fact is known."""
    if origin is Origin.CONFIGURED:
        return _("configured")
    if origin is Origin.OBSERVED:
        return _("seen in the live table")
    if default is None:
        return _("default") if origin else _("not known")
    words = confidence_of(default.confidence)
    if default.versions in {"*", ""}:
        text = _("default, every version; {source}; {confidence}")
    else:
        text = _("default, versions {versions}; {source}; {confidence}")
    return text.format(versions=visible(default.versions), source=visible(default.source), confidence=words)


def confidence_of(marks: str) -> str:
    """Return a sheet's marks in words; several are divided by `; `."""
    return "; ".join(_(_CONFIDENCE.get(mark, mark)) for mark in marks.split("; "))
