"""Timers that change with the next restart: the running value is not the one that is saved."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.extract.timers import Placed, possible_defaults
from auditor.extract.view import View
from auditor.model.durations import parse_seconds
from auditor.model.facts import Missing, SavedTimer, UdpTimer
from auditor.model.text import _
from auditor.profiles.schema import Timer


def read_saved(
    view: View, placed: Sequence[Placed], version: str | None
) -> tuple[tuple[SavedTimer, ...], Missing | None]:
    """Return the timers whose saved value differs or is saved nowhere, and why there may be more of them."""
    found = [_one(view, p.spec, p.timer, version) for p in placed if isinstance(p.timer, UdpTimer)]
    gap = next((saved for saved in found if isinstance(saved, Missing)), None)
    return tuple(saved for saved in found if isinstance(saved, SavedTimer)), gap


def _one(view: View, spec: Timer, timer: UdpTimer, version: str | None) -> SavedTimer | Missing | None:
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
    absence = view.absence(spec.saved.section)
    if not absence.known:
        return Missing(what=_("saved value of {timer}").format(timer=timer.name), why=absence.why)
    usual = {second for row in possible_defaults(spec.defaults, version) for second in row.seconds or ()}
    if timer.seconds in usual:
        return None
    return SavedTimer(name=timer.name, seconds=timer.seconds, saved=None, evidence=timer.evidence)
