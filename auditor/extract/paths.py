"""The ways that phones may take through the device, each with the timers that govern it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.extract.conditions import evaluate, first_case
from auditor.extract.governing import ends_before, governing, too_short, worst
from auditor.extract.timers import Placed
from auditor.extract.view import View
from auditor.model.facts import Answer, Fact, Flow, Known, Missing, Path, UdpTimer
from auditor.model.text import _
from auditor.profiles.schema import Blocker, Layer, Paths, Profile

_WHOLE = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables that the device has, and those of which it is not known whether it has them, by their keys."""

    present: Mapping[str, Layer]
    unsure: Mapping[str, Missing]


def read_paths(
    view: View,
    profile: Profile,
    placed: Sequence[Placed],
    tables: Tables,
    versions: Mapping[str, str],
    limit: int,
) -> tuple[Path, ...]:
    """Return every path with its governing timers; one that is the whole device where nothing divides it."""
    blocker = _blocker(view, profile, versions)
    spec = profile.facts.paths
    names = path_names(view, profile)

    def of_path(path: str) -> Sequence[Placed]:
        return [p for p in placed if p.path in {"", path} or not path]

    def timers(path: str, flow: Flow) -> Fact[UdpTimer]:
        fact = governing(of_path(path), tables.present, flow, limit, tuple(tables.unsure.values()))
        return _unless(blocker, fact, limit)

    def short(path: str, flow: Flow) -> tuple[UdpTimer, ...]:
        stands = blocker is None or blocker.fails_stand
        return too_short(of_path(path), tables.present, flow, limit) if stands else ()

    return tuple(
        Path(
            name=spec.label.format(path=path) if spec and path else _WHOLE,
            replied=timers(path, Flow.REPLIED),
            unreplied=timers(path, Flow.UNREPLIED),
            carries_phones=carries_phones(view, spec, path, alone=len(names) < 2),  # noqa: PLR2004 - one is no choice
            replied_short=short(path, Flow.REPLIED),
            unreplied_short=short(path, Flow.UNREPLIED),
            key=path,
            values=values(view.within(path), profile, versions),
        )
        for path in names or ("",)
    )


def path_names(view: View, profile: Profile) -> tuple[str, ...]:
    """Return the device's own names of its parts; none where nothing divides it."""
    spec = profile.facts.paths
    return (
        tuple(dict.fromkeys(name for pick in spec.names for name, _found in view.pick(pick))) if spec else ()
    )


def values(view: View, profile: Profile, versions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return every value of the profile's variables: that of the first case that holds, else all that are stated."""
    found = {}
    for name, variable in profile.remedies.variables.items():
        case, _answer = first_case(variable.cases, view, versions)
        stated = tuple(dict.fromkeys(value for pick in variable.picks for value, _found in view.pick(pick)))
        found[name] = (case.gives,) if case else stated
    return found


def of_tables(placed: Sequence[Placed], tables: Tables) -> tuple[Placed, ...]:
    """Leave out what would hold by default in a table that the device does not have."""
    there = {*tables.present, *tables.unsure}
    return tuple(
        p for p in placed if p.spec.layer in there or (isinstance(p.timer, UdpTimer) and p.timer.evidence)
    )


def of_worst(paths: Sequence[Path], flow: Flow, limit: int) -> Fact[UdpTimer]:
    """Return the timer of the worst path that can carry phones."""
    carrying = [path for path in paths if path.carries_phones is not Answer.NO] or paths
    return worst([path.replied if flow is Flow.REPLIED else path.unreplied for path in carrying], limit)


def carries_phones(view: View, spec: Paths | None, path: str, *, alone: bool) -> Answer:
    """Tell whether phones can take this path."""
    if spec is None or not path or alone:
        return Answer.YES
    if spec.carried_by is None:
        return Answer.UNKNOWN
    carried = any(view.path_of(found) in {"", path} for _value, found in view.pick(spec.carried_by))
    gone = view.absence(spec.carried_by.section).known
    return Answer.NO if gone and not carried else Answer.UNKNOWN


def read_tables(view: View, profile: Profile, versions: Mapping[str, str]) -> Tables:
    """Ask of every table whether the device has it."""
    answers = {name: evaluate(layer.when, view, versions) for name, layer in profile.facts.layers.items()}
    return Tables(
        present={name: layer for name, layer in profile.facts.layers.items() if answers[name].holds},
        unsure={
            name: Missing(what=_(layer.name), why=answers[name].why, ask=layer.ask)
            for name, layer in profile.facts.layers.items()
            if answers[name].holds is None
        },
    )


def _blocker(view: View, profile: Profile, versions: Mapping[str, str]) -> Blocker | None:
    holding = (one for one in profile.facts.blockers if evaluate(one.when, view, versions).holds)
    return min(holding, key=lambda one: one.fails_stand, default=None)


def _unless(blocker: Blocker | None, fact: Fact[UdpTimer], limit: int) -> Fact[UdpTimer]:
    if blocker is None:
        return fact
    if blocker.fails_stand and isinstance(fact, Known) and ends_before(fact.value, limit):
        return fact
    what = fact.what if isinstance(fact, Missing) else fact.value.name
    return Missing(what=what, why=_(blocker.why), ask=blocker.ask)
