"""Reads a set of logs as one: each file in its own order, all of them by time, what stands in two of them once."""

from __future__ import annotations

import heapq
import math
import re
import struct
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from auditor.guide.event_store import EventStore
from auditor.guide.log_dates import Clock
from auditor.guide.log_lines import Mark, Sighting, announces, sightings, stamped
from auditor.guide.log_search import Hit, Search
from auditor.guide.log_sources import Source, dates
from auditor.guide.marks import Refusals
from auditor.guide.peer_table import phones_of_table
from auditor.model.errors import UnreadableDocument
from auditor.model.pbxlog import Event, LogFile, Place
from auditor.model.text import _

_LEVELS = re.compile(
    rb"(?:NOTICE|WARNING|ERROR|VERBOSE|DEBUG|SECURITY)\s?\[\d+\]|^[^\S\n]*(?:--|==) ", re.MULTILINE
)
_RECORD: Final = struct.Struct("<QIII")


@dataclass(slots=True)
class LogBook:
    """What was read.

    Attributes:
        starts: moments at which the PBX said that it started, with their places.
        refusals: registrations that were refused, by address.
        limits: round trip in ms above which a peer counts as lagged, by its number.
        span: first and last moment of all files.
        tables: number of peers of a peer table that was pasted in.
        spooled: files that are newest first and had to be kept aside.
    """

    events: EventStore
    files: list[LogFile] = field(default_factory=list)
    starts: list[tuple[float, Place]] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    limits: dict[int, int] = field(default_factory=dict)
    span: tuple[float, float] = (math.inf, -math.inf)
    tables: int | None = None

    def widen(self, moment: float | None) -> None:
        """Let the span hold this moment."""
        if moment is not None:
            self.span = (min(self.span[0], moment), max(self.span[1], moment))


@dataclass(frozen=True, slots=True)
class _Found:
    sighting: Sighting
    moment: float | None
    assumed: int
    line: int


def read_logs(
    texts: Iterable[Source],
    *,
    zone: tzinfo | None,
    year: int | None,
    keep_texts: bool = True,
    on_event: Callable[[Event], None] | None = None,
    on_spool: Callable[[str], None] | None = None,
) -> LogBook:
    """Read all texts; `on_event` is called for each event as it is read, `on_spool` with a file that is newest first."""
    book = LogBook(events=EventStore(zone=zone, texts=keep_texts or on_event is not None))
    readers = [_Reader(source, book, zone, year, on_spool) for source in texts]
    if all(reader.is_empty for reader in readers):
        raise UnreadableDocument(_("The log is empty."), advice=_("Give a log that holds lines."))
    seen = set[tuple[object, ...]]()
    at = math.nan
    for number, found in _merged(readers):
        if found.moment != at:
            seen.clear()
            at = math.nan if found.moment is None else found.moment
        sighting = found.sighting
        key = (sighting.peer, sighting.state, sighting.ms, sighting.address, sighting.mark)
        if found.moment is not None and len(readers) > 1:
            if any((*key, other) in seen for other in range(len(readers)) if other != number):
                continue  # the same line stands in two files
            seen.add((*key, number))
        _enter(book, readers[number], found)
        if on_event is not None and sighting.state is not None:
            on_event(book.events[-1])
            if not keep_texts and book.events.texts:
                book.events.texts[-1] = None
    book.files = [reader.summary() for reader in readers]
    _refuse_foreign(book, readers)
    if not book.events.in_order():
        book.events.sort()
    return book


def _enter(book: LogBook, reader: _Reader, found: _Found) -> None:
    sighting, events = found.sighting, book.events
    if sighting.mark is Mark.PBX_START and found.moment is not None:
        book.starts.append((found.moment, Place(file=reader.name, line=found.line)))
    elif sighting.mark is Mark.REFUSED and found.moment is not None:
        book.refusals.add(sighting.address or "", found.moment, Place(file=reader.name, line=found.line))
    elif sighting.state is not None:
        file = events.files.number(reader.name)
        events.add(
            sighting, sighting.state, moment=found.moment, assumed=found.assumed, file=file, line=found.line
        )
        if sighting.limit:
            book.limits[events.peer[-1]] = sighting.limit


def _refuse_foreign(book: LogBook, readers: list[_Reader]) -> None:
    if book.events or book.tables is not None or any(reader.looks_like_a_log for reader in readers):
        return
    raise UnreadableDocument(
        _("{name} is no log of a PBX: no line has a date, a level or an event.").format(
            name=", ".join(reader.name for reader in readers)
        ),
        advice=_("Save the log named PBX from the log files of the web interface, or Asterisk's own log."),
    )


def _merged(readers: list[_Reader]) -> Iterator[tuple[int, _Found]]:
    """Yield what all files hold by time; a file is opened when its time has come."""
    waiting = sorted(range(len(readers)), key=lambda number: readers[number].begins, reverse=True)
    heap: list[tuple[float, int, _Found, Iterator[_Found]]] = []
    clock = dict[int, float]()

    def push(number: int, items: Iterator[_Found]) -> None:
        found = next(items, None)
        if found is not None:
            # A line without a date stays behind the one above it.
            clock[number] = clock.get(number, -math.inf) if found.moment is None else found.moment
            heapq.heappush(heap, (clock[number], number, found, items))

    while waiting or heap:
        while waiting and (not heap or readers[waiting[-1]].begins <= heap[0][0]):
            number = waiting.pop()
            clock[number] = readers[number].begins
            push(number, readers[number].found())
        if heap:
            _moment, number, found, items = heapq.heappop(heap)
            yield number, found
            push(number, items)


class _Reader:
    """One file on its way through the clock."""

    def __init__(
        self,
        source: Source,
        book: LogBook,
        zone: tzinfo | None,
        year: int | None,
        on_spool: Callable[[str], None] | None,
    ) -> None:
        self.name = source.name
        self.is_empty = not source.head
        self.looks_like_a_log = source.has_stamps or _LEVELS.search(source.head) is not None
        self._source, self._book = source, book
        self._clock = Clock(zone=zone, year=year, latest=source.written)
        self._unread = self._lines = 0
        self._first: float | None = None
        self._last: float | None = None
        self._newest: str | None = None
        phones = phones_of_table(source.head)
        if phones is not None:
            book.tables = (book.tables or 0) + phones
        self._items: Iterator[_Found]
        if source.newest_first:
            if on_spool:
                on_spool(self.name)
            self._newest = source.first
            self._items = self._turned()
        else:
            self._see(source.first)
            self._items = self._straight()
        self.begins = -math.inf if self._first is None else self._first

    def found(self) -> Iterator[_Found]:
        """Yield what the file holds, oldest first."""
        return self._items

    def summary(self) -> LogFile:
        """Return what is to be said of the file after its end."""
        shown = self._book.events.shown
        return LogFile(
            name=self.name,
            lines=self._lines,
            unread_lines=self._unread,
            first=None if self._first is None else shown(self._first),
            last=None if self._last is None else shown(self._last),
        )

    def _see(self, stamp: str | None) -> tuple[float | None, int]:
        moment, assumed = self._clock.seconds(stamp)
        if moment is not None:
            self._first = moment if self._first is None else min(self._first, moment)
            self._last = moment if self._last is None else max(self._last, moment)
            self._book.widen(moment)
        return moment, assumed

    def _straight(self) -> Iterator[_Found]:
        with self._source.stream() as file:
            search = Search(file)
            for hit in search.hits():
                yield from self._of_line(hit)
        self._lines = search.lines
        if stamps := dates(search.tail):
            self._see(stamps[-1])

    def _turned(self) -> Iterator[_Found]:
        """Yield what a file that is newest first holds; its few lines that matter wait in a temporary file."""
        spool, sizes = tempfile.SpooledTemporaryFile(max_size=1 << 22), array("I")  # noqa: SIM115 - it is read later
        with self._source.stream() as file:
            search = Search(file)
            for hit in search.hits():
                parts = (hit.line, hit.before, hit.after)
                record = _RECORD.pack(hit.number, *map(len, parts)) + b"".join(parts)
                sizes.append(len(record))
                spool.write(record)
        self._lines = search.lines
        stamps = dates(search.tail)
        self._see(stamps[-1] if stamps else None)
        return self._backwards(spool, sizes)

    def _backwards(self, spool: tempfile.SpooledTemporaryFile[bytes], sizes: array[int]) -> Iterator[_Found]:
        end = sum(sizes)
        while sizes:
            end -= sizes.pop()
            spool.seek(end)
            number, *lengths = _RECORD.unpack(spool.read(_RECORD.size))
            line, before, after = (spool.read(length) for length in lengths)
            yield from self._of_line(Hit(number, line, before, after))
        spool.close()
        self._see(self._newest)

    def _of_line(self, hit: Hit) -> Iterator[_Found]:
        line = _text(hit.line)
        read = list(sightings(line))
        if not read or (read[0].stamp is None and hit.before):
            read = self._mended(hit, line) or read
        if not read and announces(line):
            self._unread += 1
        for sighting in read:
            moment, assumed = self._see(sighting.stamp)
            if sighting.state is not None or sighting.mark is not None:
                yield _Found(sighting, moment, assumed, hit.number)

    @staticmethod
    def _mended(hit: Hit, line: str) -> list[Sighting]:
        """Return what a line says together with its neighbour, where a paste broke it in two."""
        before, after = _text(hit.before), _text(hit.after)
        pairs = []
        if not stamped(line) and stamped(before) and not list(sightings(before)):
            pairs += [before + line, f"{before} {line}"]
        if after and not stamped(after):
            pairs += [line + after, f"{line} {after}"]
        for pair in pairs:
            if found := [one for one in sightings(pair) if one.state is not None and one.stamp]:
                return found
        return []


def _text(line: bytes) -> str:
    line = line.rstrip(b"\r\n").strip(b"\0")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
