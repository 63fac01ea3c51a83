"""The language of a PBX's log: what one line says of a peer, in every form in which Asterisk and people write it.

A message counts only where a message stands: behind date, level and source. The same words inside a quoted text, which
a caller may have chosen, say nothing.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from auditor.guide.log_dates import STAMP
from auditor.model.pbxlog import State


class Driver(enum.IntEnum):
    """Which channel driver wrote a line; each qualifies in its own rhythm."""

    SIP = 0
    IAX = 1
    PJSIP = 2


class Mark(enum.IntEnum):
    """Lines that are no event of a peer, but decide between causes."""

    PBX_START = 0
    REFUSED = 1


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one message says; `limit` is the round trip in ms above which the PBX calls a peer lagged."""

    stamp: str | None
    peer: str
    state: State | None
    ms: float | None = None
    address: str | None = None
    driver: Driver = Driver.SIP
    limit: int | None = None
    mark: Mark | None = None


# Literal words of which every line that matters holds one; the order does not matter.
LITERALS = (
    b"is now",
    b"egistered ",
    b" contact '",
    b" has been ",
    b"failed for '",
    b" built by ",
    b"Asterisk Ready",
)

_REFUSAL = "' failed for '"
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_BRACKETED = re.compile(rf"\[(?:{STAMP})\]")
_LEVEL = r"(?:NOTICE|WARNING|ERROR|VERBOSE|DEBUG|SECURITY)"
_PREFIX = re.compile(
    rf"""\s*(?:[^\[\s]{{1,200}}[:-](?=\[))?  # grep's file name or line number
    (?:\[?(?P<stamp>{STAMP.replace(" ", "[ ]").replace("[[ ]T]", "[ T]")})\]?\s*)?
    (?:[\w.-]+\s[\w./-]+(?:\[\d+\])?:\s(?={_LEVEL}\b))?  # syslog's host and program
    (?:{_LEVEL}\s?\[\d+\](?:\[C-[0-9a-f]+\])?:?\s+)?
    (?:[\w/.-]+\.c(?::(?:\d+\s(?:in\s)?\w+:)?)?\s*)?
    (?:(?:--|==|>)\s+)?""",
    re.VERBOSE,
)
_MESSAGES = re.compile(
    r"""(?P<peer>(?i:peer)\ (?:'(?P<quoted>[^'\n]{1,200})'|(?P<bare>[^\s']{1,200}))\ is\ now\s+
            (?P<is>(?i:UNREACHABLE|REACHABLE|(?:TOO\ )?LAGGED))(?![\w-])(?P<tail>.*))
    |(?P<registered>(?P<un>Unr|[Rr])egistered\ (?P<tech>SIP|IAX2)\ '(?P<who>[^'\n]{1,200})'(?:\ \([^)]*\))?
            (?:\ at\ (?P<at>\S+?)(?:\ port\ (?P<port>\d{1,5})\b.*)?)?\s*$)
    |(?P<contact>Contact\ (?P<aor>[^/\s]{1,200})/(?P<uri>\S{1,400})\ (?:is\ now|has\ been)\s+
            (?P<now>Reachable|Unreachable|Unknown|NonQualified|Removed|Created|Updated|created|deleted)\b
            (?:\.?\s+RTT:\ (?P<rtt>[\d.]+)\ msec)?)
    |(?P<added>(?P<how>Added|Removed)\ contact\ '(?P<added_uri>[^']{1,400})'\ (?:to|from)\ AOR\ '(?P<added_aor>[^']{1,200})')
    |(?P<refused>(?:Registration|Request(?:\ '\w+')?)\ from\ '.*'\ failed\ for\ '(?P<from>[^']{1,100})'\ (?:-|\(callid:).*)
    |(?P<start>Asterisk\ (?:Ready\.|\S+\ built\ by\ ).*)""",
    re.VERBOSE,
)
_TAIL = re.compile(
    r"[!.]*\s*(?:Last qualify: (?P<last>-?\d+)|Time: (?P<time>-?\d+)|\((?P<lag>\d+) ms\)|\((?P<ms>\d+)ms(?: / (?P<limit>\d+)ms)?\)?)?"
)
_BARE_TAIL = re.compile(r"[!.]*\s*(?:Last qualify.*|\(.*)?")
_ANNOUNCES = re.compile(
    r"(?i:\bpeer\b.{0,210}\bis now (?:(?:un)?reachable|(?:too )?lagged))|egistered (?:SIP|IAX2) '|\bContact \S+ is now (?:Unr|R)eachable"
)
_CONTACTS = {
    "Reachable": State.REACHABLE,
    "Unreachable": State.UNREACHABLE,
    "Created": State.REGISTERED,
    "created": State.REGISTERED,
    "Removed": State.UNREGISTERED,
    "deleted": State.UNREGISTERED,
}
_PORT = re.compile(r"\d{1,5}")


def sightings(line: str) -> Iterator[Sighting]:
    """Yield what a line says, in its order; several where lines ran into one another."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    if line.startswith("{"):
        line = _of_json(line)
    starts = [match.start() for match in _BRACKETED.finditer(line) if line[: match.start()].strip()]
    if starts and _REFUSAL in line and (whole := _sighting(line)) and whole.mark is Mark.REFUSED:
        yield whole  # what stands between its quotes was chosen by a stranger
        return
    for start, end in pairwise((0, *starts, len(line))):
        if start and line.count('"', 0, start) % 2:
            continue  # inside a quoted text
        if (found := _sighting(line[start:end])) is not None:
            yield found


def announces(line: str) -> bool:
    """Tell whether a line holds the words of an event, in whatever form."""
    return _ANNOUNCES.search(line) is not None


def stamped(line: str) -> bool:
    """Tell whether a line begins a message of its own."""
    prefix = _PREFIX.match(line)
    return prefix is not None and prefix["stamp"] is not None


def _of_json(line: str) -> str:
    """Return Asterisk's JSON form as a line of the ordinary form."""
    try:
        entry = json.loads(line)
        inner = entry.get("logmsg", entry)
        return f"[{entry['timestamp']}] {inner.get('message', entry.get('message', ''))}"
    except (ValueError, KeyError, AttributeError, RecursionError):
        return line


def _sighting(text: str) -> Sighting | None:
    prefix = _PREFIX.match(text)
    stamp = prefix["stamp"] if prefix else None
    message = _MESSAGES.match(text, prefix.end() if prefix else 0)
    return _READERS[message.lastgroup or ""](stamp, message) if message else None


def _peer(stamp: str | None, message: re.Match[str]) -> Sighting | None:
    if message["bare"] and not _BARE_TAIL.fullmatch(message["tail"].rstrip()):
        return None  # without quotes around the name, only the whole form is one
    tail = _TAIL.match(message["tail"])
    word = message["is"].upper()
    state = State.LAGGED if word.endswith("LAGGED") else State[word]
    if tail is None:
        return Sighting(stamp, message["quoted"] or message["bare"], state)
    ms = tail["last"] or tail["time"] or tail["lag"] or tail["ms"]
    return Sighting(
        stamp,
        message["quoted"] or message["bare"],
        state,
        ms=int(ms) if ms and len(ms) < _LONGEST_NUMBER else None,
        driver=Driver.IAX if tail["time"] or tail["lag"] else Driver.SIP,
        limit=int(tail["limit"]) if tail["limit"] and len(tail["limit"]) < _LONGEST_NUMBER else None,
    )


def _registered(stamp: str | None, message: re.Match[str]) -> Sighting:
    address = message["at"]
    if address and message["port"]:
        address = f"[{address}]:{message['port']}" if ":" in address else f"{address}:{message['port']}"
    return Sighting(
        stamp,
        message["who"],
        State.UNREGISTERED if message["un"] == "Unr" else State.REGISTERED,
        address=address[:_LONGEST_ADDRESS] if address else None,
        driver=Driver.IAX if message["tech"] == "IAX2" else Driver.SIP,
    )


def _contact(stamp: str | None, message: re.Match[str]) -> Sighting:
    rtt = message["rtt"]
    try:
        ms = float(rtt) if rtt else None
    except ValueError:
        ms = None
    return Sighting(
        stamp,
        message["aor"],
        _CONTACTS.get(message["now"]),
        ms=ms,
        address=_host(message["uri"]),
        driver=Driver.PJSIP,
    )


def _added(stamp: str | None, message: re.Match[str]) -> Sighting:
    return Sighting(
        stamp,
        message["added_aor"],
        State.REGISTERED if message["how"] == "Added" else State.UNREGISTERED,
        address=_host(message["added_uri"]),
        driver=Driver.PJSIP,
    )


def _refused(stamp: str | None, message: re.Match[str]) -> Sighting:
    return Sighting(stamp, "", None, address=message["from"], mark=Mark.REFUSED)


def _start(stamp: str | None, message: re.Match[str]) -> Sighting:
    del message
    return Sighting(stamp, "", None, mark=Mark.PBX_START)


def _host(uri: str) -> str | None:
    """Return host and port of a SIP address; its user may be a phone number."""
    rest = uri.partition(":")[2] or uri
    host = re.split(r"[;?>]", rest.rpartition("@")[2])[0]
    return host[:_LONGEST_ADDRESS] or None


def host_of(address: str) -> str:
    """Return an address without its port.

    Examples:
        >>> host_of("203.0.113.7:1036"), host_of("[2001:db8::1]:5060"), host_of("2001:db8::1")
        ('203.0.113.7', '2001:db8::1', '2001:db8::1')
    """
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _colon, port = address.rpartition(":")
    return host if host and ":" not in host and _PORT.fullmatch(port) else address


_LONGEST_NUMBER, _LONGEST_ADDRESS = 10, 100
_READERS = {
    "peer": _peer,
    "registered": _registered,
    "contact": _contact,
    "added": _added,
    "refused": _refused,
    "start": _start,
}
