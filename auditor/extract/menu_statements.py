r"""Cuts the text of a menu console into statements, and a statement into words and `key=value` pairs.

A statement is a line with those that it is continued on: a backslash at its end joins the next one and swallows the
blanks that this starts with, and a quote that stays open reaches over the next ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "\\": "\\",
    '"': '"',
    "$": "$",
    "?": "?",
    "_": " ",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
_HEX = re.compile(r"[0-9A-F]{2}")
_CONTINUED = re.compile(r"\\\n[ \t]*")
_QUOTE = re.compile(r'\\.|"')
# The usual pair, without escapes: read in one step, for exports are large.
_PAIR = re.compile(r'([^\s;"\\=\[\]]+)=(?:"([^"\\\n]*)"|([^\s;"\\]*))(?=[\s;]|$)')
_COMMENT = re.compile(r"^[ \t]*#")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a key with its value; `line` is where it starts."""

    key: str
    value: str | None
    line: int
    bracketed: bool = False


def statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, statement, whole) with wrapped and quoted lines left inside; comments and blank lines are left out."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        start = index
        if _COMMENT.match(lines[index]) or not lines[index].strip():
            index += 1
            continue
        quoted = _opens_quote(lines[index])
        while (quoted or is_continued(lines[index])) and index + 1 < len(lines):
            index += 1
            quoted ^= _opens_quote(lines[index])
        whole = not quoted and not is_continued(lines[index])
        yield start + 1, "\n".join(lines[start : index + 1]), whole
        index += 1


def is_continued(line: str) -> bool:
    """Tell whether a line ends in an odd number of backslashes."""
    stripped = line.rstrip("\r")
    return (len(stripped) - len(stripped.rstrip("\\"))) % 2 == 1


def _opens_quote(line: str) -> bool:
    """Tell whether a line opens a quote and leaves it open, or closes one that was open."""
    return '"' in line and sum(found == '"' for found in _QUOTE.findall(line)) % 2 == 1


def tokens_of(statement: str, first: int) -> tuple[list[Token], bool]:
    """Cut a statement into words and key=value pairs; the flag is False where a quote or bracket stays open."""
    tokens: list[Token] = []
    position, line, end = 0, first, len(statement)
    while position < end:
        skipped = _CONTINUED.match(statement, position)
        if skipped:
            line += 1
            position = skipped.end()
        elif statement[position].isspace() or statement[position] in ";]":
            line += statement[position] == "\n"
            position += 1
        elif statement[position] == "[":
            close = _closing(statement, position)
            if close < 0:
                return tokens, False
            inner = _CONTINUED.sub("", statement[position + 1 : close]).strip()
            tokens.append(Token(inner, None, line, bracketed=True))
            line += statement.count("\n", position, close)
            position = close + 1
        elif pair := _PAIR.match(statement, position):
            key, quoted, bare = pair.groups()
            tokens.append(Token(key, bare if quoted is None else quoted, line))
            position = pair.end()
        else:
            start_line = line
            key, position, line, closed = _value(statement, position, line, stop_at_equals=True)
            value = None
            if closed and position < end and statement[position] == "=":
                value, position, line, closed = _value(statement, position + 1, line, stop_at_equals=False)
            tokens.append(Token(key, value, start_line))
            if not closed:
                return tokens, False
    return tokens, True


def _closing(statement: str, position: int) -> int:
    """Return the index of the bracket that closes the one at `position`, -1 if none; quotes are respected."""
    depth, quoted, index = 0, False, position
    while index < len(statement):
        character = statement[index]
        if character == "\\":
            index += 1
        elif character == '"':
            quoted = not quoted
        elif not quoted and character in "[]":
            depth += 1 if character == "[" else -1
            if depth == 0:
                return index
        index += 1
    return -1


def _value(statement: str, position: int, line: int, *, stop_at_equals: bool) -> tuple[str, int, int, bool]:
    """Read a bare or quoted value; return text, next position, line there, and whether its quotes are closed."""
    out: list[str] = []
    quoted, end = False, len(statement)
    while position < end:
        character = statement[position]
        if character == "\\":
            skipped = _CONTINUED.match(statement, position)
            if skipped:
                position, line = skipped.end(), line + 1
                continue
            plain, position = _escape(statement, position)
            out.append(plain)
            continue
        if character == '"':
            quoted = not quoted
        elif not quoted and (
            character.isspace() or character == ";" or (stop_at_equals and character in "=[")
        ):
            break
        else:
            line += character == "\n"
            out.append(character)
        position += 1
    return "".join(out), position, line, not quoted


def _escape(statement: str, position: int) -> tuple[str, int]:
    """Return the character that an escape stands for, and the position behind it."""
    following = statement[position + 1 : position + 2]
    if following in _ESCAPES and following:
        return _ESCAPES[following], position + 2
    code = _HEX.match(statement, position + 1)
    if code:
        return chr(int(code.group(), 16)), position + 3
    return following, position + 2
