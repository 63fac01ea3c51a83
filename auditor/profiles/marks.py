"""Marks: a profile's patterns that tell by a line of a text what the text is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_SPACE_AT_ITS_START = re.compile(r"^\^\\s(?=[*+])")


def stands(mark: str, text: str) -> bool:
    """Tell whether a line of the text carries the mark."""
    return _compiled(mark).search(text) is not None


def times(mark: str, text: str) -> int:
    """Return how many times the mark stands in the text."""
    return sum(1 for _match in _compiled(mark).finditer(text))


def any_stands(marks: Iterable[str], text: str) -> bool:
    """Tell whether a line of the text carries one of the marks."""
    return any(stands(mark, text) for mark in marks)


@cache
def _compiled(mark: str) -> re.Pattern[str]:
    r"""Compile a mark. `^\s*` is the space before its own line: over empty lines it would take quadratic time."""
    return re.compile(_SPACE_AT_ITS_START.sub(r"^[^\\S\\n]", mark), re.MULTILINE)
