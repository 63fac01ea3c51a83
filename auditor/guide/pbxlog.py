"""The PBX log analysed: which phones went dark, when, what brought them back, and what fits as cause."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import overload

from auditor.guide.alone import late_events, lonely_groups
from auditor.guide.causes import causes_of
from auditor.guide.log_reading import LogBook
from auditor.guide.outages import Losses
from auditor.guide.sites import Sites
from auditor.guide.together import Group, Together
from auditor.model.pbxlog import CauseClass, LogAnalysis, Outage, PeerOutages, Scope

_WAVE = 120  # seconds in which a PBX that started asks after all phones
_MOST = 0.8
_CLASSES = tuple(CauseClass)


def analyse(book: LogBook, *, phones: int | None = None, keepalive: int = 60) -> LogAnalysis:
    """Return everything that a log tells; `phones` is how many there are, quiet ones too."""
    phones = phones if phones is not None else book.tables
    losses, sites = Losses(book, keepalive=keepalive), Sites(book.events)
    groups = Together(losses, sites, phones).groups()
    undated = [index for index, loss in enumerate(losses) if math.isnan(loss.start)]
    if undated:
        groups.append(Group(CauseClass.UNDECIDABLE, 0.5, 0, undated, detail="undated"))
    taken = {index for group in groups for index in group.members}
    groups += lonely_groups(losses, sites, taken, phones=phones, keepalive=keepalive)
    groups += _waves(losses, book, [group for group in groups if group.kind is CauseClass.PBX_RESTART])
    late = [book.events.place(index) for index in late_events(losses)]
    if late and not any(group.kind is CauseClass.LAG for group in groups):
        groups.append(Group(CauseClass.LAG, 0.5, -1, [], late, "only late"))
    labels = bytearray(len(losses))
    for group in groups:
        for index in group.members:
            labels[index] = _CLASSES.index(group.kind)
    return LogAnalysis(
        files=tuple(book.files),
        events=book.events,
        peers=_peers(book, losses, labels),
        phones=phones,
        scope=_scope(losses, phones),
        registered_before=_registered_before(losses),
        causes=causes_of(groups, losses, keepalive=keepalive),
    )


def _waves(losses: Losses, book: LogBook, known: list[Group]) -> list[Group]:
    """Return the starts of the PBX that show only in phones called reachable that nobody had missed."""
    events, found = book.events, list[Group]()
    told = {place for group in known for place in group.places}
    restored = list(losses.restored)
    at = 0
    while at < len(restored):
        start = events.time[restored[at]]
        end, peers = at, set[int]()
        while end < len(restored) and events.time[restored[end]] <= start + _WAVE:
            peers.add(events.peer[restored[end]])
            end += 1
        near = [place for moment, place in book.starts if -_WAVE <= start - moment <= _WAVE]
        least = max(2, (_MOST / 2 if near else _MOST) * (len(events.peers) - 1))
        if len(peers) >= least and not told & set(near):
            places = near + [events.place(index) for index in restored[at:end]]
            detail = "start" if near else "wave"
            found.append(Group(CauseClass.PBX_RESTART, 0.9 if near else 0.6, -1, [], places, detail))
            at = end
        else:
            at += 1
    return found


def _scope(losses: Losses, phones: int | None) -> Scope:
    dark = len({loss.peer for loss in losses})
    if not dark:
        # What could not be read may have been a loss.
        return Scope.UNKNOWN if any(file.unread_lines for file in losses.book.files) else Scope.NONE
    if phones is None:
        return Scope.ONE if dark == 1 else Scope.UNKNOWN
    if dark >= phones:
        return Scope.ALL
    return Scope.ONE if dark == 1 else Scope.SOME


def _registered_before(losses: Losses) -> bool | None:
    return any(losses.known_before.values()) if losses.known_before else None


class _Outages(Sequence[Outage]):
    """The outages of one peer, made when one asks for them."""

    def __init__(self, losses: Losses, labels: bytearray, numbers: Sequence[int]) -> None:
        self._losses, self._labels, self._numbers = losses, labels, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Outage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Outage]: ...
    def __getitem__(self, index: int | slice) -> Outage | Sequence[Outage]:
        if isinstance(index, slice):
            return _Outages(self._losses, self._labels, self._numbers[index])
        number = self._numbers[index]
        loss, shown = self._losses[number], self._losses.book.events.shown
        seconds = loss.seconds
        return Outage(
            start=shown(loss.start),
            end=shown(loss.end),
            seconds=None if math.isnan(seconds) else round(seconds, 3),
            over=loss.last >= 0,
            ended_by=loss.ended_by,
            cause=_CLASSES[self._labels[number]],
        )


def _peers(book: LogBook, losses: Losses, labels: bytearray) -> Sequence[PeerOutages]:
    events = book.events
    by_peer = {number: array("I") for number in range(1, len(events.peers))}
    for index, loss in enumerate(losses):
        by_peer[loss.peer].append(index)
    return [
        PeerOutages(peer=events.peers[number], outages=_Outages(losses, labels, numbers))
        for number, numbers in sorted(by_peer.items(), key=lambda item: events.peers[item[0]])
    ]
