"""Dates of a PBX log: without a year, without a zone, with an hour that comes twice or never."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

STAMP: Final = (
    r"[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
)
_PARTS = re.compile(
    r"(?:(?P<name>[A-Z][a-z]{2}) +(?P<d1>\d{1,2}) (?:(?P<y1>\d{4}) )?|(?P<y2>\d{4})-(?P<month>\d\d)-(?P<d2>\d\d)[ T])"
    r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,6}))?(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
_HALF_A_YEAR = timedelta(days=183)
_EARLIEST = 1970
_SAME_HOUR = 120  # seconds that lines of several threads may stand in disorder
YEAR, ZONE = 1, 2  # what was assumed, as bits


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date as written: `year` and `offset` (seconds east) only where it says so."""

    year: int | None
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int
    offset: int | None

    def in_year(self, year: int) -> datetime | None:
        """Return the naive date of that year; None where the calendar has no such day or time."""
        try:
            # A leap second is written as 60.
            return datetime(  # noqa: DTZ001 - the zone comes later
                year, self.month, self.day, self.hour, self.minute, min(self.second, 59), self.microsecond
            )
        except ValueError:
            return None


def parse(text: str) -> Stamp | None:
    """Return the parts of a date, or None where it is none.

    Examples:
        >>> parse("Mar  4 08:52:06")
        Stamp(year=None, month=3, day=4, hour=8, minute=52, second=6, microsecond=0, offset=None)
    """
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    month = int(match["month"]) if match["month"] else _MONTHS.get(match["name"], 0)
    year = match["y1"] or match["y2"]
    fraction = match["f"]
    return Stamp(
        int(year) if year else None,
        month,
        int(match["d1"] or match["d2"]),
        int(match["h"]),
        int(match["m"]),
        int(match["s"]),
        int(fraction.ljust(6, "0")) if fraction else 0,
        _offset(match["zone"]),
    )


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return -seconds if text[0] == "-" else seconds


class Clock:
    """Turns the dates of one file, oldest first, into seconds since 1970.

    Args:
        zone: of the PBX; None takes this computer's and says that it was assumed.
        year: of the first line; None takes the last one that does not lie after `latest`.
        latest: when the file was written, as local time.
    """

    def __init__(self, *, zone: tzinfo | None, year: int | None, latest: datetime) -> None:
        self._zone = zone
        self._told = year
        self._latest = latest + timedelta(days=1)
        self._year = year
        self._local: datetime | None = None
        self._last = float("-inf")

    def seconds(self, text: str | None) -> tuple[float | None, int]:
        """Return the moment, and as bits what of it was assumed."""
        stamp = parse(text) if text else None
        if stamp is None:
            return None, 0
        local = stamp.in_year(stamp.year) if stamp.year else self._dated(stamp)
        if local is None:
            return None, 0
        assumed = YEAR if stamp.year is None and self._told is None else 0
        try:
            if stamp.offset is not None:
                moment = local.replace(tzinfo=timezone(timedelta(seconds=stamp.offset))).timestamp()
            else:
                moment = self._of_zone(local)
                assumed |= 0 if self._zone else ZONE
        except (ValueError, OverflowError, OSError):
            return None, 0
        self._local, self._last = local, moment
        return moment, assumed

    def _dated(self, stamp: Stamp) -> datetime | None:
        if self._year is None:
            self._year = self._first_year(stamp)
        local = stamp.in_year(self._year)
        if self._local is None or local is None:
            return local or stamp.in_year(self._year + 1)
        if self._local - local > _HALF_A_YEAR:
            self._year += 1
        elif local - self._local > _HALF_A_YEAR and stamp.in_year(self._year - 1):
            self._year -= 1
        return stamp.in_year(self._year)

    def _first_year(self, stamp: Stamp) -> int:
        for year in range(self._latest.year, _EARLIEST, -1):
            if (local := stamp.in_year(year)) and local <= self._latest:
                return year
        return self._latest.year

    def _of_zone(self, local: datetime) -> float:
        """Return the moment; of an hour that comes twice the first one, unless the clock was past it already."""
        moment = self._timestamp(local)
        second = self._timestamp(local.replace(fold=1))
        return second if second > moment and moment < self._last - _SAME_HOUR else moment

    def _timestamp(self, local: datetime) -> float:
        return (local.replace(tzinfo=self._zone) if self._zone else local.astimezone()).timestamp()


def shown(moment: float, zone: tzinfo | None) -> datetime | None:
    """Return a moment in the zone, None in this computer's; None where the calendar ends."""
    try:
        at = datetime.fromtimestamp(moment, tz=UTC)
        return at.astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None
