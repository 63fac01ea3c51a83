"""Which of the timers that were read ends a phone's entry: the most specific of a table, the smallest of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.extract.timers import Placed
from auditor.model.facts import Fact, Flow, Known, Missing, UdpTimer
from auditor.model.text import _
from auditor.profiles.schema import Layer

SIP_PORT = 5060


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
    per_layer += [worst([_fact(p.timer) for p in chosen], limit) for chosen in _chosen(placed, layers, flow)]
    if not per_layer:
        return Missing(what=_("UDP timer"), why=_("this device's profile names none"))
    return worst(per_layer, limit)


def too_short(
    placed: Sequence[Placed], layers: Mapping[str, Layer], flow: Flow, limit: int
) -> tuple[UdpTimer, ...]:
    """Return every timer that ends a phone's entry too early: the worst alone repaired, the next one would."""
    timers = [p.timer for chosen in _chosen(placed, layers, flow) for p in chosen]
    known = (timer for timer in timers if isinstance(timer, UdpTimer) and ends_before(timer, limit))
    return tuple(dict.fromkeys(known))


def worst(facts: Sequence[Fact[UdpTimer]], limit: int) -> Fact[UdpTimer]:
    """Return the fact that decides where the smallest counts: one that fails for sure, else one that is not known."""
    known = [fact for fact in facts if isinstance(fact, Known)]
    smallest = min(known, key=_end, default=None)
    missing = next((fact for fact in facts if isinstance(fact, Missing)), None)
    if smallest is None or (missing and not ends_before(smallest.value, limit)):
        return missing or Missing(what=_("UDP timer"), why=_("nothing shows one"))
    return smallest


def _end(fact: Known[UdpTimer]) -> float:
    return float("inf") if fact.value.seconds is None else fact.value.seconds


def ends_before(timer: UdpTimer, limit: int) -> bool:
    """Tell whether a timer is too short with every value that it can have."""
    return bool(timer.possible) and max(timer.possible) < limit


def _concerns(placed: Placed, flow: Flow) -> bool:
    if placed.spec.flow not in {Flow.ANY, flow} or not placed.spec.governs:
        return False
    ports = placed.ports if isinstance(placed.timer, Missing) else placed.timer.ports
    return ports is None or any(one.first <= SIP_PORT <= one.last for one in ports)


def _chosen(placed: Sequence[Placed], layers: Mapping[str, Layer], flow: Flow) -> Iterator[Sequence[Placed]]:
    """Yield the timers of each table that may end an entry in this state of the flow."""
    for layer, spec in layers.items():
        candidates = [p for p in placed if p.spec.layer == layer and _concerns(p, flow)]
        if candidates:
            yield _most_specific(candidates) if spec.order == "documented" else candidates


def _most_specific(candidates: Sequence[Placed]) -> Sequence[Placed]:
    chosen: list[Placed] = []
    for rank in sorted({placed.spec.rank for placed in candidates}):
        here = [p for p in candidates if p.spec.rank == rank]
        chosen.extend(here)
        if any(not placed.maybe for placed in here):
            break
    # Where several are not known, the one that certainly counts is the one to ask for.
    return sorted(chosen, key=lambda placed: placed.maybe)


def _fact(timer: UdpTimer | Missing) -> Fact[UdpTimer]:
    if isinstance(timer, Missing):
        return timer
    return Known(value=timer, origin=timer.origin, evidence=timer.evidence, default=timer.default)
