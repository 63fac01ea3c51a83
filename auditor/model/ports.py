"""Port ranges: the grammar that every report uses (`5060`, `10000-20000`, all ports `1-65535`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LOWEST, HIGHEST = 1, 65535
_RANGE = re.compile(r"(\d{1,5})?\s*([-:])?\s*(\d{1,5})?")
_ALL = frozenset({"", "any", "all", "*"})


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """One contiguous range of ports, both ends included."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def size(self) -> int:
        """Number of ports."""
        return self.last - self.first + 1

    def overlaps(self, other: PortRange) -> bool:
        """Tell whether a port lies in both."""
        return self.first <= other.last and other.first <= self.last

    def covers(self, other: PortRange) -> bool:
        """Tell whether every port of the other lies in this one."""
        return self.first <= other.first and other.last <= self.last


ALL_PORTS = PortRange(LOWEST, HIGHEST)


@lru_cache(maxsize=4096)
def parse_ports(text: str) -> tuple[PortRange, ...] | None:
    """Return the ranges that a list such as `80,443,10000:20000` or `!22` names, in its order; None if unreadable.

    Port 0 is read as the start of "all". A leading `!` means every other port.

    Examples:
        >>> [str(r) for r in parse_ports("1720,3230:3243")]
        ['1720', '3230-3243']
        >>> [str(r) for r in parse_ports("!80")], [str(r) for r in parse_ports("0-65535")]
        (['1-79', '81-65535'], ['1-65535'])
        >>> parse_ports("https") is None
        True
    """
    text = text.strip().lower()
    if text.startswith("!"):
        inner = parse_ports(text[1:])
        return None if inner is None else invert(inner)
    if text in _ALL:
        return (ALL_PORTS,)
    ranges = []
    for part in text.split(","):
        one = _one_range(part.strip())
        if one is None:
            return None
        ranges.append(one)
    return tuple(ranges)


def may_include(text: str, port: int) -> bool:
    """Tell whether a list of ports has this one, or cannot be read.

    Examples:
        >>> may_include("5000-5100", 5060), may_include("80", 5060), may_include("sip", 5060)
        (True, False, True)
    """
    ranges = parse_ports(text)
    return ranges is None or any(one.first <= port <= one.last for one in ranges)


def _one_range(text: str) -> PortRange | None:
    match = _RANGE.fullmatch(text)
    if not match or not text:
        return None
    low, dash, high = match.groups()
    if dash is None:
        low = high = low or high
        if low is None:
            return None
    first, last = int(low or LOWEST), int(high or HIGHEST)
    first = max(first, LOWEST)
    if first > last or last > HIGHEST:
        return None
    return PortRange(first, last)


def invert(ranges: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
    """Return every port that is in none of the ranges, ascending."""
    result, free = [], LOWEST
    for one in sorted(ranges):
        if one.first > free:
            result.append(PortRange(free, one.first - 1))
        free = max(free, one.last + 1)
    if free <= HIGHEST:
        result.append(PortRange(free, HIGHEST))
    return tuple(result)


def intersect(one: tuple[PortRange, ...], two: tuple[PortRange, ...]) -> tuple[PortRange, ...]:
    """Return the ports that are in both, in the order of the first."""
    return tuple(
        PortRange(max(a.first, b.first), min(a.last, b.last)) for a in one for b in two if a.overlaps(b)
    )
