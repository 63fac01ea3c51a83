"""Files as they come: packed, rotated, in any order, in any encoding, with dates that lack a year or a zone."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from logs import BERLIN, back, events, lost, read, write

from auditor.guide.log_reading import read_logs
from auditor.guide.log_sources import sources
from auditor.model.errors import UnreadableDocument

LINES = [lost("08:52:06"), "[Mar  4 08:52:10] VERBOSE[1] pbx.c: other", back("08:52:16")]
TEXT = "".join(f"{line}\n" for line in LINES).encode()
STATES = ["unreachable", "reachable"]


def zipped(*texts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"log/full.{number}", text)
    return packed.getvalue()


PACKED = {
    "plain": TEXT,
    "CRLF": TEXT.replace(b"\n", b"\r\n"),
    "no end of line": TEXT[:-1],
    "gz": gzip.compress(TEXT),
    "bz2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "ZIP": zipped(TEXT),
    "ZIP of gz": zipped(gzip.compress(TEXT)),
    "UTF-16": TEXT.decode().encode("utf-16"),
    "UTF-8 with mark": b"\xef\xbb\xbf" + TEXT,
    "zero bytes of a crash": TEXT[:100] + TEXT[100:].replace(b"\n", b"\n" + b"\0" * 500, 1),
    "newest first": b"\n".join(reversed(TEXT.splitlines())) + b"\n",
    "Latin-1 elsewhere": TEXT + "[Mar  4 09:00:00] NOTICE[1] x.c: Müller\n".encode("latin-1"),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_text_is_read_however_it_is_packed(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(data)
    assert [event.state for event in read(tmp_path / "log").events] == STATES


def test_lines_keep_their_numbers_also_newest_first(tmp_path: Path) -> None:
    write(tmp_path, LINES)
    write(tmp_path, reversed(LINES), "turned")
    assert [event.place.line for event in read(tmp_path / "pbx.log").events] == [1, 3]
    assert [event.place.line for event in read(tmp_path / "turned").events] == [3, 1]


def test_rotated_set_in_any_order_is_one_log_and_what_stands_twice_counts_once(tmp_path: Path) -> None:
    early = write(tmp_path, [lost("08:00:00"), back("08:00:10")], "messages.1")
    late = write(tmp_path, [back("08:00:10"), lost("09:00:00")], "messages")
    for paths in ((early, late), (late, early)):
        assert [event.time_text for event in read(*paths).events] == [
            "Mar  4 08:00:00",
            "Mar  4 08:00:10",
            "Mar  4 09:00:00",
        ]


def test_files_that_were_put_together_in_disorder_are_sorted(tmp_path: Path) -> None:
    lines = [lost("10:00:00"), back("10:00:10"), lost("08:00:00"), back("08:00:10")]
    book = read(write(tmp_path, lines))
    assert book.events[0].time_text == "Mar  4 08:00:00"


def test_year_goes_on_at_new_year_and_comes_from_the_files_date(tmp_path: Path) -> None:
    path = write(tmp_path, [lost("23:59:55", day="Dec 31"), back("00:00:05", day="Jan  1")])
    moment = datetime(2024, 1, 3, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    first, last = read(path, year=None).events
    assert first.time is not None
    assert last.time is not None
    assert (first.time.year, last.time.year) == (2023, 2024)
    assert (last.time - first.time).total_seconds() == 10
    assert first.assumed == ("year",)


def test_leap_day_lies_in_a_leap_year(tmp_path: Path) -> None:
    path = write(tmp_path, [lost("08:00:00", day="Feb 29")])
    moment = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    (event,) = read(path, year=None).events
    assert event.time is not None
    assert event.time.year == 2024


def test_hour_that_comes_twice_runs_on(tmp_path: Path) -> None:
    day = "Oct 25"
    found = events(
        tmp_path,
        *(lost(clock, day=day) for clock in ("02:30:00", "02:59:50", "02:00:10", "02:30:00", "03:00:00")),
    )
    times = [event.time.astimezone(UTC) for event in found if event.time]
    assert times == sorted(times)
    assert (times[-1] - times[0]).total_seconds() == 5400


def test_hour_that_is_missing_takes_no_time(tmp_path: Path) -> None:
    first, last = events(tmp_path, lost("01:59:55", day="Mar 29"), back("03:00:05", day="Mar 29"))
    assert first.time is not None
    assert last.time is not None
    assert last.time.timestamp() - first.time.timestamp() == 10


def test_zone_is_assumed_only_where_nobody_tells_it(tmp_path: Path) -> None:
    path = write(tmp_path, [lost("08:52:06")])
    assert read(path, zone=None).events[0].assumed == ("zone",)
    told = read(path, zone=BERLIN).events[0]
    assert told.assumed == ()
    assert told.time is not None
    assert told.time.isoformat() == "2026-03-04T08:52:06+01:00"
    offset = write(
        tmp_path,
        ["[2026-03-04T08:52:06+0100] NOTICE[1] chan_sip.c: Peer '1' is now UNREACHABLE!  Last qualify: 1"],
    )
    assert read(offset, zone=None).events[0].assumed == ()


def test_date_that_the_calendar_does_not_know_is_no_time(tmp_path: Path) -> None:
    (event,) = events(tmp_path, lost("08:52:06", day="Feb 30"))
    assert (event.time, event.time_text) == (None, "Feb 30 08:52:06")


REFUSED = {
    "empty": b"",
    "binary": bytes(range(32)) * 50,
    "broken gz": gzip.compress(TEXT)[:40],
    "broken ZIP": zipped(TEXT)[:60],
    "another text": b"/ip firewall nat\nadd chain=srcnat action=masquerade\n",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_no_log_is_refused_and_never_without_outages(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(UnreadableDocument):
        read(tmp_path / "log")


def test_empty_file_of_a_rotated_set_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "messages").write_bytes(b"")
    assert len(read(tmp_path / "messages", write(tmp_path, LINES)).events) == 2


def test_events_are_handed_over_while_the_rest_is_unread(tmp_path: Path) -> None:
    seen = list[str]()
    path = write(tmp_path, LINES)
    book = read_logs(
        sources(str(path)),
        zone=BERLIN,
        year=2026,
        keep_texts=False,
        on_event=lambda event: seen.append(event.time_text or ""),
    )
    assert seen == ["Mar  4 08:52:06", "Mar  4 08:52:16"]
    assert [event.time_text for event in book.events] == [None, None]


@pytest.mark.parametrize("size", [(1 << 18) - 3, (1 << 18) - 60, 1 << 18, (1 << 18) + 40, 3 << 18])
def test_line_on_the_edge_of_a_piece_is_read_once(size: int, tmp_path: Path) -> None:
    filler = b"[Mar  4 08:00:00] VERBOSE[1] pbx.c: filler\n"
    head = (filler * (size // len(filler) + 1))[: size - 1] + b"\n"
    (tmp_path / "log").write_bytes(head + TEXT + filler * 3)
    found = read(tmp_path / "log").events
    assert [event.state for event in found] == STATES
    assert found[0].place.line == head.count(b"\n") + 1


def test_line_without_end_is_no_burden(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(TEXT + b"x" * (3 << 18) + b"\n" + TEXT.replace(b"08:52", b"08:53"))
    assert len(read(tmp_path / "log").events) == 4
