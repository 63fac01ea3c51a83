r"""Cuts a line of the menu console into statements and words, each with the column in which it stands (1-based).

    /ip firewall nat add comment="a b"; print   ->   two statements

Quotes and brackets keep a word together; `\` keeps the next character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9.-]*)(!=|=|~)(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([0-9A-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "_": " "}
_PLAIN = re.compile(r"[A-Za-z0-9!_.,:/@*+-]+")
_OPEN, _CLOSE = "[(", "])"


class Refused(Exception):
    """The console refuses the statement; `kind` names the text, the rest fills it."""

    def __init__(self, kind: str, *, column: int = 0, word: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.column = column
        self.word = word


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word as typed, and its column."""

    text: str
    column: int

    @property
    def pair(self) -> tuple[str, str, str] | None:
        """Return key, operator and raw value of `key=value`, `key!=value` or `key~value`."""
        match = _PAIR.fullmatch(self.text)
        return (match.group(1), match.group(2), match.group(3)) if match else None

    @property
    def group(self) -> str | None:
        """Return what stands between brackets."""
        return self.text[1:-1] if self.text[:1] == "[" else None


def statements(line: str, first_column: int = 1) -> list[list[Word]]:
    """Return the words of every statement of the line; raises `Refused` where quotes or brackets do not close."""
    found: list[list[Word]] = [[]]
    index = 0
    while index < len(line):
        char = line[index]
        if char == "#" and not found[-1]:
            break
        if char == ";":
            found.append([])
            index += 1
        elif char.isspace():
            index += 1
        else:
            end = _word_end(line, index, first_column)
            found[-1].append(Word(text=line[index:end], column=index + first_column))
            index = end
    return [words for words in found if words]


def unquoted(raw: str) -> str:
    """Return the value that a raw word means."""
    if raw[:1] != '"':
        return raw
    return _ESCAPED.sub(_escape, raw[1:-1])


def quoted(value: str) -> str:
    """Return the value in quotes, as the console prints it."""
    escaped = re.sub(r'(["\\$?])', r"\\\1", value)
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def exported(value: str) -> str:
    """Return the value as an export writes it: in quotes only where it has to be."""
    return value if _PLAIN.fullmatch(value) else quoted(value)


def _escape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code, 16)) if len(code) == 2 else _ESCAPES.get(code, code)  # noqa: PLR2004 - two hex digits


def _word_end(line: str, start: int, first_column: int) -> int:
    depth, in_quotes, index = 0, False, start
    while index < len(line):
        char = line[index]
        if in_quotes and char == "\\":
            index += 1
        elif char == '"':
            in_quotes = not in_quotes
        elif not in_quotes and char in _OPEN:
            depth += 1
        elif not in_quotes and char in _CLOSE:
            depth -= 1
            if depth < 0:
                raise Refused("syntax", column=index + first_column)
        elif not in_quotes and depth == 0 and (char.isspace() or char == ";"):
            return index
        index += 1
    if in_quotes or depth:
        raise Refused("syntax", column=len(line) + first_column)
    return len(line)
