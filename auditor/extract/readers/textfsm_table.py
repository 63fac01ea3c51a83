r"""Reads tables of show output by a TextFSM template of ntc-templates, where that template is right for the output.

Options: `template`, the file's name without its ending; `section` of the records, whose keys are the template's value
names; `empty: legal` where no row means that there is none. Each of TextFSM's endings is told apart: rows are records,
a line that the template refuses, and an output without rows where that is not legal, are not understood.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from textfsm.parser import TextFSM, TextFSMError

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.model.errors import ProfileError
from auditor.model.text import _

# What Python's splitlines, which TextFSM calls, takes for line ends beside the one that counts here.
_OTHER_LINE_ENDS = re.compile("[\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_LONGEST_QUOTE = 80


class _Machine(TextFSM):
    """A template that also tells on which line each value of a row stood."""

    def __init__(self, template: io.StringIO) -> None:
        self.line = 0
        self._stood: dict[str, int] = {}
        self.places: list[tuple[int, dict[str, int]]] = []
        super().__init__(template)

    def _CheckLine(self, line: str) -> None:  # noqa: N802 - the library's name
        self.line += 1
        super()._CheckLine(line)

    def _AssignVar(self, matched: re.Match[str], value: str) -> None:  # noqa: N802
        self._stood[value] = self.line
        super()._AssignVar(matched, value)

    def _AppendRecord(self) -> None:  # noqa: N802
        own = [self._stood[v.name] for v in self.values if v.value and "Filldown" not in v.OptionNames()]
        before = len(self._result)
        super()._AppendRecord()
        if len(self._result) > before:
            self.places.append((min(own, default=self.line), dict(self._stood)))


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for each row of the table."""
    section = str(options["section"])
    machine = copy.deepcopy(_machine(str(options["template"])))
    lines = text.split("\n")
    try:
        rows = machine.ParseText(_OTHER_LINE_ENDS.sub(" ", text))
    except TextFSMError:
        return _not_understood(section, machine.line, lines[machine.line - 1])
    if not rows and options.get("empty") != "legal":
        return _not_understood(section, 1, next((line for line in lines if line.strip()), ""))
    records = [
        Record(section=section, values=_values(machine.header, row), line=line, lines=stood)
        for row, (line, stood) in zip(rows, machine.places, strict=True)
    ]
    return Reading(records=tuple(records), sections=((section, 1),))


def _not_understood(section: str, line: int, text: str) -> Reading:
    odd = NotUnderstood(section=section, line=line, why=text.strip()[:_LONGEST_QUOTE])
    return Reading(sections=((section, 1),), not_understood=(odd,))


def _values(names: list[str], row: list[Any]) -> dict[str, str]:
    texts = (", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row)
    return {name: text for name, text in zip(names, texts, strict=True) if text}


@cache
def _machine(template: str) -> _Machine:
    """Return the compiled template; `ProfileError` if there is none, or none that can be compiled."""
    if not re.fullmatch(r"[\w.-]+", template):
        raise ProfileError(_("There is no TextFSM template {name}.").format(name=template))
    file = files("ntc_templates") / "templates" / f"{template}.textfsm"
    try:
        return _Machine(io.StringIO(file.read_text(encoding="utf-8")))
    except (OSError, TextFSMError) as error:
        raise ProfileError(_("There is no TextFSM template {name}.").format(name=template)) from error
