"""Where a log comes from: files plain or compressed, members of a ZIP, standard input, in whatever encoding."""

from __future__ import annotations

import codecs
import contextlib
import functools
import importlib
import io
import lzma
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from auditor.guide.log_dates import STAMP, Stamp, parse
from auditor.model.errors import UnreadableDocument
from auditor.model.text import _

HEAD: Final = 1 << 18  # bytes that are looked at before a file is read
_STAMPS = re.compile(rb"^[^\n]{0,200}?(" + STAMP.encode() + rb")", re.MULTILINE)
_FEW = 2000  # dates that tell the order of a file
_UNPACK: Final = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "lzma"}
_ZIP = b"PK\x03\x04"
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
)
_BINARY_SHARE = 0.05


@dataclass(slots=True)
class Source:
    """A text to read, oldest or newest line first.

    Attributes:
        head: its first bytes.
        written: when it was last changed, as local time.
        has_stamps: whether a date was found in the head.
        newest_first: whether its dates run backwards.
    """

    name: str
    head: bytes
    written: datetime
    _reopen: Callable[[], BinaryIO] | None
    _rest: BinaryIO | None
    has_stamps: bool = False
    newest_first: bool = False
    first: str | None = None

    @contextlib.contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """Give the text from its start; errors of the file become `UnreadableDocument`."""
        if self._rest is not None:  # what can be read only once
            yield cast("BinaryIO", _Guarded(_Rejoined(self.head, self._rest), self.name))
        elif self._reopen is not None:
            with self._reopen() as file:
                yield cast("BinaryIO", _Guarded(_unpacked(file), self.name))


class _Rejoined(io.RawIOBase):
    """A stream whose head was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        if self._head:
            size = len(self._head) if size < 0 else size
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._rest.read(size)


class _Guarded(io.RawIOBase):
    """A stream that tells in plain words why it cannot be read on."""

    def __init__(self, rest: IO[bytes] | io.RawIOBase, name: str) -> None:
        self._rest, self._name = rest, name

    def read(self, size: int = -1) -> bytes:
        try:
            return self._rest.read(size) or b""
        except _BROKEN as error:
            raise unreadable(self._name, error) from error


class _Narrowed(io.RawIOBase):
    """A stream in a wide encoding, as UTF-8."""

    def __init__(self, rest: BinaryIO, encoding: str) -> None:
        self._rest = rest
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = -1) -> bytes:
        while piece := self._rest.read(size):
            if text := self._decoder.decode(piece):
                return text.encode("utf-8", "replace")
        return b""


def unreadable(name: str, error: Exception) -> UnreadableDocument:
    """Return the error that tells why a file cannot be read."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return UnreadableDocument(
        _("{name} cannot be read: {reason}.").format(name=name, reason=reason),
        advice=_("Check the path and your rights to it."),
    )


def sources(path: str) -> Iterator[Source]:
    """Yield the texts that stand behind a path; `-` is standard input."""
    name = "-" if path == "-" else path
    try:
        if path == "-":
            yield from _of_pipe(sys.stdin.buffer, "-", datetime.now())  # noqa: DTZ005 - local, as the log
            return
        written = datetime.fromtimestamp(Path(path).stat().st_mtime)  # noqa: DTZ006 - local, as the log
        if not Path(path).is_file():
            yield from _of_pipe(Path(path).open("rb"), path, written)  # noqa: SIM115 - it can be opened only once
        elif _is_zip(Path(path)):
            yield from _of_zip(Path(path), name)
        else:
            yield _source(name, functools.partial(io.FileIO, path), written)
    except (*_BROKEN, ValueError) as error:
        raise unreadable(_("standard input") if path == "-" else path, error) from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _of_pipe(pipe: BinaryIO, name: str, written: datetime) -> Iterator[Source]:
    head = pipe.read(len(_ZIP))
    if head != _ZIP:
        text = _unpacked(cast("BinaryIO", _Rejoined(head, pipe)))
        yield _judged(Source(name, _read(text, HEAD), written, None, text))
        return
    # A ZIP has its list of contents at its end.
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - its members are read later
    copy.write(head)
    while piece := pipe.read(HEAD):
        copy.write(piece)
    yield from _of_zip(cast("BinaryIO", copy), name)


def _of_zip(file: Path | BinaryIO, name: str) -> Iterator[Source]:
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if member.is_dir():
            continue
        written = datetime(*member.date_time) if member.date_time[0] > 1980 else datetime.now()  # noqa: DTZ001, DTZ005, PLR2004 - 1980 means that no date was kept
        yield _source(f"{name}/{member.filename}", _opener(archive, member), written)


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast("BinaryIO", archive.open(member))


def _source(name: str, reopen: Callable[[], BinaryIO], written: datetime) -> Source:
    with reopen() as file:
        head = _read(_unpacked(file), HEAD)
    return _judged(Source(name, head, written, reopen, None))


def _judged(source: Source) -> Source:
    """Return a source with what its head tells; refuse what is no text."""
    if _is_binary(source.head):
        raise UnreadableDocument(
            _("{name} is binary, not a text.").format(name=source.name),
            advice=_("Give the PBX's log as text, or packed as gz, bz2, xz or ZIP."),
        )
    stamps = dates(source.head)[:_FEW]
    source.has_stamps = bool(stamps)
    source.newest_first = _runs_backwards(stamps)
    source.first = stamps[0] if stamps else None
    return source


def dates(text: bytes) -> list[str]:
    """Return the dates with which lines begin."""
    return [found.decode() for found in _STAMPS.findall(text)]


def _unpacked(file: BinaryIO) -> BinaryIO:
    """Return the text of a file, packed or in a wide encoding or not."""
    head = _read(file, 6)
    whole = cast("BinaryIO", io.BufferedReader(_Reader(_Rejoined(head, file)), HEAD))
    for magic, module in _UNPACK.items():
        if head.startswith(magic):
            return _unpacked(cast("BinaryIO", importlib.import_module(module).open(whole)))
    for mark, encoding in _WIDE.items():
        if head.startswith(mark):
            return cast("BinaryIO", _Narrowed(whole, encoding))
    return cast("BinaryIO", _Rejoined(head.removeprefix(codecs.BOM_UTF8), file))


class _Reader(io.RawIOBase):
    """What a buffer needs of a stream that only knows `read`."""

    def __init__(self, rest: io.RawIOBase) -> None:
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._rest.read(len(buffer)) or b""
        buffer[: len(piece)] = piece
        return len(piece)


def _read(file: IO[bytes], size: int) -> bytes:
    parts, left = list[bytes](), size
    while left > 0 and (piece := file.read(left)):
        parts.append(piece)
        left -= len(piece)
    return b"".join(parts)


def _is_binary(head: bytes) -> bool:
    # Zero bytes alone are no sign: a crashed PBX leaves a run of them in its log.
    sample = head.replace(b"\0", b"")[:20_000]
    controls = sum(byte < ord(" ") and byte not in b"\t\n\r\f\x08\x1b" for byte in sample)
    return controls > _BINARY_SHARE * max(len(sample), 1) or (bool(head) and not sample)


def _runs_backwards(stamps: list[str]) -> bool:
    """Tell whether most neighbours stand newest first."""
    order = [key for text in stamps if (stamp := parse(text)) and (key := _key(stamp))]
    later = sum(right > left for left, right in pairwise(order))
    earlier = sum(right < left for left, right in pairwise(order))
    return earlier > later


def _key(stamp: Stamp) -> tuple[int, ...]:
    return (stamp.year or 0, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
