"""A model of phones, NATs and a PBX that writes a log: what happens is known, so that a reader of the log can be measured.

It is written from the behaviour of the devices, not from that of the reader: a discrete-event simulation in which each
phone keeps its NAT entry alive every 60 s and registers every hour, and the PBX asks after each phone as chan_sip does:
60 s after an answer, 10 s after a miss, at once after a registration; a question is repeated after 0.5, 1.5 and 3.5 s
and counts as missed after 4 s.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_COPIES = (0.0, 0.5, 1.5, 3.5)
_LIMIT, _WAIT, _AGAIN, _QUALIFY = 2.0, 4.0, 10.0, 60.0
_START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that happens from `start` for `seconds`."""

    start: float
    seconds: float

    def holds(self, now: float) -> bool:
        """Tell whether it happens now."""
        return self.start <= now < self.start + self.seconds


@dataclass(slots=True, kw_only=True)
class Site:
    """A site behind one NAT.

    Attributes:
        timer: seconds that an entry lives.
        keeps_port: whether an entry that died comes back with the same public port.
        inbound: whether packets from outside keep an entry alive.
        loss: share of packets that are lost, each way.
        dark: times without a line; `unplugged` the phones have no power either.
        new_address: moments at which the public address changes.
        jam: times in which answers are late.
        guess: times at which a device with a wrong password tries to register.
    """

    name: int
    phones: int
    timer: float = 300
    keeps_port: bool = True
    inbound: bool = True
    loss: float = 0
    rtt: float = 0.03
    dark: list[Span] = field(default_factory=list)
    power: list[Span] = field(default_factory=list)
    new_address: list[float] = field(default_factory=list)
    jam: list[Span] = field(default_factory=list)
    guess: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Phone:
    name: str
    site: Site
    local: int
    busy: float  # seconds between two packets of subscriptions, 0 for none
    off: list[Span]
    public: int = 0
    dies: float = -1.0
    contact: tuple[str, int] | None = None
    last: float = 0.0  # the PBX's last round trip in ms; negative while unreachable
    missed: bool = False
    why: str = ""
    moved: bool = False
    turn: int = 0
    alive_since: float = 0.0
    lost_at: int = 0  # index of the line that calls it unreachable


@dataclass(frozen=True, slots=True)
class Truth:
    """What made the PBX write that a phone is unreachable: line of the log, and why."""

    line: int
    why: str


class Simulation:
    """One run."""

    def __init__(
        self,
        sites: list[Site],
        *,
        seed: int,
        hours: float,
        off: dict[int, list[Span]] | None = None,
        busy: float = 0.0,
        restarts: list[float] | None = None,
        pbx_dark: list[Span] | None = None,
        verbose: bool = True,
        ban: float = 24 * HOUR,
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a model, no secret
        self.sites, self.end = sites, hours * HOUR
        self.verbose, self.ban = verbose, ban
        self.restarts, self.pbx_dark = restarts or [], pbx_dark or []
        self.lines: list[tuple[float, str]] = []
        self.whys: dict[int, str] = {}
        self.banned: dict[str, float] = {}
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = itertools.count()
        self._ports = itertools.count(20000)
        numbers = itertools.count()
        self.phones = [
            self._new_phone(site, next(numbers), off or {}, busy)
            for site in sites
            for _one in range(site.phones)
        ]

    def _new_phone(self, site: Site, number: int, off: dict[int, list[Span]], busy: float) -> _Phone:
        subscribes = busy > 0 and self.random.random() < 0.5  # noqa: PLR2004 - half of the phones
        phone = _Phone(
            f"{4400 + number}.snomd{'345' if number % 3 else '715'}",
            site,
            5060 + number,
            busy * self.random.uniform(0.5, 1.5) if subscribes else 0.0,
            off.get(number, []),
        )
        phone.public = phone.local
        return phone

    def run(self) -> tuple[list[str], list[Truth]]:
        """Return the lines of the log and the truth of each loss, in their order."""
        for phone in self.phones:
            begin = self.random.uniform(0, 60)
            self._at(begin, functools.partial(self._register, phone))
            self._at(begin + self.random.uniform(0, 60), functools.partial(self._keepalive, phone))
            if phone.busy:
                self._at(self.random.uniform(60, 120), functools.partial(self._subscription, phone))
            for span in [*phone.off, *phone.site.power]:
                boot = span.start + span.seconds + self.random.uniform(2, 20)
                self._at(boot, functools.partial(self._register, phone, again=False))
            for span in phone.off:
                if span.seconds < HOUR and self.random.random() < 0.7:  # noqa: PLR2004 - most reboots sign off
                    self._at(span.start - 1, functools.partial(self._sign_off, phone))
        for site in self.sites:
            for moment in site.guess:
                self._at(moment, functools.partial(self._guess, site))
        for moment in self.restarts:
            self._at(moment, self._restart)
        while self._queue and self._queue[0][0] < self.end:
            now, _number, action = heapq.heappop(self._queue)
            action(now)
        order = sorted(range(len(self.lines)), key=lambda index: self.lines[index][0])
        place = {index: number for number, index in enumerate(order, start=1)}
        truths = [Truth(place[index], why) for index, why in self.whys.items()]
        return [self.lines[index][1] for index in order], sorted(truths, key=lambda truth: truth.line)

    def _at(self, moment: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self._queue, (moment, next(self._count), action))

    def _write(self, now: float, text: str) -> int:
        date = _START + timedelta(seconds=now)
        self.lines.append((now, f"[{date:%b} {date.day:2d} {date:%H:%M:%S}] {text}"))
        return len(self.lines) - 1

    def _address(self, site: Site, now: float) -> str:
        changes = sum(moment <= now for moment in site.new_address)
        return f"203.0.113.{10 * site.name + changes % 10}"

    def _is_off(self, phone: _Phone, now: float) -> bool:
        return any(span.holds(now) for span in (*phone.off, *phone.site.power))

    def _is_dark(self, phone: _Phone, now: float) -> bool:
        return any(span.holds(now) for span in phone.site.dark)

    # What a phone sends

    def _send(self, phone: _Phone, now: float) -> bool:
        """Send a packet: the NAT makes or renews the entry; tell whether the PBX gets it."""
        if self._is_off(phone, now):
            return False
        born = [moment for moment in phone.site.new_address if moment <= now]
        if now >= phone.dies or (born and phone.alive_since < born[-1]):
            port = phone.local if phone.site.keeps_port else next(self._ports)
            phone.moved |= port != phone.public
            phone.public, phone.alive_since = port, now
        phone.dies = now + phone.site.timer
        if self._is_dark(phone, now) or any(span.holds(now) for span in self.pbx_dark):
            return False
        return self.random.random() >= phone.site.loss

    def _keepalive(self, phone: _Phone, now: float) -> None:
        self._send(phone, now)
        self._at(now + 60 + self.random.uniform(-0.5, 0.5), lambda then: self._keepalive(phone, then))

    def _subscription(self, phone: _Phone, now: float) -> None:
        self._send(phone, now)
        pause = self.random.expovariate(1 / phone.busy)
        self._at(now + pause, lambda then: self._subscription(phone, then))

    def _register(self, phone: _Phone, now: float, *, again: bool = True) -> None:
        if again:
            wait = self.random.uniform(54 * 60, 60 * 60)
            self._at(now + wait, lambda then: self._register(phone, then))
        heard = any(self._send(phone, now + later) for later in (0.0, 0.5, 1.5))
        address = self._address(phone.site, now)
        if not heard or self.banned.get(address, 0) > now:
            if not self._is_off(phone, now):
                self._at(now + 30, lambda then: self._register(phone, then, again=False))
            return
        contact = (address, phone.public)
        if contact != phone.contact and self.verbose:
            self._write(
                now,
                f"VERBOSE[1] chan_sip.c:     -- Registered SIP '{phone.name}' at {address}:{phone.public}",
            )
        phone.contact = contact
        phone.turn += 1
        self._ask(phone, now + 0.01, phone.turn)

    def _sign_off(self, phone: _Phone, now: float) -> None:
        if self._send(phone, now) and self.verbose and phone.contact:
            self._write(now, f"VERBOSE[1] chan_sip.c:     -- Unregistered SIP '{phone.name}'")
            phone.contact = None  # whoever signed off is not asked any more

    def _guess(self, site: Site, now: float) -> None:
        address = self._address(site, now)
        if self.banned.get(address, 0) > now:
            return
        for number in range(self.random.randint(8, 15)):
            who = f'"Home" <sip:{4400 + number}@pbx.example>'
            self._write(
                now + 2 * number,
                f"NOTICE[1] chan_sip.c: Registration from '{who}' failed for '{address}:5099' - Wrong password",
            )
        self._at(now + 40, lambda then: self.banned.__setitem__(address, then + self.ban))

    # What the PBX asks

    def _restart(self, now: float) -> None:
        self._write(now + 20, "Asterisk 16.30.0 built by root @ pbx on a x86_64 running Linux on 2023-05-01")
        self._write(now + 24, "Asterisk Ready.")
        for number, phone in enumerate(self.phones):
            phone.last, phone.missed, phone.why = 0.0, False, "pbx"
            phone.turn += 1
            self._ask(phone, now + 24 + number * 0.1, phone.turn)

    def _ask(self, phone: _Phone, now: float, turn: int) -> None:
        self._at(now, lambda then: self._question(phone, then, turn))

    def _question(self, phone: _Phone, now: float, turn: int) -> None:
        if turn != phone.turn or phone.contact is None:
            return
        self._copy(phone, now, turn, 0, Counter())

    def _copy(self, phone: _Phone, asked: float, turn: int, number: int, obstacles: Counter[str]) -> None:
        """Send one copy of a question; the next one follows unless the answer is on its way."""
        if turn != phone.turn:
            return
        if number == len(_COPIES):
            why = obstacles.most_common(1)[0][0]
            self._at(asked + _WAIT, lambda then: self._unanswered(phone, then, turn, why))
            return
        now = asked + _COPIES[number]
        obstacle = self._obstacle(phone, now)
        if obstacle is None:
            delay = _COPIES[number] + phone.site.rtt * self.random.uniform(0.8, 1.3)
            if any(span.holds(asked) for span in phone.site.jam):
                delay += self.random.lognormvariate(0.2, 0.8)
            if delay < _WAIT:
                self._at(asked + delay, lambda then: self._answered(phone, then, turn, delay * 1000))
                return
        obstacles[obstacle or "jam"] += 1
        later = asked + _COPIES[number + 1] if number + 1 < len(_COPIES) else now
        self._at(later, lambda _then: self._copy(phone, asked, turn, number + 1, obstacles))

    def _obstacle(self, phone: _Phone, now: float) -> str | None:
        site, address = phone.site, self._address(phone.site, now)
        checks = (
            ("pbx", any(span.holds(now) for span in self.pbx_dark)),
            ("off", any(span.holds(now) for span in phone.off)),
            ("dark", self._is_dark(phone, now) or any(span.holds(now) for span in site.power)),
            ("banned", self.banned.get(address, 0) > now),
            ("address", phone.contact is not None and phone.contact[0] != address),
            ("nat", now >= phone.dies),
            ("port", phone.contact is not None and phone.contact[1] != phone.public),
            ("loss", self.random.random() < site.loss or self.random.random() < site.loss),
        )
        found = next((why for why, holds in checks if holds), None)
        if found is None:
            phone.dies = (
                now + site.timer
            )  # the answer leaves through the entry, whatever the question does to it
        elif found == "loss" and site.inbound and self.random.random() < 0.5:  # noqa: PLR2004 - it was the answer that got lost
            phone.dies = now + site.timer
        return found

    def _answered(self, phone: _Phone, now: float, turn: int, ms: float) -> None:
        if turn != phone.turn:
            return
        late = ms > _LIMIT * 1000
        was_late = phone.last > _LIMIT * 1000
        if phone.missed or phone.last <= 0 or late != was_late:
            word = "Lagged" if late else "Reachable"
            self._write(
                now, f"NOTICE[1] chan_sip.c: Peer '{phone.name}' is now {word}. ({ms:.0f}ms / 2000ms)"
            )
        phone.missed, phone.last = False, max(ms, 1.0)
        self._ask(phone, now + (_AGAIN if late else _QUALIFY), turn)

    def _unanswered(self, phone: _Phone, now: float, turn: int, why: str) -> None:
        if turn != phone.turn:
            return
        if not phone.missed:
            line = self._write(
                now,
                f"NOTICE[1] chan_sip.c: Peer '{phone.name}' is now UNREACHABLE!  Last qualify: {phone.last:.0f}",
            )
            phone.missed, phone.moved = True, why == "port"
            phone.lost_at = line
            self.whys[line] = why
        if self.whys[phone.lost_at] == "nat" and why == "port":
            self.whys[phone.lost_at] = "port"
        self._ask(phone, now + _AGAIN, turn)
