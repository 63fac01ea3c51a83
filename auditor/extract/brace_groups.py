"""Groups of statements that `apply-groups` puts into the config, as `junos_config` reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.extract.brace_statements import Statement, Statements

_GROUP_WORDS = 2  # `groups NAME`
_NODE = "${node}"
_MOST = 400_000  # statements that groups may add


def with_groups(read: Statements, shown: str = "node0") -> list[Statement]:
    """Return the statements with those of applied groups in front, which the config's own ones override.

    `shown` is the node of a cluster whose own group counts. What a group says of any name (`<*>`), and what exists in
    an order (policies, rules), is not put anywhere: it is told as not read.
    """
    groups: dict[str, list[Statement]] = {}
    for row in read.rows:
        if row.words[0] == "groups" and len(row.words) > _GROUP_WORDS and not row.off:
            groups.setdefault(row.words[1], []).append(row)
    added: list[Statement] = []
    for row in read.rows:
        if len(row.words) > 1 and row.words[-2] == "apply-groups" and not row.off and not row.block:
            name = shown if row.words[-1] == _NODE else row.words[-1]
            added.extend(_of_group(row, groups, name, read))
            if len(added) > _MOST:
                read.odd.append(((), row.line, "apply-groups"))
                break
    return [*added, *read.rows] if added else read.rows


def _of_group(
    apply: Statement, groups: Mapping[str, Sequence[Statement]], name: str, read: Statements
) -> list[Statement]:
    place = apply.words[:-2]
    if place[:1] == ("groups",):
        return []
    if name not in groups:
        if name != "node0":
            read.odd.append((place, apply.line, " ".join(apply.words)[:80]))
        return []
    found = []
    for row in groups[name]:
        words = row.words[_GROUP_WORDS:]
        if any(word.startswith("<") for word in words) or "policy" in words or "rule" in words:
            if not row.block:
                read.odd.append((words[:1], row.line, " ".join(words)[:80]))
        elif words[: len(place)] == place:
            found.append(Statement(words, row.line, block=row.block))
    return found
