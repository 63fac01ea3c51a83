"""Sections made of two: rules beside the objects that they name, as a profile's joins say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.extract.found import Found
from auditor.extract.records import Record
from auditor.profiles.schema import Groups, Join, Profile, Where

_DEEPEST = 16  # groups in groups
Records = Callable[[str, Where | None], Iterable[Found]]
_Named = Mapping[str, Sequence[Found | Mapping[str, str]]]


def joined(section: str, profile: Profile, records: Records) -> Iterator[Found]:
    """Yield the rows of a joined section, in the order of its left side; `records` gives those of any section."""
    join = profile.facts.joins[section]
    objects = [_named(records, profile, right, join.name) for right in join.right]
    path_key = profile.facts.paths.key if profile.facts.paths else ""
    members = [_members(records, groups, path_key) for groups in join.groups]
    for left in records(join.left, join.where):
        text = left.record.values.get(join.key)
        if text is None:
            yield _alone(left, section)
            continue
        path = left.record.values.get(path_key, "")
        for name in dict.fromkeys(_spread(_parts(text, join.split), members, path, 0)):
            rights = list(_of_path(name, objects, path, path_key))
            for right in rights if join.each else rights[:1]:
                yield _row(left, section, join, name, right)
            if not rights:
                yield _row(left, section, join, name, None)


def _named(records: Records, profile: Profile, section: str, key: str) -> _Named:
    found: dict[str, list[Found | Mapping[str, str]]] = {}
    for values in profile.facts.tables.get(section, ()):
        found.setdefault(values.get(key, ""), []).append(values)
    for record in records(section, None):
        found.setdefault(record.record.values.get(key, ""), []).append(record)
    return found


def _members(records: Records, groups: Groups, path_key: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return what each group stands for, by path (empty for all) and name."""
    return {
        (found.record.values.get(path_key, ""), found.record.values.get(groups.name, "")): _parts(
            found.record.values.get(groups.members, ""), groups.split
        )
        for found in records(groups.section, groups.where)
    }


def _spread(
    names: Sequence[str], groups: Sequence[Mapping[tuple[str, str], tuple[str, ...]]], path: str, depth: int
) -> Iterator[str]:
    for name in names:
        inside = next(
            (group[where, name] for group in groups for where in (path, "") if (where, name) in group), None
        )
        if inside is None or depth > _DEEPEST:
            yield name
        else:
            yield from _spread(inside, groups, path, depth + 1)


def _parts(text: str, split: str | None) -> tuple[str, ...]:
    parts = re.split(split, text) if split else [text]
    return tuple(part.strip() for part in parts if part.strip())


def _of_path(
    name: str, objects: Sequence[_Named], path: str, path_key: str
) -> Iterator[Found | Mapping[str, str]]:
    for section in objects:
        for found in section.get(name, ()):
            values = found if isinstance(found, Mapping) else found.record.values
            if not path or values.get(path_key, path) in {path, ""}:
                yield found


def _alone(left: Found, section: str) -> Found:
    return replace(left, record=replace(left.record, section=section))


def _row(left: Found, section: str, join: Join, name: str, right: Found | Mapping[str, str] | None) -> Found:
    values = {**left.record.values, join.key: name}
    if right is not None:
        named = right if isinstance(right, Mapping) else right.record.values
        values |= {f"{join.prefix}{key}": value for key, value in named.items()}
    record = Record(section=section, values=values, line=left.record.line, lines=left.record.lines)
    beside = () if right is None or isinstance(right, Mapping) else ((join.prefix, right),)
    return replace(left, record=record, beside=(*left.beside, *beside))
