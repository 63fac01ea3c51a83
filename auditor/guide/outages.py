"""Outages: a line that calls a peer unreachable, paired with the one that shows it again, and what lies between."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from auditor.guide.event_store import STATES, EventStore
from auditor.guide.log_lines import Driver, host_of
from auditor.guide.log_reading import LogBook
from auditor.model.pbxlog import EndedBy, State

# chan_sip's rhythm: asked again 10 s after a question that stayed unanswered, each question waits twice the limit.
AGAIN: Final = 10
LIMIT: Final = 2000
_GRID: Final = 2  # seconds by which a length may miss the grid: dates are cut to whole seconds
_AT_ONCE: Final = 5  # seconds between a registration and the answer to the question that it causes
_SHORTLY: Final = 130  # seconds within which a phone that signed off is missed
_ENDS = tuple(EndedBy)
_OPEN = -1


class Loss(NamedTuple):
    """One outage in numbers.

    Attributes:
        peer: number of the peer.
        start, end: moments; NaN where there is none.
        first, last: numbers of the events; `last` is -1 while it is open.
        step: how many questions after the first one were lost: the length is 10 + 14 n; -1 off that grid.
        ms: last round trip before it, NaN where unknown.
        before, after: numbers of the addresses at which the peer registered before and at its end, 0 where unknown.
        up: seconds since the peer registered from another address, infinite where unknown.
        back: seconds since the peer had come back, infinite where unknown.
        signed_off: the phone itself signed off shortly before, or meanwhile.
    """

    peer: int
    start: float
    end: float
    first: int
    last: int
    ended_by: EndedBy
    step: int
    ms: float
    before: int
    after: int
    up: float
    back: float
    signed_off: bool

    @property
    def seconds(self) -> float:
        """Return the length; NaN while it is open."""
        return self.end - self.start


@dataclass(slots=True)
class _Phone:
    """What is known of a peer while one goes through the log."""

    open: int = _OPEN
    open_address: int = 0
    address: int = 0
    before: int = 0
    registered: float = -math.inf
    new: set[int] = field(default_factory=set)
    known: bool = False
    judged: bool = False
    late: bool = False
    ended: float = -math.inf
    signed_off: float = -math.inf


class Losses:
    """All outages of a log, in columns.

    Attributes:
        known_before: numbers of the peers that were registered before their first outage, with whether they were.
        restored: numbers of events in which a peer was called reachable that nobody had missed.
        lagged: numbers of events in which a peer answered late.
        last_address: number of the address at which a peer registered last.
    """

    def __init__(self, book: LogBook, *, keepalive: int) -> None:
        self.book, self._keepalive = book, keepalive
        self._first, self._last, self._ended, self._steps = array("I"), array("q"), array("B"), array("q")
        self._before, self._after, self._up = array("I"), array("I"), array("d")
        self._back, self._signed_off = array("d"), array("B")
        self.known_before: dict[int, bool] = {}
        self.restored = array("I")
        self.last_address: dict[int, int] = {}
        self.lagged = array("I")
        self._walk(book.events)

    def __len__(self) -> int:
        return len(self._first)

    def __iter__(self) -> Iterator[Loss]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Loss:
        events, first, last = self.book.events, self._first[index], self._last[index]
        start = events.time[first]
        end = events.time[last] if last >= 0 else math.nan
        return Loss(
            peer=events.peer[first],
            start=start,
            end=end,
            first=first,
            last=last,
            ended_by=_ENDS[self._ended[index]],
            step=self._steps[index],
            ms=events.ms[first],
            before=self._before[index],
            after=self._after[index],
            up=self._up[index],
            back=self._back[index],
            signed_off=bool(self._signed_off[index]),
        )

    def when(self, index: int) -> tuple[int, float, float]:
        """Return an outage's peer, start and end (NaN where there is none) without the rest of it."""
        events, first, last = self.book.events, self._first[index], self._last[index]
        return events.peer[first], events.time[first], events.time[last] if last >= 0 else math.nan

    def _walk(self, events: EventStore) -> None:
        phones = dict[int, _Phone]()
        for index, state in enumerate(events.state):
            phone = phones.get(events.peer[index]) or phones.setdefault(events.peer[index], _Phone())
            match STATES[state]:
                case State.UNREACHABLE:
                    self._lost(events, index, phone)
                case State.REGISTERED:
                    phone.before, phone.address = phone.address, events.address[index]
                    phone.registered = events.time[index]
                    phone.new.add(phone.address)
                    phone.known = True
                    if phone.address:
                        self.last_address[events.peer[index]] = phone.address
                case State.UNREGISTERED:
                    phone.known, phone.signed_off = True, events.time[index]
                    if phone.open >= 0:
                        self._signed_off[phone.open] = 1
                case State.REACHABLE | State.LAGGED:
                    self._reached(events, index, phone)

    def _lost(self, events: EventStore, index: int, phone: _Phone) -> None:
        peer = events.peer[index]
        if phone.open >= 0:
            return
        if peer not in self.known_before:
            self.known_before[peer] = phone.known or events.ms[index] > 0
        phone.open, phone.known, phone.judged = len(self), True, True
        phone.open_address = events.address[index]
        phone.new.clear()
        now = events.time[index]
        self._first.append(index)
        self._last.append(_OPEN)
        self._steps.append(-1)
        self._ended.append(_ENDS.index(EndedBy.UNKNOWN))
        self._before.append(phone.address or events.address[index])
        self._after.append(0)
        self._up.append(now - phone.registered)
        self._back.append(now - phone.ended)
        self._signed_off.append(events.time[index] - phone.signed_off < _SHORTLY)

    def _reached(self, events: EventStore, index: int, phone: _Phone) -> None:
        late = STATES[events.state[index]] is State.LAGGED
        if phone.open < 0:
            if late:
                # An answer that ends an outage may be late because only a repeated question got through.
                self.lagged.append(index)
            elif phone.judged and not phone.late:
                self.restored.append(index)
            elif not phone.judged:
                phone.ended = events.time[index]
            phone.known = phone.judged = True
            phone.late = late
            return
        if events.driver[index] == Driver.PJSIP and phone.open_address:
            # Each address is a contact of its own: another one that was there before says nothing of this one.
            here = events.address[index]
            if here != phone.open_address and here not in phone.new:
                return
        outage, phone.open, phone.late = phone.open, _OPEN, late
        phone.ended = events.time[index]
        self._last[outage] = index
        self._steps[outage] = self._step(self._first[outage], index)
        self._ended[outage] = _ENDS.index(self._ending(events, outage, index, phone))
        phone.new.clear()

    def _ending(self, events: EventStore, outage: int, index: int, phone: _Phone) -> EndedBy:
        start, end = events.time[self._first[outage]], events.time[index]
        if math.isnan(start) or math.isnan(end):
            return EndedBy.UNKNOWN
        if phone.registered >= start and end - phone.registered <= _AT_ONCE:
            self._after[outage] = phone.address
            before, after = (events.addresses[number] for number in (self._before[outage], phone.address))
            same_host = before and after and host_of(before) == host_of(after)
            return EndedBy.NEW_PORT if same_host and before != after else EndedBy.REREGISTER
        if events.driver[index] != Driver.SIP:
            return EndedBy.UNKNOWN  # its rhythm tells nothing
        if self._steps[outage] < 0:
            return EndedBy.REREGISTER
        return EndedBy.KEEPALIVE if end - start <= self._keepalive + _AT_ONCE else EndedBy.QUALIFY

    def _step(self, first: int, last: int) -> int:
        events = self.book.events
        if events.driver[first] != Driver.SIP:
            return -1
        seconds, answer = events.time[last] - events.time[first], events.ms[last]
        if math.isnan(seconds):
            return -1
        wait = 2 * self.book.limits.get(events.peer[first], LIMIT) / 1000
        # The question is repeated while it waits; the round trip counts from its first copy.
        asked = seconds - (0 if math.isnan(answer) else min(answer / 1000, wait))
        step = round((asked - AGAIN) / (AGAIN + wait))
        return step if step >= 0 and abs(asked - AGAIN - step * (AGAIN + wait)) < _GRID else -1
