"""Reads a config tree in both of its writings: nested blocks in braces, and one `set` line for each statement.

    nat {                                     set nat destination rule 10 protocol 'udp'
        destination {
            rule 10 {
                protocol udp

Options: `objects` (see `auditor.extract.tree_objects`), `ports` (names of ports), and `proof`: paths that stand in every
whole listing of `set` lines. Such a listing is sorted, so where it holds them all, what comes behind a section proves that
the section was not cut off. A block proves it by its closing brace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.extract.records import NotUnderstood, Reading
from auditor.extract.tree_objects import Objects, Shape

_BLOCK_WORD = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"(?=\s|$)|(?P<bare>[^\s"]\S*))')
_SHELL_WORD = re.compile(r"""\s*(?P<word>(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+)(?=\s|$)""")
_SHELL_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)""")
_COMMAND = re.compile(r"\s*(set|delete)\s+(?=\S)")
_NO_STATEMENT = re.compile(
    r"\s*(?:configure|commit(?:-confirm.*)?|save|exit(?: discard)?|compare|confirm|top|\[edit[^\]]*\])\s*"
)
_DIFFERENCE = re.compile(r"\s?[-+!>](?=\s|\w)")
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])|\r")
_LONGEST_VALUE = 50  # lines in one pair of quotation marks
_LONGEST_QUOTE = 80


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for each object of the tree that the profile asks for."""
    only = options.get("only")
    shapes = [Shape.of(one, options.get("ports", {})) for one in options["objects"]]
    tree = _Tree([shape for shape in shapes if only is None or shape.section in only], options)
    lines = _ANSI.sub("", text).split("\n")
    skip = 0
    for number, line in enumerate(lines, 1):
        if number > skip:
            skip = max(number, tree.line(number, line, lines))
    return tree.reading(cut=bool(lines[-1].strip()))


class _Tree:
    """The state behind each line: the open blocks, and what was stated so far."""

    def __init__(self, shapes: Sequence[Shape], options: Mapping[str, Any]) -> None:
        self._objects = [Objects(shape) for shape in shapes]
        self._by_words: dict[tuple[str, ...], list[Objects]] = {}
        for one in self._objects:
            depth = 1 if one.shape.inherit else 2
            self._by_words.setdefault(one.shape.literal[:depth], []).append(one)
        self._proof = [tuple(str(path).split()) for path in options.get("proof", ())]
        self._proven: set[tuple[str, ...]] = set()
        self._open: list[tuple[tuple[str, ...], int]] = []  # the path of each open block, and its line
        self._filled: list[bool] = []
        self._sections: dict[str, int] = {}
        self._odd: list[NotUnderstood] = []
        self._last: tuple[str, ...] = ()
        self._last_line = 0
        self._sorted, self._set_lines = True, 0
        self._comment = False

    def line(self, number: int, line: str, lines: Sequence[str]) -> int:
        """Take a line in; return the number of the last line that belongs to it."""
        bare = line.strip()
        if self._in_comment(bare) or not bare or bare.startswith(("#", "//")):
            return number
        command = _COMMAND.match(line) if not self._open else None
        if command:
            words = _shell_words(line[command.end() :])
            if words is None:
                self._doubt(number, line, line.split()[1:])
            elif command[1] == "set":
                self._set(words, number)
            else:
                self._delete(words)
            return number
        if not self._open and _NO_STATEMENT.fullmatch(line):
            return number
        if bare[0] in "-+!>" and _DIFFERENCE.match(line):
            self._doubt(number, line, (*self._here(), *bare.lstrip("-+!> ").split()[:1]))
            return self._after_mark(number, line)
        return self._block_line(number, line, lines)

    def _in_comment(self, bare: str) -> bool:
        inside = self._comment
        if not inside and not bare.startswith("/*"):
            return False
        self._comment = "*/" not in bare
        return True

    def _after_mark(self, number: int, line: str) -> int:
        """Keep count of the braces in a line that tells of a difference."""
        words = line.split()
        if words[-1] == "{":
            self._push(tuple(word.lstrip("-+!>") for word in words[:-1] if word.strip("-+!>")), number)
        elif words[-1] == "}":
            self._close(number, line)
        return number

    def _here(self) -> tuple[str, ...]:
        return self._open[-1][0] if self._open else ()

    def _push(self, words: tuple[str, ...], number: int) -> None:
        if self._filled:
            self._filled[-1] = True
        path = (*self._here(), *words)
        self._open.append((path, number))
        self._filled.append(False)
        for one in self._of(path):
            literal = one.shape.literal
            if path[: len(literal)] == literal:
                self._sections.setdefault(one.shape.section, number)

    def _of(self, path: tuple[str, ...]) -> Iterator[Objects]:
        """Yield what a path can be a part of."""
        yield from self._by_words.get(path[:1], ())
        if len(path) > 1:
            yield from self._by_words.get(path[:2], ())

    def _close(self, number: int, line: str) -> None:
        if not self._open:
            self._doubt(number, line, ())
            return
        path, opened = self._open.pop()
        if not self._filled.pop():
            self._state(path, opened)

    def _block_line(self, number: int, line: str, lines: Sequence[str]) -> int:
        words = _block_words(line)
        if words is None:
            self._doubt(number, line, self._here())
            return _value_ends(number, lines)
        if "{" not in line and "}" not in line:
            self._leaf([word for word, quoted in words], number, line, alone=True)
            return number
        pending: list[str] = []
        for word in words:
            if word == ("{", False):
                self._push(tuple(pending), number)
                pending = []
            elif word == ("}", False):
                self._leaf(pending, number, line, alone=False)
                self._close(number, line)
                pending = []
            else:
                pending.append(word[0])
        self._leaf(pending, number, line, alone=True)
        return number

    def _leaf(self, words: list[str], number: int, line: str, *, alone: bool) -> None:
        if not words:
            return
        if not self._open:  # no part of any tree: a message, or a value that lost its beginning
            self._doubt(number, line, ())
            return
        self._filled[-1] = True
        if not alone and len(words) > 2:  # noqa: PLR2004 - several statements in one line: which word is whose?
            self._doubt(number, line, self._here())
            return
        self._state((*self._here(), *words), number)

    def _state(self, path: tuple[str, ...], number: int) -> None:
        for one in self._of(path):
            one.state(path, number)
        self._last, self._last_line = path, number

    def _set(self, words: tuple[str, ...], number: int) -> None:
        self._set_lines += 1
        self._sorted = self._sorted and self._last[:1] <= words[:1]
        if len(self._proven) < len(self._proof):
            self._proven.update(path for path in self._proof if words[: len(path)] == path)
        self._state(words, number)

    def _delete(self, words: tuple[str, ...]) -> None:
        for one in self._objects:
            one.delete(words)

    def _doubt(self, number: int, line: str, path: Sequence[str]) -> None:
        """Keep a line that was not understood for each section of which it may be a part."""
        why = " ".join(line.split())[:_LONGEST_QUOTE]
        sections = dict.fromkeys(one.shape.section for one in self._objects if one.shape.meets(path))
        self._odd.extend(NotUnderstood(section=name, line=number, why=why) for name in sections)

    def reading(self, *, cut: bool) -> Reading:
        """Return the records; an object that the end of the text may have cut is not understood."""
        blocks, listed = bool(self._sections), self._set_lines > 0
        if not self._last:
            self._doubt(1, "", ())
        self._drop_unfinished(cut=cut)
        ended = (not self._open and not self._comment) if blocks else None
        if listed:
            proven = self._proven == set(self._proof)
            ended = proven and (
                self._sorted or None
            )  # in another order, its end tells nothing about the rest
            self._sections = dict(self._passed()) if ended else {}
        return Reading(
            records=tuple(record for one in self._objects for record in one.records()),
            sections=tuple(self._sections.items()),
            not_understood=tuple(sorted(self._odd, key=lambda one: one.line)),
            ended=ended,
        )

    def _passed(self) -> Iterator[tuple[str, int]]:
        """Yield the sections that the sorted listing has left behind; one with objects in two places counts when both are."""
        open_ended = {
            one.shape.section
            for one in self._objects
            if one.shape.literal >= self._last[: len(one.shape.literal)]
        }
        for one in self._objects:
            if one.shape.section not in open_ended:
                yield one.shape.section, 1

    def _drop_unfinished(self, *, cut: bool) -> None:
        """Take away what the end of the text may have cut: the last value, and objects that only count whole."""
        if self._open and cut and self._last:
            self._delete(self._last)
            self._doubt(self._last_line, " ".join(self._last), self._last)
        path = self._here() if self._open else self._last if self._set_lines else ()
        wanted = {"always", "blocks"} if self._open else {"always"}
        for one in self._of(path):
            names = one.shape.names_in(path)
            if names is not None and one.shape.whole in wanted and one.holds(names):
                why = " ".join(path)[:_LONGEST_QUOTE]
                self._odd.append(NotUnderstood(section=one.shape.section, line=one.drop(names), why=why))


def _value_ends(number: int, lines: Sequence[str]) -> int:
    """Return the line that closes a quotation mark left open, the line itself where none does."""
    for index, line in enumerate(lines[number : number + _LONGEST_VALUE], number + 1):
        if line.count('"') % 2:
            return index
        if line.strip()[-1:] in {"{", "}"}:
            break
    return number


def _block_words(line: str) -> list[tuple[str, bool]] | None:
    """Cut a line into words and whether they were quoted; None where a quotation mark stays open."""
    if '"' not in line:
        return [(word, False) for word in line.split()]
    words, position, text = [], 0, line.rstrip()
    while position < len(text):
        match = _BLOCK_WORD.match(text, position)
        if match is None:
            return None
        quoted = match["quoted"]
        words.append((match["bare"], False) if quoted is None else (_plain(quoted), True))
        position = match.end()
    return words


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def _shell_words(line: str) -> tuple[str, ...] | None:
    """Cut a line into words as a shell does; None where a quotation mark stays open."""
    bare, quote, rest = line.partition("'")
    if '"' not in line and "\\" not in line:
        if not quote:
            return tuple(line.split())
        value, quote, behind = rest.partition("'")
        if quote and not behind.strip() and bare[-1:].isspace():
            return (*bare.split(), value)
    words, position, text = [], 0, line.rstrip()
    while position < len(text):
        match = _SHELL_WORD.match(text, position)
        if match is None:
            return None
        words.append("".join(_part(part) for part in _SHELL_PART.finditer(match["word"])))
        position = match.end()
    return tuple(words)


def _part(match: re.Match[str]) -> str:
    single, double, escaped, bare = match.groups()
    return single if single is not None else _plain(double) if double is not None else escaped or bare
