"""Outages that began together: a site, the PBX, a new public address, or a list on which the PBX put a site."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from auditor.guide.log_lines import host_of
from auditor.guide.outages import Loss, Losses
from auditor.guide.sites import Sites
from auditor.model.pbxlog import CauseClass, EndedBy, Place

_WINDOW: Final = 70  # each phone is asked once in 60 s and missed 4 s later
_BACK: Final = 20  # each phone is asked again within 14 s
_BOOT: Final = 300  # seconds in which phones start again after power came back
_ALL: Final = 0.8  # share of the phones that counts as all of them
_CHANCE: Final = 0.02  # expected number of such coincidences in the whole log
_LISTED: Final = 300  # seconds between the last refused registration and the losses
_REFUSED: Final = 3
_NOISE: Final = 5  # runs of refusals above which strangers try all the time
_STARTED: Final = 120
_SAME_TIME: Final = 600  # seconds by which a daily event wanders
_DAY: Final = 86400


@dataclass(slots=True)
class Group:
    """Outages with one cause.

    Attributes:
        site: number of the site, 0 where unknown, -1 for all sites.
        members: numbers of the outages.
        places: lines that speak for it besides those of the outages.
        detail: what kind of it: chooses the words.
    """

    kind: CauseClass
    confidence: float
    site: int
    members: list[int]
    places: list[Place] = field(default_factory=list)
    detail: str = ""


class Together:
    """Finds groups among the outages of a log."""

    def __init__(self, losses: Losses, sites: Sites, phones: int | None) -> None:
        self._losses, self._sites, self._phones = losses, sites, phones
        first, last = losses.book.span
        self._span = max(last - first, 1.0)

    def groups(self) -> list[Group]:
        """Return the groups; no outage is in two of them."""
        starts = [self._losses.when(index)[1] for index in range(len(self._losses))]
        ordered = [index for index, start in enumerate(starts) if not math.isnan(start)]
        ordered.sort(key=starts.__getitem__)
        everywhere = list(self._everywhere(ordered))
        taken = {index for group in everywhere for index in group.members}
        by_site = dict[int, list[int]]()
        for index in ordered:
            if index not in taken:
                by_site.setdefault(self._sites.of_peer[self._losses.when(index)[0]], []).append(index)
        found = [
            self._judged(site, members, share)
            for site, indexes in by_site.items()
            for members, share in self._windows(indexes, self._population(site))
            if not self._began_together(members)
        ]
        self._daily(found)
        return [*everywhere, *found]

    def _population(self, site: int) -> int:
        named = self._sites.members(site)
        return max(named, self._phones or 0) if len(self._sites.hosts) <= 1 else named

    def _everywhere(self, ordered: list[int]) -> Iterator[Group]:
        if len(self._sites.hosts) < 2:  # noqa: PLR2004 - with one site, the site and the PBX look alike
            return
        for members, share in self._windows(ordered, max(len(self._sites.of_peer), self._phones or 0)):
            hit = {self._sites.of_peer[self._losses[index].peer] for index in members}
            if share >= _ALL and len(hit - {0}) == len(self._sites.hosts):
                starts = self._start_near(self._losses[members[0]].start)
                confidence = 0.9 if starts else 0.75
                yield Group(
                    CauseClass.PBX_RESTART, confidence, -1, members, starts, "start" if starts else "all"
                )

    def _windows(self, ordered: list[int], population: int) -> Iterator[tuple[list[int], float]]:
        """Yield outages of several peers that began within a window more often than chance allows, with their share."""
        all_peers, starts, ends = _columns(self._losses.when(index) for index in ordered)
        is_rare = _Rarity(len(ordered), self._span)
        until, inside = dict[int, float](), Counter[int]()
        at = end = 0
        while at < len(ordered):
            while end < len(ordered) and starts[end] <= starts[at] + _WINDOW:
                inside[all_peers[end]] += 1
                end += 1
            peers = {all_peers[at]: at}
            behind = at + 1
            if len(inside) > 1 and is_rare[len(inside)]:
                for place in range(at, end):
                    peers.setdefault(all_peers[place], place)
                down = sum(back > starts[at] and peer not in peers for peer, back in until.items())
                yield (
                    [ordered[place] for place in peers.values()],
                    len(peers) / max(population - down, len(peers)),
                )
                behind = end
            for peer, place in peers.items():
                until[peer] = math.inf if math.isnan(ends[place]) else ends[place]
            for peer in all_peers[at:behind]:
                inside[peer] -= 1
                if not inside[peer]:
                    del inside[peer]
            at = behind

    def _began_together(self, members: list[int]) -> bool:
        """Tell whether the phones had only just registered together: then their entries die together too."""
        begin = self._losses.book.span[0] + 2 * _WINDOW
        losses = [self._losses[index] for index in members]
        young = sum(loss.up <= 2 * _WINDOW or loss.start <= begin + _WINDOW for loss in losses)
        return 2 * young > len(losses)

    def _judged(self, site: int, members: list[int], share: float) -> Group:
        losses = [self._losses[index] for index in members]
        for judge in (self._by_other_lines, self._by_return):
            if group := judge(site, losses, share):
                group.members = members
                return group
        if any(loss.ended_by is EndedBy.NEW_PORT for loss in losses):
            return Group(CauseClass.SITE_OUTAGE, 0.6, site, members, detail="ports")
        return Group(CauseClass.UNDECIDABLE, 0.5, site, members, detail="spread")

    def _by_other_lines(self, site: int, losses: list[Loss], share: float) -> Group | None:
        """Return the group that starts of the PBX, refused registrations or new addresses prove."""
        if starts := self._start_near(losses[0].start):
            return Group(CauseClass.PBX_RESTART, 0.8, site, [], starts, "start")
        if share >= _ALL and (listed := self._listed(site, losses[0].start)):
            return Group(CauseClass.BLACKLISTED, 0.85, site, [], listed)
        shortest = min((loss.seconds for loss in losses if not math.isnan(loss.seconds)), default=math.inf)
        if share >= _ALL and shortest > _LISTED and (listed := self._perhaps_listed(losses[0].start)):
            return Group(CauseClass.BLACKLISTED, 0.5, site, [], listed, "perhaps")
        if self._moved(losses):
            return Group(CauseClass.RECONNECT, 0.9, site, [], detail="address")
        return None

    def _by_return(self, site: int, losses: list[Loss], share: float) -> Group | None:
        """Return the group that shows in how the phones came back."""
        ends = [loss.end for loss in losses if not math.isnan(loss.end)]
        spread = max(ends) - min(ends) if ends else math.inf
        if len(ends) == len(losses) and spread <= _BACK:
            if not self._sites.hosts:
                return Group(CauseClass.SITE_OUTAGE, 0.6, site, [], detail="somewhere")
            return Group(CauseClass.SITE_OUTAGE, 0.9 if share >= _ALL else 0.75, site, [], detail="line")
        if share < _ALL:
            return Group(CauseClass.UNDECIDABLE, 0.5, site, [], detail="together")
        if not ends:
            return Group(CauseClass.SITE_OUTAGE, 0.6, site, [], detail="open")
        if spread <= _BOOT:
            return Group(CauseClass.SITE_OUTAGE, 0.8, site, [], detail="power")
        return None

    def _moved(self, losses: list[Loss]) -> bool:
        """Tell whether the peers came back from another public address."""
        names = self._losses.book.events.addresses
        pairs = [
            (host_of(names[loss.before]), host_of(names[loss.after]))
            for loss in losses
            if loss.before and loss.after
        ]
        return bool(pairs) and 2 * sum(before != after for before, after in pairs) > len(pairs)

    def _listed(self, site: int, start: float) -> list[Place]:
        hosts = self._sites.hosts.get(site, set())
        runs = self._losses.book.refusals.before(start, _LISTED)
        found = [run for run in runs if run.count >= _REFUSED and run.host in hosts]
        return [place for run in found for place in run.places]

    def _perhaps_listed(self, start: float) -> list[Place]:
        """Return refusals that ended just before the losses, in a log that names no address and has hardly any others."""
        refusals = self._losses.book.refusals
        if self._sites.hosts or len(refusals) > _NOISE:
            return []
        found = [
            run for run in refusals.before(start, _LISTED) if run.count >= _REFUSED and run.last <= start
        ]
        return [place for run in found for place in run.places]

    def _start_near(self, start: float) -> list[Place]:
        return [place for moment, place in self._losses.book.starts if abs(start - moment) <= _STARTED]

    def _daily(self, groups: list[Group]) -> None:
        """Call losses at the same time of several days, whose end tells nothing, a forced reconnect."""
        open_questions = [group for group in groups if group.detail == "spread"]
        for group in open_questions:
            start = self._losses[group.members[0]].start
            twins = [
                other
                for other in open_questions
                if other.site == group.site
                and other is not group
                and _same_time(start, self._losses[other.members[0]].start)
            ]
            if twins:
                group.kind, group.confidence = CauseClass.RECONNECT, 0.6
        for group in open_questions:
            if group.kind is CauseClass.RECONNECT:
                group.detail = "daily"


def _same_time(one: float, other: float) -> bool:
    distance = abs(one - other)
    off = distance % _DAY
    return distance > _DAY / 2 and min(off, _DAY - off) <= _SAME_TIME


def _columns(rows: Iterable[tuple[int, float, float]]) -> tuple[list[int], list[float], list[float]]:
    """Return peers, starts and ends."""
    peers, starts, ends = list[int](), list[float](), list[float]()
    for peer, start, end in rows:
        peers.append(peer)
        starts.append(start)
        ends.append(end)
    return peers, starts, ends


class _Rarity(dict[int, bool]):
    """Whether so many peers in one window are more than chance brings about, in a log of so many losses."""

    def __init__(self, losses: int, span: float) -> None:
        super().__init__()
        self._losses, self._span = losses, span

    def __missing__(self, peers: int) -> bool:
        others = max((self._losses - peers) / self._span, 1 / self._span)
        self[peers] = self._losses * _poisson_tail(others * _WINDOW, peers - 1) < _CHANCE
        return self[peers]


def _poisson_tail(mean: float, least: int) -> float:
    """Return the probability of at least so many."""
    below = sum(math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1)) for count in range(least))
    return max(0.0, 1 - below)
