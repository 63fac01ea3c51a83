"""Logs for the tests: read and analysed as the command does, from bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.guide.log_reading import LogBook, read_logs
from auditor.guide.log_sources import sources
from auditor.guide.pbxlog import analyse
from auditor.model.pbxlog import Event, LogAnalysis, Outage

BERLIN = ZoneInfo("Europe/Berlin")
NOTICE = "NOTICE[17903] chan_sip.c: "


def write(folder: Path, lines: Iterable[str], name: str = "pbx.log") -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def read(*paths: Path, zone: tzinfo | None = BERLIN, year: int | None = 2026) -> LogBook:
    return read_logs([text for path in paths for text in sources(str(path))], zone=zone, year=year)


def events(folder: Path, *lines: str) -> list[Event]:
    return list(read(write(folder, lines)).events)


def analysis(folder: Path, lines: Iterable[str], *, phones: int | None = None) -> LogAnalysis:
    return analyse(read(write(folder, lines)), phones=phones)


def outages(told: LogAnalysis) -> dict[str, list[Outage]]:
    return {peer.peer: list(peer.outages) for peer in told.peers}


def lost(clock: str, peer: str = "4461.snomd715", last: int = 21, day: str = "Mar  4") -> str:
    return f"[{day} {clock}] {NOTICE}Peer '{peer}' is now UNREACHABLE!  Last qualify: {last}"


def back(clock: str, peer: str = "4461.snomd715", ms: int = 30, day: str = "Mar  4") -> str:
    return f"[{day} {clock}] {NOTICE}Peer '{peer}' is now Reachable. ({ms}ms / 2000ms)"


def registered(clock: str, address: str, peer: str = "4461.snomd715", day: str = "Mar  4") -> str:
    return f"[{day} {clock}] VERBOSE[17903] chan_sip.c:     -- Registered SIP '{peer}' at {address}"
