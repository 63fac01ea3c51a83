"""Where each outage lies on a line of time: cells for the terminal, shapes for a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.pbxlog import CauseClass, LogAnalysis, PeerOutages, State

_STEPS = (60, 300, 900, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400, 30 * 86400)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of cells with one cause."""

    first: int
    last: int
    cause: CauseClass


class Ruler:
    """Maps moments to cells, counted from 0."""

    def __init__(self, analysis: LogAnalysis, cells: int) -> None:
        moments = [time for file in analysis.files for time in (file.first, file.last) if time]
        self.start = min(moments, default=None)
        self.end = max(moments, default=None)
        self.cells = cells

    def cell(self, time: datetime) -> int:
        """Return the cell of a moment; the ends catch what lies outside."""
        if self.start is None or self.end is None:
            return 0
        seconds = (self.end - self.start).total_seconds() or 1.0
        share = (time - self.start).total_seconds() / seconds
        return max(0, min(self.cells - 1, int(share * self.cells)))

    def ticks(self, most: int) -> Iterator[tuple[int, datetime]]:
        """Yield at most so many round moments with their cells."""
        if self.start is None or self.end is None:
            return
        seconds = (self.end - self.start).total_seconds()
        step = next((step for step in _STEPS if seconds / step <= most), _STEPS[-1] * 12)
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + timedelta(seconds=step * int((self.start - midnight).total_seconds() // step + 1))
        while at <= self.end:
            yield self.cell(at), at
            at += timedelta(seconds=step)


def pieces(peer: PeerOutages, ruler: Ruler) -> list[Piece]:
    """Return a peer's outages in cells; those that share a cell with one cause are one piece."""
    found = list[Piece]()
    for outage in peer.outages:
        if outage.start is None or ruler.end is None:
            continue
        first = ruler.cell(outage.start)
        last = max(first, ruler.cell(outage.end or ruler.end))
        before = found[-1] if found else None
        if before and first <= before.last + 1 and before.cause is outage.cause:
            found[-1] = Piece(before.first, max(before.last, last), outage.cause)
        else:
            found.append(Piece(first, last, outage.cause))
    return found


def registrations(analysis: LogAnalysis, ruler: Ruler) -> dict[str, Sequence[int]]:
    """Return the cells in which each peer registered from an address that was new to the PBX."""
    found = dict[str, set[int]]()
    for event in analysis.events:
        if event.state is State.REGISTERED and event.time is not None and ruler.start is not None:
            found.setdefault(event.peer, set()).add(ruler.cell(event.time))
    return {peer: sorted(cells) for peer, cells in found.items()}


def worst_first(analysis: LogAnalysis) -> list[PeerOutages]:
    """Return the peers with outages, most outages first."""
    return sorted(
        (peer for peer in analysis.peers if peer.outages), key=lambda peer: (-len(peer.outages), peer.peer)
    )
