"""Statements of configs in braces (`a { b c; }`) and as `set` lines: one flat list of words with their lines.

Both forms of the same config give the same statements in the same order, so everything behind this module reads one
language. Only `stanza_config` uses it: other brace languages know no `inactive:`, no groups and no `deactivate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_VERBS = frozenset({"set", "deactivate", "activate", "delete", "insert"})
_PLACES = frozenset({"edit", "top", "up", "exit"})
_HARMLESS = frozenset({"annotate", "commit", "configure", "run", "show", "protect", "unprotect", "quit"})
_OTHERS = frozenset({"rename", "copy", "replace", "wildcard", "rollback"})
_TOKEN = re.compile(
    r"""\#.*|/\*.*?\*/|/\*.*|"(?:[^"\\]|\\.)*"|"[^;{}]*|[{};\[\]]|(?:\$\{[^}\s]*\}|[^\s{};\[\]"])+"""
)
_MARKS = frozenset({"inactive:", "active:", "replace:", "protect:", "delete:"})
_BANNER = re.compile(r"\{[a-z]+(?::node\d+)?\}|\{[a-z]+:[\w.-]+\}")
_PLACE = re.compile(r"\[edit(?: ([^\]]*))?\]")
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement or the head of a block: every word of its way, and its line; `block`: more follow inside it.

    `off`: it is switched off, by a mark at that many of its words; 0 where it holds.
    """

    words: tuple[str, ...]
    line: int
    off: int = 0
    block: bool = False


@dataclass(slots=True)
class Statements:
    """A whole text. `odd` are lines that could not be read, with the words of the block that they stand in.

    `closed`: the first words of blocks that the text shows to their end.
    `moves`: a path, before or behind which other path it stands. `last` are the lines of the last `set` line (and of the one before,
    where it may be the beginning of such another one), and `inside` is the block
    that is cut off: more may follow on either.
    """

    rows: list[Statement] = field(default_factory=list)
    odd: list[tuple[tuple[str, ...], int, str]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    moves: list[tuple[tuple[str, ...], str, tuple[str, ...], int]] = field(default_factory=list)
    last: tuple[int, ...] = ()
    inside: tuple[str, ...] = ()


def statements_of(
    text: str, prefix: tuple[str, ...] = (), places: Mapping[str, tuple[str, ...]] | None = None
) -> Statements:
    """Return the statements of a text in either form.

    `prefix` is the place that blocks were shown from; `places` tells it by the first word of a block.
    """
    return _Parser(prefix, places or {}).parse(text)


class _Parser:
    def __init__(self, prefix: tuple[str, ...], places: Mapping[str, tuple[str, ...]]) -> None:
        self._out = Statements()
        self._places = places
        self._prefix = prefix
        self._base: tuple[str, ...] = ()
        self._stack: list[Statement] = []
        self._words: list[str] = []
        self._list: list[str] | None = None
        self._inactive = self._deleted = False
        self._comment = False
        self._line = self._start = 0
        self._text = ""  # of the last `set` line
        self._unclosed = 0  # the line that no line end closes
        self._switches: dict[tuple[str, ...], bool] = {}
        self._deletions: dict[tuple[str, ...], int] = {}
        self._last_set: dict[str, int] = {}

    def parse(self, text: str) -> Statements:
        self._unclosed = text.count("\n") + 1 if text[-1:] != "\n" else 0
        for number, line in enumerate(text.split("\n"), 1):
            self._line = number
            stripped = line.strip()
            if self._comment:
                _before, end, stripped = stripped.partition("*/")
                self._comment = not end
            if stripped and not self._comment and not (not self._stack and self._line_form(stripped)):
                self._braces(stripped)
        self._finish()
        return self._out

    def _finish(self) -> None:
        self._out.inside = self._stack[-1].words if self._stack else ()
        if self._words:
            self._not_read(" ".join(self._words))
        if self._deletions or self._switches:
            self._out.rows = [row for index, row in enumerate(self._out.rows) if not self._gone(index, row)]
            self._out.rows = [self._switched(row) for row in self._out.rows]
        # A word that a later one begins with may be that one, cut off.
        self._out.closed |= {
            root
            for root, line in self._last_set.items()
            if any(other > line and not root.startswith(word) for word, other in self._last_set.items())
        }

    def _gone(self, index: int, row: Statement) -> bool:
        return any(self._deletions.get(row.words[:end], -1) > index for end in range(1, len(row.words) + 1))

    def _switched(self, row: Statement) -> Statement:
        ends = range(1, len(row.words) + 1)
        off = next((end for end in ends if self._switches.get(row.words[:end], False)), 0)
        return Statement(row.words, row.line, off=off, block=row.block) if off else row

    # Lines of the set form, and lines of the terminal around both forms.

    def _line_form(self, line: str) -> bool:
        """Read a line that is a statement of its own; tell whether it was one."""
        place = _PLACE.fullmatch(line)
        if place:
            self._base = tuple((place[1] or "").split())
            return True
        if _BANNER.fullmatch(line) or line[0] == "#":
            return True
        verb = line.split(None, 1)[0]
        if self._words or line[-1] in "{;" or verb not in _VERBS | _PLACES | _HARMLESS | _OTHERS:
            return False
        words = self._words_of(line)[1:]
        if verb in _PLACES:
            self._go(verb, words)
        elif verb in _OTHERS:
            self._out.odd.append(((), self._line, line[:80]))
        elif verb in _VERBS and words:
            self._change(verb, words)
        return True

    def _words_of(self, line: str) -> list[str]:
        words: list[str] = []
        for mark in _TOKEN.findall(line):
            if mark[0] == "#" or mark.startswith("/*"):
                break
            words.append(mark if mark in "[]" else _bare(mark))
        return words

    def _go(self, verb: str, words: list[str]) -> None:
        if verb == "edit":
            self._base = (*self._base, *words)
        elif verb == "top":
            self._base = tuple(words[1:]) if words[:1] == ["edit"] else ()
        else:
            self._base = self._base[:-1]

    def _change(self, verb: str, words: list[str]) -> None:
        path = (*self._base, *(word for word in words if word not in "[]"))
        if not path or (verb != "set" and self._line == self._unclosed):
            # Cut off, it would mean more than it does.
            self._out.odd.append((path[:1], self._line, f"{verb} {' '.join(path)}"[:80]))
        if path:
            self._apply(verb, path, words)

    def _apply(self, verb: str, path: tuple[str, ...], words: list[str]) -> None:
        if verb == "set":
            self._last_set[path[0]] = self._line
            text = " ".join(path)
            before = self._out.last[-1:] if self._text.startswith(text) else ()
            self._out.last, self._text = (*before, self._line), text
            for one in _spread(words):
                self._out.rows.append(Statement((*self._base, *one), self._line))
        elif verb == "insert":
            self._insert(path)
        elif verb == "delete":
            self._deletions[path] = len(self._out.rows)
            self._switches.pop(path, None)
        else:
            self._switches[path] = verb == "deactivate"
        if verb != "set":
            self._out.last, self._text = (), ""

    def _insert(self, path: tuple[str, ...]) -> None:
        where = next((word for word in reversed(path) if word in {"before", "after"}), "")
        at = len(path) - 1 - path[::-1].index(where) if where else 0
        other = path[at + 1 :]
        if not where or len(other) >= at:
            self._out.odd.append((path[:2], self._line, " ".join(path)[:80]))
            return
        self._out.moves.append((path[:at], where, (*path[: at - len(other)], *other), self._line))

    # The form in braces.

    def _braces(self, line: str) -> None:
        for mark in _TOKEN.findall(line):
            if mark[0] == "#":
                break
            if mark.startswith("/*"):
                self._comment = not mark.endswith("*/") or mark == "/*/"
                continue
            self._take(mark)
        if self._words and self._list is None:
            self._not_read(line)
            self._reset()

    def _take(self, mark: str) -> None:
        if mark == "{":
            self._open()
        elif mark == "}":
            self._close()
        elif mark == ";":
            self._end()
        elif mark == "[":
            self._list = []
        elif mark == "]":
            self._close_list()
        elif self._list is not None:
            self._list.append(_bare(mark))
        elif not self._words and mark in _MARKS:
            self._inactive |= mark == "inactive:"
            self._deleted |= mark == "delete:"
        else:
            if not self._words:
                self._start = self._line
            self._words.append(_bare(mark))

    def _close_list(self) -> None:
        if self._list is None:
            self._not_read("]")
            return
        self._words.append("[")
        self._words.extend([*self._list, "]"])
        self._list = None

    def _path(self) -> tuple[str, ...]:
        if self._stack:
            return self._stack[-1].words
        place = (*self._prefix, *self._base)
        return place or (self._places.get(self._words[0], ()) if self._words else ())

    def _off(self) -> int:
        above = self._stack[-1].off if self._stack else 0
        return above or (len(self._path()) + 1 if self._inactive or self._deleted else 0)

    def _open(self) -> None:
        if self._list is not None or len(self._stack) > _DEEPEST:
            self._not_read("{")
        words = (*self._path(), *(word for word in self._words if word not in "[]"))
        off = self._off()
        if self._words:
            self._out.rows.append(Statement(words, self._start, off=off, block=True))
        self._stack.append(Statement(words, self._start, off=off))
        self._reset()

    def _close(self) -> None:
        if self._words or self._list is not None:
            self._not_read(" ".join(self._words))
        self._reset()
        if not self._stack:
            self._not_read("}")
            return
        block = self._stack.pop()
        if not self._stack and len(block.words) == 1:
            self._out.closed.add(block.words[0])

    def _end(self) -> None:
        if self._list is not None:
            self._not_read(" ".join(self._words))
        elif self._words:
            off = self._off()
            for one in _spread(self._words):
                self._out.rows.append(Statement((*self._path(), *one), self._start, off=off))
        self._reset()

    def _reset(self) -> None:
        self._words, self._list = [], None
        self._inactive = self._deleted = False

    def _not_read(self, text: str) -> None:
        self._out.odd.append((self._path(), self._line, text.strip()[:80]))


def _bare(mark: str) -> str:
    if mark[0] == '"':
        return mark[1:-1] if len(mark) > 1 and mark[-1] == '"' else mark[1:]
    return mark


def _spread(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield a statement for each member of a list in brackets."""
    if "[" not in words:
        yield tuple(words)
        return
    start = words.index("[")
    end = words.index("]", start) if "]" in words[start:] else len(words)
    for member in words[start + 1 : end]:
        yield (*words[:start], member, *words[end + 1 :])
