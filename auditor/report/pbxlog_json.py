"""The PBX log as JSON: schema `auditor.pbxlog/1`, written piece by piece, for there may be a million events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import resources
from typing import Any, Final

from auditor.model.pbxlog import Cause, Event, LogAnalysis, LogFile, Outage, PeerOutages

SCHEMA: Final = "auditor.pbxlog/1"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every analysis is valid against."""
    text = resources.files("auditor.report").joinpath("pbxlog.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def to_json(analysis: LogAnalysis) -> Iterator[str]:
    """Yield the pieces of one object, over several lines."""
    return _pieces(analysis, ",\n    ", events=True)


def summary_line(analysis: LogAnalysis) -> Iterator[str]:
    """Yield the pieces of the last line of `jsonl`: the same object without the events that stand above it."""
    return _pieces(analysis, ", ", events=False)


def event_line(event: Event) -> str:
    """Return an event as one line."""
    return json.dumps(_event(event))


def _pieces(analysis: LogAnalysis, comma: str, *, events: bool) -> Iterator[str]:
    gap = comma[1:].rstrip(" ") or " "
    yield f'{{"schema": "{SCHEMA}",{gap}"files": ['
    yield from _list((_file(file) for file in analysis.files), comma)
    if events:
        yield f'],{gap}"events": ['
        yield from _list(map(_event, analysis.events), comma)
    yield f'],{gap}"peers": ['
    for number, peer in enumerate(analysis.peers):
        yield (comma if number else "") + f'{{"peer": {json.dumps(peer.peer)}, "outages": ['
        yield from _outages(peer)
        yield "]}"
    yield f'],{gap}"scope": "{analysis.scope}", "registered_before": {json.dumps(analysis.registered_before)}'
    yield f',{gap}"causes": ['
    yield from _list((_cause(cause) for cause in analysis.causes), comma)
    yield "]}"


def _list(items: Iterable[object], comma: str) -> Iterator[str]:
    for number, item in enumerate(items):
        yield (comma if number else "") + json.dumps(item)


def _outages(peer: PeerOutages) -> Iterator[str]:
    for number, outage in enumerate(peer.outages):
        yield (", " if number else "") + json.dumps(_outage(outage))


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _file(file: LogFile) -> dict[str, object]:
    return {
        "name": file.name,
        "lines": file.lines,
        "unread_lines": file.unread_lines,
        "first": _time(file.first),
        "last": _time(file.last),
    }


def _event(event: Event) -> dict[str, object]:
    return {
        "time": _time(event.time),
        "time_text": event.time_text,
        "assumed": list(event.assumed),
        "peer": event.peer,
        "state": str(event.state),
        "ms": event.ms,
        "address": event.address,
        "file": event.place.file,
        "line": event.place.line,
    }


def _outage(outage: Outage) -> dict[str, object]:
    return {
        "start": _time(outage.start),
        "end": _time(outage.end),
        "seconds": outage.seconds,
        "ended_by": str(outage.ended_by),
    }


def _cause(cause: Cause) -> dict[str, object]:
    timer = cause.timer
    return {
        "class": str(cause.kind),
        "confidence": cause.confidence,
        "peers": list(cause.peers),
        "nat_timer_seconds": {"min": timer.min, "max": timer.max} if timer else None,
        "evidence": [{"file": place.file, "line": place.line} for place in cause.evidence],
        "reason": cause.reason,
    }
