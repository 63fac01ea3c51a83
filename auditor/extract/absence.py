"""What it means that a document does not state something: nothing is there, a default holds, or it is not known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from auditor.extract.found import ReadDocument
from auditor.model.capture import Document, Outcome
from auditor.model.text import _
from auditor.profiles.marks import times
from auditor.profiles.schema import Completeness


@dataclass(frozen=True, slots=True)
class Absence:
    """What it means that nothing was found: `known` if it proves that nothing is there, else `why` not.

    `by_default`: unwritten statements have their default value; otherwise there simply is no such row.
    `failed`: a document that could have told was not readable.
    """

    known: bool
    by_default: bool = False
    failed: bool = False
    why: str = ""


def reason(document: Document) -> str:
    """Return why a document could not be had, in words."""
    reasons = {
        Outcome.REFUSED: _("{name} was refused: {detail}"),
        Outcome.NO_PRIVILEGE: _("the log-in may not run {name}: {detail}"),
        Outcome.TIMED_OUT: _("{name} did not end in time: {detail}"),
        Outcome.CUT_OFF: _("{name} is cut off: {detail}"),
        Outcome.SKIPPED: _("{name} was not run: {detail}"),
    }
    text = reasons.get(document.outcome, _("{name} could not be read"))
    return text.format(name=document.name, detail=document.detail).rstrip(": ")


def absence_in(source: ReadDocument, section: str) -> Absence:
    """Judge one document: is it whole as far as this section goes?"""
    spec, name = source.spec, source.document.name
    if spec.absence == "unknown" or _not_begun(source, section):
        return Absence(known=False, why=_("{name} does not show it").format(name=name))
    if source.broken:
        return Absence(
            known=False,
            failed=True,
            why=_("{name} is not whole: a part failed or is missing").format(name=name),
        )
    if source.document.outcome is Outcome.CUT_OFF:
        return Absence(known=False, failed=True, why=_("{name} was cut off").format(name=name))
    if source.reading.ended is False:
        return Absence(known=False, why=_("{name} does not show its own end").format(name=name))
    if source.document.outcome is Outcome.OK or _proven_whole(source, spec.complete, section):
        return Absence(known=True, by_default=spec.absence == "default")
    return Absence(
        known=False,
        why=_("{name} may end before it: nothing in the text proves that it is whole").format(name=name),
    )


def _not_begun(source: ReadDocument, section: str) -> bool:
    """Tell whether a section that is never left out of a whole text is missing from this one."""
    return section in source.spec.complete.always and all(
        name != section for name, _line in source.reading.sections
    )


def _proven_whole(source: ReadDocument, complete: Completeness, section: str) -> bool:
    """Tell whether a text from a file shows its own end, or something that stands behind the section."""
    if source.reading.closed & {section, section.rpartition(" ")[0]}:
        return True
    begins = [line for name, line in source.reading.sections if name == section]
    if complete.end:
        last = next((line for line in reversed(source.lines) if line.strip()), "")
        if re.search(complete.end, last):
            return True
    if source.reading.ended and begins:
        return True
    if section not in complete.order or not _in_scope(source, complete, section):
        return False
    start = max(begins, default=0)
    behind = complete.order[complete.order.index(section) + 1 :]
    return any(line > start and name in behind for name, line in source.reading.sections)


def _in_scope(source: ReadDocument, complete: Completeness, section: str) -> bool:
    """Tell whether the text is one export, of menus to which the section belongs.

    An export of a single menu holds nothing of its neighbours, and one that follows another proves nothing for it.
    """
    if complete.begin and times(complete.begin, source.document.text) > 1:
        return False
    menus = [name.split() for name, _line in source.reading.sections] or [[]]
    # What the first and the last in the order of their words share, all share.
    shared = [
        word
        for word, _other in takewhile(
            lambda pair: pair[0] == pair[1], zip(min(menus), max(menus), strict=False)
        )
    ]
    return section.split()[: len(shared)] == shared
