"""Marks: a profile's patterns that tell by a line of a text what the text is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_SPACE_AT_ITS_START = re.compile(r"^\^\\s(?=[*+])")
# What has a meaning beside other patterns only: references to groups, names of groups.
_FOR_ITSELF = re.compile(r"\\[1-9]|\(\?P")
# An escaped character, a class of characters, a bracket or an alternative.
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]")


def stands(mark: str, text: str) -> bool:
    """Tell whether a line of the text carries the mark."""
    return _compiled(mark).search(text) is not None


def times(mark: str, text: str) -> int:
    """Return how many times the mark stands in the text."""
    return sum(1 for _match in _compiled(mark).finditer(text))


def any_stands(marks: Iterable[str], text: str) -> bool:
    """Tell whether a line of the text carries one of the marks."""
    return any(pattern.search(text) for pattern in _together(tuple(marks)))


@cache
def _compiled(mark: str) -> re.Pattern[str]:
    return re.compile(_of_its_line(mark), re.MULTILINE)


def _of_its_line(mark: str) -> str:
    r"""Return the mark with `^\s*` as the space before its own line: over empty lines it would take quadratic time."""
    return _SPACE_AT_ITS_START.sub(r"^[^\\S\\n]", mark)


@cache
def _together(marks: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Return patterns of which one is found where a mark stands; those that begin a line are one, looked for once."""
    starts = [mark for mark in marks if mark.startswith("^") and not _FOR_ITSELF.search(mark)]
    starts = [mark for mark in starts if not _has_alternatives(mark)]
    alone = tuple(_compiled(mark) for mark in marks if mark not in starts)
    if not starts:
        return alone
    joint = "|".join(_of_its_line(mark)[1:] for mark in starts)
    return (re.compile(f"^(?:{joint})", re.MULTILINE), *alone)


def _has_alternatives(mark: str) -> bool:
    """Tell whether the mark is several, not in brackets: its `^` belongs to the first only."""
    depth = 0
    for part in _PARTS.findall(mark):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == "|" and not depth:
            return True
    return False
