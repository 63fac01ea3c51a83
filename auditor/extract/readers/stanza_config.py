"""Reads hierarchical configs in braces or as `set` lines, records by path: both forms give the same records.

Options: `objects`, a list of what becomes a record. `at` is the way to the object, in which `{name}` stands for one
word and becomes a value; `leaves` are what may follow it, tried in order, the first that fits counts:

    {name}       the last statement counts          {name+}   every statement counts, joined by commas
    {name*}      all words that are left            {name#}   ports: `A to B` becomes `A-B`, joined by commas

A leaf `{match: ..., values: {...}}` sets values of its own, a leaf without braces sets its words to `yes`. `pairs: true`
reads `key value key value` behind the object instead. `parent` names the section of an object that stands above: its
values count here, too. `values` are values that follow from others (`"{ifd}.{unit}"`). With `keep_inactive` an object
that is switched off is kept, with `@inactive`; other inactive statements count as not there. `@last` tells that an
object stands on the last `set` line of the text or in a block that is cut off: what follows might have changed it.

`prefix` is the place that the text was shown from, `places` tells it by the first word of a block. `strip` are words
before a name that make it a part of the device (`logical-systems NAME`), told as `@system`. `roots` are the first words
whose lines matter: one that cannot be read there is told. `lookup` adds what the policies mean for SIP phones (see
`auditor.extract.zone_policies`): `predefined` is how the names of predefined applications begin, `sip` are those that
may hold UDP to the SIP port.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.extract.brace_groups import with_groups
from auditor.extract.brace_objects import Found, ObjectKind, kinds_of
from auditor.extract.brace_statements import Statements, statements_of
from auditor.extract.records import NotUnderstood, Reading
from auditor.extract.zone_objects import Predefined
from auditor.extract.zone_policies import FORWARDS, LOOKED_UP, look_up, settled

_MOST_MOVES = 2000


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for each object of the profile that the text names."""
    places = {str(word): tuple(str(place).split()) for word, place in options.get("places", {}).items()}
    parsed = statements_of(text, tuple(str(options.get("prefix", "")).split()), places)
    kinds = kinds_of(options["objects"])
    strip = frozenset(options.get("strip", ()))
    roots = frozenset(options.get("roots", ()))
    objects = _objects(parsed, kinds, strip)
    odd = [*_odd(parsed, kinds, roots)]
    for section in objects:
        objects[section] = _moved(objects[section], parsed, strip, odd, section)
    records = [one.record() for one in _with_parents(objects, kinds)]
    closed = parsed.closed & roots
    sections = _sections(parsed, kinds, closed)
    lookup = options.get("lookup")
    if lookup:
        predefined = Predefined(begins=str(lookup["predefined"]), sip=frozenset(lookup["sip"]))
        derived, doubts = look_up(records, predefined)
        records += derived
        odd += [*doubts, *_of_derived(odd)]
        start = next((line for name, line in sections if name == "policy"), None)
        names = LOOKED_UP if settled(records) else FORWARDS
        sections += [(name, start) for name in names if start is not None]
    return Reading(
        records=tuple(records),
        sections=tuple(sections),
        not_understood=tuple(dict.fromkeys(odd)),
        ended=bool(closed) or None,
    )


def _stripped(words: tuple[str, ...], strip: frozenset[str]) -> tuple[tuple[str, ...], str]:
    return (words[2:], words[1]) if len(words) > 1 and words[0] in strip else (words, "")


def _objects(
    parsed: Statements, kinds: Mapping[str, Sequence[ObjectKind]], strip: frozenset[str]
) -> dict[str, dict[tuple[str, ...], Found]]:
    """Return the objects of each section by their way, in the order of the text."""
    inside, _system = _stripped(parsed.inside, strip)
    objects: dict[str, dict[tuple[str, ...], Found]] = {}
    for row in with_groups(parsed):
        words, system = _stripped(row.words, strip)
        off = max(row.off - (len(row.words) - len(words)), 1) if row.off else 0
        for kind in kinds.get(words[0], ()) if words else ():
            names = kind.names(words)
            if names is None:
                continue
            if not off or (kind.keep_inactive and off <= len(kind.at)):
                here = objects.setdefault(kind.section, {})
                key = (system, *words[: len(kind.at)])
                found = here.get(key)
                if found is None:
                    found = here[key] = Found(kind, names, row.line)
                    if system:
                        found.values["@system"] = system
                found.add(words[len(kind.at) :], row.line, off=bool(off), block=row.block)
                if row.line in parsed.last or inside[: len(kind.at)] == words[: len(kind.at)]:
                    found.values["@last"] = "yes"
            break
    return objects


def _moved(
    here: dict[tuple[str, ...], Found],
    parsed: Statements,
    strip: frozenset[str],
    odd: list[NotUnderstood],
    section: str,
) -> dict[tuple[str, ...], Found]:
    """Return the objects in the order that `insert` lines give them."""
    if len(parsed.moves) > _MOST_MOVES:
        odd.append(NotUnderstood(section=section, line=parsed.moves[0][3], why="insert"))
        return here
    for path, where, other, _line in parsed.moves:
        key, beside = ((system, *words) for words, system in (_stripped(one, strip) for one in (path, other)))
        if key in here and beside in here and key != beside:
            order = [one for one in here if one != key]
            order.insert(order.index(beside) + (where == "after"), key)
            here = {one: here[one] for one in order}
    return here


def _with_parents(
    objects: Mapping[str, Mapping[tuple[str, ...], Found]], kinds: Mapping[str, Sequence[ObjectKind]]
) -> Iterable[Found]:
    by_section = {kind.section: kind for group in kinds.values() for kind in group}
    for section, found in objects.items():
        parent = by_section[section].parent
        above = objects.get(parent, {}) if parent else {}
        length = len(by_section[parent].at) + 1 if parent else 0
        for key, one in found.items():
            over = above.get(key[:length])
            if over is not None:
                one.values = {**over.values, **one.values}
            yield one


def _odd(
    parsed: Statements, kinds: Mapping[str, Sequence[ObjectKind]], roots: frozenset[str]
) -> Iterable[NotUnderstood]:
    """Tell every section to which a line that was not read may belong."""
    for words, line, why in parsed.odd:
        concerned = roots if not words else {words[0]} & roots
        for section in dict.fromkeys(k.section for root in sorted(concerned) for k in kinds.get(root, ())):
            yield NotUnderstood(section=section, line=line, why=why)


def _of_derived(odd: Sequence[NotUnderstood]) -> Iterable[NotUnderstood]:
    """What the policies mean is made of applications, addresses and rules: a line that is odd there is odd here."""
    for one in odd:
        for name in LOOKED_UP:
            yield NotUnderstood(section=name, line=one.line, why=one.why)


def _sections(
    parsed: Statements, kinds: Mapping[str, Sequence[ObjectKind]], closed: set[str]
) -> list[tuple[str, int]]:
    """Return the sections that begin, and those of which the text shows that there is nothing."""
    begins: dict[str, int] = {}
    for row in parsed.rows:
        begins.setdefault(row.words[0], row.line)
    return [
        (section, begins[root])
        for root in sorted(closed & set(begins), key=lambda root: begins[root])
        for section in dict.fromkeys(kind.section for kind in kinds.get(root, ()))
    ]
