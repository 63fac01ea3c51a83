"""What a PBX log tells: events, outages, and the causes that fit them.

A log holds phone numbers, which are personal data: only peer, time, state and address are kept, never a line's text.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class State(enum.StrEnum):
    """What a line says of a peer."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    LAGGED = "lagged"
    REGISTERED = "registered"
    UNREGISTERED = "unregistered"


class EndedBy(enum.StrEnum):
    """What ended an outage, as far as the log shows it.

    Attributes:
        KEEPALIVE: the PBX's next questions were answered again within the time that a phone's keepalive needs.
        QUALIFY: the PBX's own question was answered again, after longer than a keepalive would have needed.
        REREGISTER: the phone registered: from where it was, or from another address.
        NEW_PORT: the phone registered from another port of the same address.
        UNKNOWN: the log does not show it, or the outage is open.
    """

    KEEPALIVE = "keepalive"
    QUALIFY = "qualify"
    REREGISTER = "reregister"
    NEW_PORT = "new_port"
    UNKNOWN = "unknown"


class Scope(enum.StrEnum):
    """Which phones went dark (step 1 of the guide)."""

    NONE = "none"
    ONE = "one"
    SOME = "some"
    ALL = "all"
    UNKNOWN = "unknown"


class CauseClass(enum.StrEnum):
    """Why phones went dark."""

    NAT_TIMER = "nat_timer"
    PORT_CHANGE = "port_change"
    SITE_OUTAGE = "site_outage"
    SINGLE_PHONE = "single_phone"
    LAG = "lag"
    RECONNECT = "reconnect"
    PBX_RESTART = "pbx_restart"
    BLACKLISTED = "blacklisted"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line about one peer.

    Attributes:
        time: with its zone; None where the line has no date.
        time_text: as printed.
        assumed: what of the time the line does not say: `year`, `zone`.
        ms: round trip; of an unreachable peer the last one that was measured.
        address: where the peer is, with its port, where the line tells.
    """

    time: datetime | None
    time_text: str | None
    assumed: tuple[str, ...]
    peer: str
    state: State
    ms: float | None
    address: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """From the line that calls a peer unreachable to the one that says that it is back.

    Attributes:
        start: None where the line has no date.
        end: None while the outage is open, or without a date.
        over: the end was seen.
        cause: class of the cause that this outage is put down to.
    """

    start: datetime | None
    end: datetime | None
    seconds: float | None
    over: bool
    ended_by: EndedBy
    cause: CauseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerOutages:
    """A peer that the log names, with its outages in order."""

    peer: str
    outages: Sequence[Outage]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerBounds:
    """Seconds between which a NAT's timer lies."""

    min: int
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A class with the lines that speak for it.

    Attributes:
        step: of the troubleshooting guide, where one goes on.
        outages: number of outages that are put down to it.
    """

    kind: CauseClass
    confidence: float
    peers: tuple[str, ...]
    timer: TimerBounds | None
    evidence: tuple[Place, ...]
    reason: str
    step: int
    outages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file that was read.

    Attributes:
        unread_lines: lines that announce an event, but in a form that could not be read.
    """

    name: str
    lines: int
    unread_lines: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnalysis:
    """Everything that a PBX log tells.

    Attributes:
        phones: number of phones that there are, where somebody told it.
        registered_before: whether the phones that went dark had been registered; None where the log does not tell.
    """

    files: tuple[LogFile, ...]
    events: Sequence[Event]
    peers: Sequence[PeerOutages]
    phones: int | None
    scope: Scope
    registered_before: bool | None
    causes: tuple[Cause, ...]
