r"""Reads texts in which a line says one thing, by the patterns of the profile.

Options: `section`, and `patterns`, a list of regular expressions whose named groups become the values of a record (an
underscore in a group's name stands for itself; a group that did not take part is left out). A pattern is tried on each
line; the first that matches counts. `constants` are values given to every record of a pattern:
`{pattern: ..., values: {state: present}}`. `expect: all` makes every other non-empty line not understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.extract.records import NotUnderstood, Reading, Record


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for each line that a pattern matches."""
    section = str(options["section"])
    patterns = [_compiled(item, section) for item in options["patterns"]]
    strict = options.get("expect") == "all"
    records, odd = [], []
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, constants, where in patterns:
            match = pattern.search(line)
            if match:
                values = {k: v for k, v in match.groupdict().items() if v is not None}
                records.append(Record(section=where, values={**constants, **values}, line=number))
                break
        else:
            if strict and line.strip():
                odd.append(NotUnderstood(section=section, line=number, why=line.strip()[:80]))
    return Reading(records=tuple(records), sections=((section, 1),), not_understood=tuple(odd))


def _compiled(item: Any, section: str) -> tuple[re.Pattern[str], dict[str, str], str]:
    if isinstance(item, str):
        return re.compile(item), {}, section
    constants = {str(k): str(v) for k, v in item.get("values", {}).items()}
    return re.compile(item["pattern"]), constants, str(item.get("section", section))
