"""Refused registrations, counted in runs: a log of a PBX on the open internet holds millions of them."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.guide.log_lines import host_of
from auditor.model.pbxlog import Place

_RUN = 900  # seconds between two refusals that belong together
_MOST = 20_000  # runs that are kept; the oldest go first


@dataclass(slots=True)
class Run:
    """Refusals of one address, one after the other."""

    host: str
    first: float
    last: float
    count: int
    places: list[Place]


class Refusals:
    """Runs of refusals by address."""

    def __init__(self) -> None:
        self._open: dict[str, Run] = {}
        self._all: dict[int, Run] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, address: str, moment: float, place: Place) -> None:
        """Count one refusal."""
        host = host_of(address)
        run = self._open.get(host)
        if run is None or moment - run.last > _RUN:
            run = self._open[host] = Run(host, moment, moment, 0, [])
            self._all[id(run)] = run
            if len(self._all) > _MOST:
                oldest = self._all.pop(next(iter(self._all)))
                if self._open.get(oldest.host) is oldest:
                    del self._open[oldest.host]
        run.last = moment
        run.count += 1
        if len(run.places) < _SAMPLES:
            run.places.append(place)

    def before(self, moment: float, within: float) -> list[Run]:
        """Return the runs that had gone on until shortly before a moment."""
        return [run for run in self._all.values() if run.first <= moment and run.last >= moment - within]


_SAMPLES = 5
