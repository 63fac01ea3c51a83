"""A shell's line taken apart: words without their quotes, and where the output goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<mark><<|>>|&&|\|\||[<>;|&()`])|(?P<text>'[^']*'|"[^"]*"|\\.|[^\s'"\\<>;|&()`]+)"""
)

_NEXT = "\0;"


class ShellRefused(Exception):
    """The shell does not take the line; the text is what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command. `target` takes its output, `ends_with` is the word that ends its here-document."""

    words: tuple[str, ...]
    target: str = ""
    ends_with: str = ""


def commands_of(line: str) -> tuple[Command, ...]:
    """Return the commands of a line; `ShellRefused` for what this shell cannot do.

    Examples:
        >>> commands_of("printf '%s' 'a = 1' > /etc/x.conf; id  # note")[0]
        Command(words=('printf', '%s', 'a = 1'), target='/etc/x.conf', ends_with='')
    """
    pieces: list[list[str]] = [[]]
    for part in _parts(line):
        if part == _NEXT:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return tuple(_command(piece) for piece in pieces if piece)


def _parts(line: str) -> Iterator[str]:
    """Yield words and, behind a NUL, marks."""
    word: str | None = None
    position = 0
    while position < len(line):
        match = _TOKEN.match(line, position)
        if match is None:
            raise ShellRefused("-bash: unexpected EOF while looking for matching `\"'")
        if match["text"] and match["text"].startswith("#") and word is None:
            break
        if match["text"]:
            word = (word or "") + _bare(match["text"])
        else:
            if word is not None:
                yield word
            word = None
            if match["mark"]:
                yield f"\0{match['mark']}"
        position = match.end()
    if word is not None:
        yield word


def _bare(text: str) -> str:
    if text[0] in "'\"":
        return text[1:-1]
    return text[1:] if text[0] == "\\" else text


def _command(parts: list[str]) -> Command:
    words: list[str] = []
    targets = {"\0>": "", "\0<<": ""}
    rest = iter(parts)
    for part in rest:
        if part in targets:
            targets[part] = next(rest, "\0newline")
        elif part.startswith("\0"):
            raise ShellRefused(f"-bash: syntax error near unexpected token `{part[1:]}'")
        else:
            words.append(part)
    for target in targets.values():
        if target.startswith("\0"):
            raise ShellRefused(f"-bash: syntax error near unexpected token `{target[1:]}'")
    return Command(words=tuple(words), target=targets["\0>"], ends_with=targets["\0<<"])
