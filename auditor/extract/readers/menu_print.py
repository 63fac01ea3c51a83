r"""Reads what consoles with a tree of menus print: aligned `key: value` settings, or numbered rows of `key=value`.

Beside `menu_script`, and for the same consoles. Option `section`: the menu that was printed, the section of every
record. Option `flags`: what the letters mean where no `Flags:` line is printed, as in terse listings. The flag letters of a row (`X`, `D` ...) become values named as the `Flags:` line names them (`disabled: yes`);
flags of that line which a row does not carry are `no`. A comment (`;;; ...`) becomes `comment`. A row that carries other
letters, or words that belong to no key, is not understood, and neither is a page on which nothing is printed at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.model.text import _

_SETTING = re.compile(r"^\s*([a-z][a-z0-9-]*): ?(.*?)\s*$")
_ROW = re.compile(r"^\s*(\d+)(?=\s|$)(.*)$")
_FLAG_NAME = re.compile(r"([A-Za-z*]) - ([A-Za-z-]+)")
_LETTERS = re.compile(r"[A-Za-z*]+(?=\s|$)")
_KEY = re.compile(r"(?<!\S)([a-z][a-z0-9.-]*)=")
_ESCAPE = re.compile(r'\\(["\\$?_])')


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return one record for a page of settings, or one for each row."""
    section = str(options["section"])
    flags: dict[str, str] = {}
    settings: dict[str, tuple[str, int]] = {}
    rows: list[_Row] = []
    odd: list[NotUnderstood] = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("Flags:") or (flags and not rows and " - " in bare and "=" not in bare):
            flags |= {letter: name.lower() for letter, name in _FLAG_NAME.findall(bare)}
        elif bare.startswith("Columns:"):
            odd.append(NotUnderstood(section=section, line=number, why=bare[:80]))
        elif (row := _ROW.match(line)) and not settings:
            rows.append(_Row(number, row.group(2)))
        elif rows and line[:1].isspace():
            rows[-1].extend(number, line)
        elif (setting := _SETTING.match(line)) and not rows:
            settings[setting.group(1)] = (setting.group(2), number)
        else:
            odd.append(NotUnderstood(section=section, line=number, why=bare[:80]))
    legend = flags or dict(options.get("flags", {}))
    records = [row.record(section, legend) for row in rows]
    odd += [
        NotUnderstood(section=section, line=row.line, why=row.left_over[:80]) for row in rows if row.left_over
    ]
    if not (rows or settings or flags or odd):
        odd.append(NotUnderstood(section=section, line=1, why=_("nothing was printed")))
    if settings:
        records.append(
            Record(
                section=section,
                values={key: value for key, (value, _line) in settings.items()},
                line=min(line for _value, line in settings.values()),
                lines={key: line for key, (_value, line) in settings.items()},
            )
        )
    return Reading(records=tuple(records), sections=((section, 1),), not_understood=tuple(odd))


class _Row:
    """A row with the lines that it spans, until it is whole."""

    def __init__(self, line: int, text: str) -> None:
        self.line = line
        self.left_over = ""  # what was not understood, once the record was made
        self._parts = [(line, text)]

    def extend(self, line: int, text: str) -> None:
        """Add a line that continues the row."""
        self._parts.append((line, text.strip()))

    def record(self, section: str, flags: Mapping[str, str]) -> Record:
        """Return the row as a record."""
        values = dict.fromkeys(flags.values(), "no")
        lines: dict[str, int] = {}
        first = self._parts[0][1].lstrip()
        head = _LETTERS.match(first)
        if head and all(letter in flags for letter in head.group()):
            values |= {flags[letter]: "yes" for letter in head.group()}
            first = first[head.end() :]
        pairs = 0
        for index, (line, part) in enumerate(self._parts):
            bare = first.strip() if index == 0 else part
            if bare.startswith(";;;"):
                values["comment"] = bare[3:].strip()
                lines["comment"] = line
                continue
            found, rest = _pairs(bare)
            pairs += len(found)
            self.left_over = self.left_over or rest
            values |= found
            lines |= dict.fromkeys(found, line)
        if not pairs:
            self.left_over = self.left_over or self._parts[0][1].strip() or str(self.line)
        return Record(section=section, values=values, line=self.line, lines=lines)


def _pairs(text: str) -> tuple[dict[str, str], str]:
    """Cut `key=value key="quoted value"`, and return what stands before a key and belongs to none.

    An unquoted value reaches to the next key, for numbers are printed with blanks.
    """
    pairs: dict[str, str] = {}
    left_over: list[str] = []
    position = 0
    while match := _KEY.search(text, position):
        left_over.append(text[position : match.start()].strip())
        start = match.end()
        if text[start : start + 1] == '"':
            end = _quote_end(text, start)
            pairs[match.group(1)] = _ESCAPE.sub(r"\1", text[start + 1 : end])
            position = end + 1
        else:
            following = _KEY.search(text, start)
            position = following.start() if following else len(text)
            pairs[match.group(1)] = text[start:position].strip()
    left_over.append(text[position:].strip())
    return pairs, " ".join(word for word in left_over if word)


def _quote_end(text: str, start: int) -> int:
    index = start + 1
    while index < len(text) and text[index] != '"':
        index += 2 if text[index] == "\\" else 1
    return min(index, len(text))
