"""Many events in little memory: columns of numbers, names kept once; an `Event` is made when one asks for it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final, overload

from auditor.guide.log_dates import YEAR, ZONE, shown
from auditor.guide.log_lines import Sighting
from auditor.model.pbxlog import Event, Place, State

STATES: Final = tuple(State)
NUMBERS: Final = {state: number for number, state in enumerate(STATES)}
_NAN = math.nan


class Names:
    """Names by number, each kept once; number 0 is no name."""

    def __init__(self) -> None:
        self._names: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def __getitem__(self, number: int) -> str:
        return self._names[number]

    def __len__(self) -> int:
        return len(self._names)

    def number(self, name: str) -> int:
        """Return the number of a name, a new one for a new name."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self._names)
            self._names.append(name)
        return found


class EventStore(Sequence[Event]):
    """The events of a log, in order.

    Args:
        zone: in which times are shown; None is this computer's.
        texts: keep the dates as printed.
    """

    def __init__(self, *, zone: tzinfo | None, texts: bool) -> None:
        self._zone = zone
        self.texts: list[str | None] | None = [] if texts else None
        self.peers, self.addresses, self.files = Names(), Names(), Names()
        self.time = array("d")
        self.peer = array("I")
        self.state = array("B")
        self.ms = array("d")
        self.address = array("I")
        self.file = array("I")
        self.line = array("Q")
        self._flags = array("B")
        self.driver = array("B")

    def __len__(self) -> int:
        return len(self.time)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        flags = self._flags[index]
        ms = self.ms[index]
        return Event(
            time=self.shown(self.time[index]),
            time_text=self.texts[index] if self.texts is not None else None,
            assumed=tuple(word for word, bit in (("year", YEAR), ("zone", ZONE)) if flags & bit),
            peer=self.peers[self.peer[index]],
            state=STATES[self.state[index]],
            ms=None if math.isnan(ms) else int(ms) if ms.is_integer() else ms,
            address=self.addresses[self.address[index]] or None,
            place=self.place(index),
        )

    def shown(self, moment: float) -> datetime | None:
        """Return a moment as a date of the log's zone, None where there is none."""
        return None if math.isnan(moment) else shown(moment, self._zone)

    def place(self, index: int) -> Place:
        """Return where an event stands."""
        return Place(file=self.files[self.file[index]], line=self.line[index])

    def add(
        self, sighting: Sighting, state: State, *, moment: float | None, assumed: int, file: int, line: int
    ) -> None:
        """Append an event."""
        self.time.append(_NAN if moment is None else moment)
        self.peer.append(self.peers.number(sighting.peer))
        self.state.append(NUMBERS[state])
        self.ms.append(_NAN if sighting.ms is None else sighting.ms)
        self.address.append(self.addresses.number(sighting.address or ""))
        self.file.append(file)
        self.line.append(line)
        self._flags.append(assumed)
        self.driver.append(sighting.driver)
        if self.texts is not None:
            self.texts.append(sighting.stamp)

    def in_order(self) -> bool:
        """Tell whether no event stands more than a breath before the one above it."""
        latest = -math.inf
        for moment in self.time:
            if moment < latest - _BREATH:
                return False
            latest = max(latest, moment)
        return True

    def sort(self) -> None:
        """Bring the events into the order of time; those without one stay behind their neighbour."""
        known, keys = -math.inf, list[float]()
        for moment in self.time:
            known = known if math.isnan(moment) else moment
            keys.append(known)
        order = sorted(range(len(self)), key=keys.__getitem__)
        for name in ("time", "peer", "state", "ms", "address", "file", "line", "_flags", "driver"):
            column = getattr(self, name)
            setattr(self, name, array(column.typecode, _picked(column, order)))
        if self.texts is not None:
            self.texts = [self.texts[index] for index in order]


def _picked(column: Sequence[float], order: Iterable[int]) -> Iterable[float]:
    return (column[index] for index in order)


_BREATH = 5  # seconds by which threads overtake one another
