"""Version ranges such as `>=7,<=7.12`, compared at the precision of the bound."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_BOUND = re.compile(r"\s*(>=|<=|>|<|=)\s*(\d+(?:\.\d+)*)\s*")


def numbers(version: str) -> tuple[int, ...] | None:
    """Return the leading numbers of a version, None if it has none.

    Examples:
        >>> numbers("7.16beta7"), numbers("6.1.0-21-amd64"), numbers("unknown")
        ((7, 16), (6, 1, 0), None)
    """
    match = _NUMBERS.search(version)
    return tuple(int(part) for part in match.group().split(".")) if match else None


def in_range(version: str, versions: str) -> bool | None:
    """Tell whether a version lies in a range; None if the version cannot be read.

    `<=7.12` includes 7.12.1, `>7.12` does not; `*` is every version, also an unreadable one.

    Examples:
        >>> in_range("7.12.1", ">=7,<=7.12"), in_range("7.12.1", ">7.12"), in_range("5.0.0", "<5.0")
        (True, False, False)
    """
    if versions.strip() == "*":
        return True
    found = numbers(version)
    if found is None:
        return None
    return all(_holds(found, bound) for bound in versions.split(","))


def _holds(found: tuple[int, ...], bound: str) -> bool:
    match = _BOUND.fullmatch(bound)
    if not match:
        raise ValueError(f"not a version range: {bound!r}")
    sign, text = match.groups()
    wanted = tuple(int(part) for part in text.split("."))
    have = (found + (0,) * len(wanted))[: len(wanted)]
    return {
        ">=": have >= wanted,
        "<=": have <= wanted,
        ">": have > wanted,
        "<": have < wanted,
        "=": have == wanted,
    }[sign]
