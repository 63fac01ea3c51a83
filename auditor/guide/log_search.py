"""Finds the few lines of a log that matter: searches bytes for literal words, and decodes nothing else.

The whole is read in pieces of fixed size, so that memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from auditor.guide.log_lines import LITERALS

_PIECE: Final = 1 << 18
_LONGEST: Final = 1 << 16  # bytes of one line that are looked at
_TAIL: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that may matter, with its number (from 1) and its neighbours: a paste may have broken it in two."""

    number: int
    line: bytes
    before: bytes
    after: bytes


class Search:
    """Goes through a file once.

    Attributes:
        lines: how many lines were read so far.
        tail: the last bytes that were read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""  # from the start of the last whole line on: its neighbour is not there yet
        self._before = b""
        self.lines = 0
        self.tail = b""

    def hits(self) -> Iterator[Hit]:
        """Yield the lines that hold one of the literal words, in their order."""
        while piece := self._file.read(_PIECE):
            block = self._rest + piece
            self.tail = block[-_TAIL:]
            last = block.rfind(b"\n")
            cut = block.rfind(b"\n", 0, max(last, 0)) + 1
            if cut == 0 and len(block) > _LONGEST:
                # A line without an end is no log line; its start is kept, and that of the next one.
                block = block[:_LONGEST] + (block[last:] if last > _LONGEST else b"")
                self._rest = block
                continue
            yield from self._search(block, cut)
            self._rest = block[cut:]
        if self._rest:
            yield from self._search(self._rest, len(self._rest))
            self.lines += not self._rest.endswith(b"\n")

    def _search(self, block: bytes, end: int) -> Iterator[Hit]:
        starts = set[int]()
        for word in LITERALS:
            at = block.find(word, 0, end)
            while at >= 0:
                starts.add(block.rfind(b"\n", 0, at) + 1)
                line_end = block.find(b"\n", at, end)
                at = block.find(word, line_end, end) if line_end >= 0 else -1
        number, counted = self.lines, 0
        for start in sorted(starts):
            number += block.count(b"\n", counted, start)
            counted = start
            yield self._hit(block, start, number + 1)
        self.lines = number + block.count(b"\n", counted, end)
        if end:
            begin = block.rfind(b"\n", 0, end - 1) + 1
            self._before = block[begin : min(end, begin + _LONGEST)].rstrip(b"\r\n")

    def _hit(self, block: bytes, start: int, number: int) -> Hit:
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        next_end = block.find(b"\n", end + 1)
        next_end = len(block) if next_end < 0 else next_end
        before = self._before
        if start:
            before = block[block.rfind(b"\n", 0, start - 1) + 1 : start - 1][-_LONGEST:]
        return Hit(
            number,
            block[start : min(end, start + _LONGEST)],
            before,
            block[end + 1 : min(next_end, end + 1 + _LONGEST)],
        )
