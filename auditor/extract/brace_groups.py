"""Groups of statements that `apply-groups` puts into the config, as `stanza_config` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from auditor.extract.brace_statements import Statement, Statements

_GROUP_WORDS = 2  # `groups NAME`
_NODE = "${node}"
_MOST = 200_000  # statements that groups may add
_ORDERED = ("policy", "rule")  # objects whose order counts


def with_groups(read: Statements, shown: str = "node0") -> list[Statement]:
    """Return the statements with those of applied groups in front, which the config's own ones override.

    `shown` is the node of a cluster whose own group counts. What a group says of any name (`<*>`) is said of all names
    that are there. Objects with an order that stand in a group alone are told as not read: their place is not known.
    """
    groups: dict[str, list[Statement]] = {}
    for row in read.rows:
        if row.words[0] == "groups" and len(row.words) > _GROUP_WORDS and not row.off:
            groups.setdefault(row.words[1], []).append(row)
    applied = [
        row
        for row in read.rows
        if len(row.words) > 1 and row.words[-2] == "apply-groups" and row.words[0] != "groups" and not row.off
    ]
    if not applied:
        return read.rows
    there = _Prefixes(read.rows)
    added: list[Statement] = []
    for row in applied:
        name = shown if row.words[-1] == _NODE else row.words[-1]
        if name not in groups:
            if row.words[-1] != _NODE:
                read.odd.append((row.words[:-2], row.line, " ".join(row.words)[:80]))
            continue
        for statement in _of_group(row, groups[name], there, read):
            added.append(statement)
            if len(added) > _MOST:
                read.odd.append(((), row.line, "apply-groups"))
                return [*added, *read.rows]
    return [*added, *read.rows]


class _Prefixes:
    """The ways that are there, by their length; built when a length is asked for."""

    def __init__(self, rows: Sequence[Statement]) -> None:
        self._rows = rows
        self._known: Mapping[int, dict[tuple[str, ...], None]] = {}

    def of(self, length: int) -> Mapping[tuple[str, ...], None]:
        if length not in self._known:
            ways = dict.fromkeys(row.words[:length] for row in self._rows if len(row.words) >= length)
            self._known = {**self._known, length: ways}
        return self._known[length]


def _of_group(
    apply: Statement, group: Sequence[Statement], there: _Prefixes, read: Statements
) -> Iterator[Statement]:
    place = apply.words[:-2]
    for row in group:
        words = row.words[_GROUP_WORDS:]
        if row.block or not _leads(words, place):
            continue
        last = max((index for index, word in enumerate(words) if word[:1] == "<"), default=-1)
        if last >= 0:
            for way in there.of(last + 1):
                if _leads(words[: last + 1], way) and _leads(place, way[: len(place)]):
                    yield Statement((*way, *words[last + 1 :]), row.line)
            continue
        named = [index + 2 for index, word in enumerate(words[:-1]) if word in _ORDERED]
        if named and words[: named[-1]] not in there.of(named[-1]):
            read.odd.append((words[:1], row.line, " ".join(words)[:80]))
        yield Statement(words, row.line)


def _leads(pattern: Sequence[str], way: Sequence[str]) -> bool:
    """Tell whether a way is one that the pattern means, as far as both go."""
    return all(
        fnmatchcase(word, want[1:-1]) if want[:1] == "<" and want[-1:] == ">" else want == word
        for want, word in zip(pattern, way, strict=False)
    )
