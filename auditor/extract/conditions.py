"""Evaluates the profile's conditions and cases with three answers: holds, does not hold, not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.extract.found import Found
from auditor.extract.versions import in_range
from auditor.extract.view import View
from auditor.model.facts import Evidence
from auditor.model.ports import may_include
from auditor.profiles.schema import Case, Condition


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer and the line that it rests on, if one does. `why` tells what is not known."""

    holds: bool | None
    evidence: Evidence | None = None
    why: str = ""


def evaluate(conditions: Sequence[Condition], view: View, versions: Mapping[str, str]) -> Outcome:
    """Return whether all conditions hold; one that does not hold outweighs one that is not known."""
    evidence: Evidence | None = None
    unknown = ""
    for condition in conditions:
        answer = _one(condition, view, versions)
        if answer.holds is False:
            return answer
        if answer.holds is None:
            unknown = unknown or answer.why or "?"
        evidence = evidence or answer.evidence
    return Outcome(None if unknown else True, evidence, unknown)


def first_case(cases: Sequence[Case], view: View, versions: Mapping[str, str]) -> tuple[Case | None, Outcome]:
    """Return the first case that holds, or None with the reason if an earlier one cannot be decided or none holds."""
    for case in cases:
        answer = evaluate(case.when, view, versions)
        if answer.holds:
            return case, answer
        if answer.holds is None:
            return None, answer
    return None, Outcome(None)


def _one(condition: Condition, view: View, versions: Mapping[str, str]) -> Outcome:
    if condition.version is not None and condition.is_:
        version = versions.get(condition.version)
        answer = None if version is None else in_range(version, condition.is_[0])
        if answer is None and condition.only_if_shown:
            answer = False
        return Outcome(answer, why=condition.version)
    if condition.document is not None:
        read = any(doc.document.kind == condition.document for doc in view.documents)
        return Outcome(read == condition.exists)
    section = condition.section or ""
    hits = [found for found in view.records(section, condition.where) if _value_fits(condition, found)]
    if hits:
        return Outcome(condition.exists, hits[-1].evidence(condition.key))
    if condition.only_if_shown:
        return Outcome(holds=False)
    odd = next(view.not_understood(section), None)
    if odd:
        return Outcome(None, odd[1].evidence(odd[0].line), odd[1].doubt(odd[0]))
    return _absent(condition, section, view)


def _absent(condition: Condition, section: str, view: View) -> Outcome:
    """Return what it means that no such record was found."""
    absence = view.absence(section)
    if not absence.known and condition.key and view.setting(section, condition.where, condition.key):
        return Outcome(not condition.exists)  # it is shown, with another value
    return Outcome(not condition.exists if absence.known else None, why=absence.why)


def _value_fits(condition: Condition, found: Found) -> bool:
    values = found.record.values
    if not all(may_include(values.get(key, ""), port) for key, port in condition.may_meet.items()):
        return False
    if condition.key is None:
        return True
    value = values.get(condition.key)
    if value is None:
        return False
    if condition.matches is not None:
        return re.search(condition.matches, value) is not None
    return condition.is_ is None or value in condition.is_
