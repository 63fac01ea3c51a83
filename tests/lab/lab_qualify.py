"""The PBX of the lab asks after its phones in chan_sip's rhythm and writes its log; time runs faster, dates do not.

Everything is scaled down by one factor, the NAT's timer too; the dates in the log are scaled up again, so that the log is
one of a phone with a keepalive of 60 s.
"""

from __future__ import annotations

import heapq
import queue
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab_phone import Pbx, _call, _request

_QUALIFY, _AGAIN, _WAIT = 60.0, 10.0, 4.0
_BEGIN = datetime(2026, 3, 4, 8, tzinfo=UTC)


@dataclass(slots=True)
class Watched:
    """A phone that is asked after."""

    name: str
    contact: tuple[str, int]
    asked: float = 0.0
    call: bytes = b""
    lost: bool = False
    ms: float = 0.0


def log_of(pbx: Pbx, phones: list[tuple[float, Watched]], *, seconds: float, times: float) -> list[str]:
    """Ask after each phone first at its moment (of `time.monotonic`) and return the log of so many real seconds."""
    begin, count, lines = time.monotonic(), 0, list[str]()
    due = [(first, number, phone) for number, (first, phone) in enumerate(phones)]
    heapq.heapify(due)
    waiting: dict[bytes, tuple[int, Watched]] = {}

    def write(text: str) -> None:
        date = _BEGIN + timedelta(seconds=(time.monotonic() - begin) * times)
        lines.append(f"[{date:%b} {date.day:2d} {date:%H:%M:%S}] NOTICE[1] chan_sip.c: {text}")

    def again(phone: Watched, number: int, later: float) -> None:
        heapq.heappush(due, (time.monotonic() + later / times, number, phone))

    while (now := time.monotonic()) < begin + seconds:
        try:
            answer = _call(pbx._answers.get(timeout=max(0.001, min(due[0][0] - now, 0.2))))
        except queue.Empty:
            answer = b""
        if (heard := waiting.pop(answer, None)) is not None:
            number, phone = heard
            phone.call, phone.ms = b"", (time.monotonic() - phone.asked) * 1000
            if phone.lost:
                write(f"Peer '{phone.name}' is now Reachable. ({phone.ms:.0f}ms / 2000ms)")
            phone.lost = False
            due[:] = [entry for entry in due if entry[1] != number]
            heapq.heapify(due)
            again(phone, number, _QUALIFY)
        while due[0][0] <= time.monotonic():
            _moment, number, phone = heapq.heappop(due)
            if phone.call:  # the question has waited long enough
                waiting.pop(phone.call, None)
                phone.call = b""
                if not phone.lost:
                    write(f"Peer '{phone.name}' is now UNREACHABLE!  Last qualify: {max(phone.ms, 1):.0f}")
                phone.lost = True
                again(phone, number, _AGAIN)
                continue
            count += 1
            request = _request("OPTIONS", "203.0.113.10", 5060, f"watch{count}")
            phone.asked, phone.call = time.monotonic(), _call(request)
            waiting[phone.call] = number, phone
            pbx._socket.sendto(request, phone.contact)
            again(phone, number, _WAIT)
    return lines
