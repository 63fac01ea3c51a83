"""Timers that change with the next restart: the running value is not the one that is saved."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.extract.timers import Placed, possible_defaults
from auditor.extract.view import View
from auditor.model.durations import parse_seconds
from auditor.model.facts import SavedTimer, UdpTimer
from auditor.profiles.schema import Timer


def read_saved(view: View, placed: Sequence[Placed], version: str | None) -> tuple[SavedTimer, ...]:
    """Return the timers whose saved value differs, or that run on a value which is saved nowhere."""
    found = (_one(view, p.spec, p.timer, version) for p in placed if isinstance(p.timer, UdpTimer))
    return tuple(saved for saved in found if saved)


def _one(view: View, spec: Timer, timer: UdpTimer, version: str | None) -> SavedTimer | None:
    if spec.saved is None or timer.seconds is None:
        return None
    lines = list(view.pick(spec.saved))
    if lines:
        text, found = lines[-1]
        saved = parse_seconds(text)
        if saved is None or saved == timer.seconds:
            return None
        evidence = found.evidence(spec.saved.key)
        return SavedTimer(name=timer.name, seconds=timer.seconds, saved=saved, evidence=evidence)
    if not view.absence(spec.saved.section).known:
        return None
    usual = {second for row in possible_defaults(spec.defaults, version) for second in row.seconds or ()}
    if timer.seconds in usual:
        return None
    return SavedTimer(name=timer.name, seconds=timer.seconds, saved=None, evidence=timer.evidence)
