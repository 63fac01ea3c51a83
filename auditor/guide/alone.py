"""Outages that did not begin together with others: NAT timer, changed port, late answers, one phone, or not to be told."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from auditor.guide.log_lines import host_of
from auditor.guide.nat_timer import LATE, Short, bounds, chance_of_loss, fits_keepalive, was_repeated
from auditor.guide.outages import Loss, Losses
from auditor.guide.sites import Sites
from auditor.guide.together import Group
from auditor.model.pbxlog import CauseClass, EndedBy, TimerBounds

_DOUBT: Final = 0.01
_FEW: Final = 3  # events before a NAT is named
_DAY: Final = 86400.0
_REGISTERS: Final = 3700  # seconds within which a phone registers again, whatever the NAT did
_EARLY: Final = 300  # seconds after a registration in which a dying entry shows
_SLOW: Final = 1000  # ms: an answer that took so long was no usual one, whatever was repeated
_AROUND: Final = 300  # seconds between a late answer and the outage that it announces
_DIES_AT_ONCE: Final = 19  # seconds: the PBX asks again every 14 s
_CERTAIN_DAYS: Final = 1.0


class Members(Mapping[int, Loss]):
    """Outages by number, each made when one asks for it: there may be very many."""

    def __init__(self, losses: Losses, numbers: Iterable[int]) -> None:
        self._losses, self._numbers = losses, array("I", numbers)

    def __getitem__(self, number: int) -> Loss:
        return self._losses[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def without(self, numbers: Iterable[int]) -> Members:
        """Return the others."""
        gone = set(numbers)
        return Members(self._losses, (number for number in self._numbers if number not in gone))


@dataclass(frozen=True, slots=True)
class Site:
    """The outages of one site that nobody else had at the same time.

    Attributes:
        number: of the site, 0 where unknown.
        members: numbers of the outages, with what is known of each.
        peers: how many peers there are at the site.
        days: length of the log; `until` is its end.
        lagged: numbers of the outages around which the peer answered late.
        hosts: public address by number of the address.
        keepalive: seconds between two keepalives of a phone.
    """

    number: int
    members: Members
    peers: int
    days: float
    until: float
    keepalive: int
    lagged: frozenset[int]
    hosts: dict[int, str]

    def group(self, kind: CauseClass, confidence: float, members: Iterable[int], detail: str = "") -> Group:
        """Return a group of this site."""
        return Group(kind, confidence, self.number, sorted(members), detail=detail)


Judge = Callable[[Site], list[Group]]


def lonely_groups(
    losses: Losses, sites: Sites, taken: set[int], *, phones: int | None, keepalive: int
) -> list[Group]:
    """Return groups that hold every outage which is not taken, and what was late without an outage."""
    by_site: dict[int, array[int]] = {}
    for index, loss in enumerate(losses):
        if index not in taken:
            by_site.setdefault(sites.of_peer[loss.peer], array("I")).append(index)
    first, last = losses.book.span
    hosts = {number: host_of(losses.book.events.addresses[number]) for number in _addresses(losses)}
    groups = list[Group]()
    for number, indexes in by_site.items():
        members = Members(losses, indexes)
        named = sites.members(number)
        site = Site(
            number,
            members,
            max(named, phones or 0) if len(sites.hosts) <= 1 else named,
            max(last - first, 0.0) / _DAY,
            last,
            keepalive,
            _near_lag(losses, members),
            hosts,
        )
        groups += _judged(site)
    return groups


def _judged(site: Site) -> list[Group]:
    left, found = site.members, list[Group]()
    for judge in JUDGES:
        for group in judge(replace(site, members=left)):
            found.append(group)
            left = left.without(group.members)
    return found


def _addresses(losses: Losses) -> set[int]:
    return {number for loss in losses for number in (loss.before, loss.after)}


def _near_lag(losses: Losses, members: Members) -> frozenset[int]:
    """Return the outages around which the peer answered late."""
    events = losses.book.events
    late = dict[int, list[float]]()
    for index in late_events(losses):
        late.setdefault(events.peer[index], []).append(events.time[index])
    return frozenset(
        index
        for index, loss in members.items()
        if any(-_AROUND <= moment - loss.start <= _AROUND for moment in late.get(loss.peer, ()))
    )


def late_events(losses: Losses) -> list[int]:
    """Return the events of answers that were late, not only answers to a repeated question."""
    return [index for index in losses.lagged if not was_repeated(losses.book.events.ms[index])]


def _moved(site: Site) -> list[Group]:
    """Phones that came back from another public address."""
    found = [
        index
        for index, loss in site.members.items()
        if loss.before and loss.after and site.hosts[loss.before] != site.hosts[loss.after]
    ]
    return [site.group(CauseClass.RECONNECT, 0.7, found, "address")] if found else []


def _signed_off(site: Site) -> list[Group]:
    """Phones that signed off themselves."""
    found = [index for index, loss in site.members.items() if loss.signed_off]
    return [site.group(CauseClass.SINGLE_PHONE, 0.85, found, "signed off")] if found else []


def _late(site: Site) -> list[Group]:
    """Phones that answered late before they did not answer at all."""
    found = [
        index
        for index, loss in site.members.items()
        if ((loss.ms >= _SLOW and not was_repeated(loss.ms)) or index in site.lagged)
        and not _is_long(loss, site)
    ]
    if not found:
        return []
    return [site.group(CauseClass.LAG, 0.8 if len(found) >= _FEW else 0.6, found)]


def _port_changed(site: Site) -> list[Group]:
    """Phones that came back from another port of the same address when they registered again."""
    sure = [
        index
        for index, loss in site.members.items()
        if loss.ended_by is EndedBy.NEW_PORT and loss.seconds <= _REGISTERS
    ]
    if not sure:
        return _port_changed_unseen(site)
    often = max(Counter(site.members[index].peer for index in sure).values())
    early = sum(site.members[index].up <= _EARLY for index in sure)
    if len(sure) < _FEW and often < 2 and not early:  # noqa: PLR2004 - once may be a phone that was switched off
        return [site.group(CauseClass.UNDECIDABLE, 0.5, sure, "one new port")]
    members = sure + _still_open(site, sure)
    return [site.group(CauseClass.PORT_CHANGE, 0.9 if len(sure) >= _FEW else 0.7, members, "seen")]


def _port_changed_unseen(site: Site) -> list[Group]:
    """The same in a log that holds no registrations: long losses, again and again, that begin soon after each return."""
    if any(loss.before for loss in site.members.values()):
        return []
    long = [
        index
        for index, loss in site.members.items()
        if loss.ended_by in {EndedBy.REREGISTER, EndedBy.QUALIFY} and _is_long(loss, site)
        if loss.seconds <= _REGISTERS
    ]
    soon = sum(site.members[index].back <= _EARLY for index in long)
    if len(long) < 2 * _FEW or 2 * soon < len(long):
        return []
    return [site.group(CauseClass.PORT_CHANGE, 0.6, long + _still_open(site, long), "unseen")]


def _still_open(site: Site, members: list[int]) -> list[int]:
    """Return the losses of the same phones that are open only because the log ends."""
    peers = {site.members[index].peer for index in members}
    return [
        index
        for index, loss in site.members.items()
        if math.isnan(loss.end) and loss.peer in peers and site.until - loss.start < _REGISTERS
    ]


def _nat_timer(site: Site) -> list[Group]:
    """Short losses that the phone's next keepalive ended."""
    short, members = _short(site)
    if short.count < _FEW or chance_of_loss(short) > _DOUBT:
        return []
    confidence = 0.9 if short.longest else 0.6
    if site.days < _CERTAIN_DAYS * 0.95:
        confidence -= 0.2
    members += _of_same_timer(site, set(members), short)
    return [site.group(CauseClass.NAT_TIMER, confidence, members, "deep" if short.longest else "shallow")]


def _of_same_timer(site: Site, known: set[int], short: Short) -> list[int]:
    """Return further losses that a timer makes which is known to be short.

    A registration may end one early, and where an entry dies before the PBX asks again, the next keepalive is too late
    as well.
    """
    most = bounds(short, keepalive=site.keepalive).max
    longest = (3 if most <= _DIES_AT_ONCE else 1) * site.keepalive + 10
    return [
        index
        for index, loss in site.members.items()
        if index not in known and loss.seconds <= longest and not loss.ms > LATE
        if loss.step >= 0 or loss.seconds <= site.keepalive
    ]


def timer_of(members: Iterable[Loss], *, keepalive: int) -> TimerBounds:
    """Return the bounds of the timer that these outages show."""
    return bounds(Short(Counter(loss.step for loss in members), 0, 1.0), keepalive=keepalive)


def _short(site: Site) -> tuple[Short, list[int]]:
    fits = site.members.without(
        index for index, loss in site.members.items() if not fits_keepalive(loss, site.keepalive)
    )
    # Right after a new registration the keepalives have not found their rhythm yet.
    clear = [index for index, loss in fits.items() if not loss.ms > LATE and loss.up > site.keepalive + 10]
    return Short(
        Counter(fits[index].step for index in clear),
        sum(loss.ms > LATE for loss in fits.values()),
        site.days * len({loss.peer for loss in fits.values()}),
    ), clear


def _one_phone(site: Site) -> list[Group]:
    """Long losses of one phone while others stayed."""
    long = [index for index, loss in site.members.items() if _is_long(loss, site)]
    if not long or site.peers < 2:  # noqa: PLR2004 - with one phone, the phone and its line look alike
        return [site.group(CauseClass.UNDECIDABLE, 0.5, long, "only one")] if long else []
    if 3 * len({site.members[index].peer for index in long}) > max(site.peers, 3):
        return [site.group(CauseClass.UNDECIDABLE, 0.5, long, "many")]
    return [site.group(CauseClass.SINGLE_PHONE, 0.6, long, "alone")]


def _rest(site: Site) -> list[Group]:
    if not site.members:
        return []
    few = len(site.members) < _FEW
    return [site.group(CauseClass.UNDECIDABLE, 0.5, site.members, "few" if few else "short")]


def _is_long(loss: Loss, site: Site) -> bool:
    """Tell whether a loss lasted longer than the next keepalive; an open one did."""
    return math.isnan(loss.seconds) or loss.seconds > site.keepalive + 10


JUDGES: Final[tuple[Judge, ...]] = (
    _moved,
    _signed_off,
    _port_changed,
    _late,
    _nat_timer,
    _one_phone,
    _rest,
)
