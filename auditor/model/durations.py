"""Durations as devices write them, in whole seconds."""

from __future__ import annotations

import re

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WORDS = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:\d+ms)?")
_CLOCK = re.compile(r"(?:(\d+)d\s*)?(\d+):(\d\d):(\d\d)(?:\.\d+)?")


def parse_seconds(text: str) -> int | None:
    """Return the seconds that a text such as `180`, `3m`, `1d2h3m4s` or `00:03:00` means, else None.

    Examples:
        >>> parse_seconds("180"), parse_seconds("1d2h3m4s"), parse_seconds("00:03:00")
        (180, 93784, 180)
        >>> parse_seconds("1d00:00:10"), parse_seconds("soon") is None
        (86410, True)
    """
    text = text.strip().lower()
    if text.isascii() and text.isdigit():
        return int(text)
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    words = _WORDS.fullmatch(text)
    if text and words and any(words.groups()):
        return sum(int(part or 0) * _UNITS[unit] for part, unit in zip(words.groups(), "wdhms", strict=True))
    return None


def format_units(seconds: int) -> str:
    """Return the duration with its units, largest first.

    Examples:
        >>> format_units(180), format_units(3661), format_units(0)
        ('3m', '1h1m1s', '0s')
    """
    parts = []
    for unit in "wdhms":
        count, seconds = divmod(seconds, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
