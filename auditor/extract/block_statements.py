"""Cuts a block config into its statements: words with their quotes resolved, each statement with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TAKES_VALUE = 3  # words: `set`, key, value
# The usual statement, without escapes and comments: read in one step, for configs are large.
_USUAL = re.compile(
    r"[ \t]*(?:"
    r"set[ \t]+(?P<key>[^\s\"'#]+)[ \t]+(?:\"(?P<quoted>[^\"\\\n]*)\"|(?P<bare>[^\s\"'\\#]+))"
    r"|(?P<close>next|end)"
    r"|edit[ \t]+(?:\"(?P<name>[^\"\\\n]*)\"|(?P<number>[^\s\"'\\#]+))"
    r")?[ \t\r]*(?:\n|\Z)"
)
_BLANKS = re.compile(r"[ \t\r\f\v]*")
_WORD = re.compile(
    r"\"(?P<double>[^\"\\]*+(?:\\.[^\"\\]*+)*+)\"(?=\s|\Z)"
    r"|'(?P<single>[^'\n]*)'(?=\s|\Z)"
    r"|(?P<bare>(?!\")[^\s]+)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """The words of one statement; `broken` where a quotation mark stays open, `last` where the text ends behind it."""

    line: int
    words: tuple[str, ...]
    text: str
    broken: bool = False
    last: bool = False


def statements(text: str) -> Iterator[Statement]:
    """Yield every statement that is not empty; a quoted value may run over lines."""
    position, line, end = 0, 1, len(text)
    while position < end:
        usual = _USUAL.match(text, position)
        if usual:
            words = _usual_words(usual)
            if words:
                yield Statement(line, words, "", last=text[usual.end() - 1] != "\n")
            position, line = usual.end(), line + 1
            continue
        words, stop, whole = _words(text, position)
        if not whole:  # a stray quotation mark must not swallow what follows
            stop = _line_end(text, position)
        if words or not whole:
            yield Statement(line, words, text[position:stop].strip()[:80], not whole, stop >= end)
        line += text.count("\n", position, stop) + 1
        position = stop + 1


def _usual_words(match: re.Match[str]) -> tuple[str, ...]:
    key, quoted, bare, close, name, number = match.groups()
    if key is not None:
        return ("set", key, bare if quoted is None else quoted)
    if close is not None:
        return (close,)
    if name is None and number is None:
        return ()
    return ("edit", number if name is None else name)


def _words(text: str, position: int) -> tuple[tuple[str, ...], int, bool]:
    """Return the words from here to the end of the statement, where that is, and whether its quotes are closed."""
    words: list[str] = []
    while True:
        position = _BLANKS.match(text, position).end()  # type: ignore[union-attr]  # it matches everywhere
        if position >= len(text) or text[position] == "\n":
            return tuple(words), position, True
        if text[position] == "#" and (len(words) != TAKES_VALUE - 1 or words[0] != "set"):
            return tuple(words), _line_end(text, position), True
        match = _WORD.match(text, position)
        if match is None:
            return tuple(words), position, False
        words.append(_value(match))
        position = match.end()


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _value(match: re.Match[str]) -> str:
    double, single, bare = match.groups()
    if single is not None:
        return str(single)
    word = bare if double is None else double
    return _ESCAPED.sub(r"\1", word) if "\\" in word else str(word)
