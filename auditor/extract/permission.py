"""Forwards that let packets pass only where another statement names them: policies that name a forward's object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from auditor.extract.conditions import evaluate
from auditor.extract.found import Found, matches
from auditor.extract.view import View
from auditor.model.facts import Answer
from auditor.profiles.schema import Permission


class NamedBy:
    """The statements that let forwards pass, found by the name that they give."""

    def __init__(self, view: View, spec: Permission, versions: Mapping[str, str]) -> None:
        self._spec = spec
        self._path_key = view.path_key
        self._whole = view.absence(spec.section).known
        self._counts = evaluate(spec.when, view, versions).holds
        self._by_name: dict[str, list[Found]] = {}
        for found in view.records(spec.section, spec.accept):
            self._by_name.setdefault(found.record.values.get(spec.key, ""), []).append(found)
        rows = [found for named in self._by_name.values() for found in named]
        self._rows = Counter((id(found.source), found.record.line) for found in rows)

    def permits(self, forward: Mapping[str, str]) -> Answer:
        """Return whether a statement lets this forward's packets pass."""
        here = self._naming(forward)
        if any(self._is_certain(found.record.values, forward) for found in here):
            return Answer.YES
        return Answer.NO if not here and self._whole and self._counts else Answer.UNKNOWN

    def switches(self, forward: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of those statements, none where one of them lets something else pass as well."""
        switch = self._spec.switch
        here = self._naming(forward)
        if switch is None or not self._whole or not self._counts:
            return ()
        names = [found.record.values.get(switch, "") for found in here]
        # A statement that names several things has a row for each of them, all with the same line.
        alone = all(self._rows[id(found.source), found.record.line] == 1 for found in here)
        return tuple(dict.fromkeys(names)) if alone and all(names) else ()

    def source(self, forward: Mapping[str, str]) -> str | None:
        """Return from where alone those statements let packets pass, None where that is everywhere or not known."""
        key, everywhere = self._spec.source, set(self._spec.everywhere)
        here = [found.record.values for found in self._naming(forward)]
        said = [values.get(key, "").splitlines() for values in here] if key else []
        plain = all(matches(values, self._spec.source_if) for values in here)
        if not plain or not all(said) or any(everywhere & set(names) for names in said):
            return None
        return ", ".join(dict.fromkeys(name for names in said for name in names)) or None

    def _agree(self, statement: str, forward: str) -> bool:
        names = statement.splitlines()
        return forward in names or self._spec.wildcard in {*names, forward}

    def _naming(self, forward: Mapping[str, str]) -> list[Found]:
        path = forward.get(self._path_key, "")
        named = self._by_name.get(forward.get(self._spec.by, ""), [])
        return [f for f in named if f.record.values.get(self._path_key, "") in {"", path}]

    def _is_certain(self, statement: Mapping[str, str], forward: Mapping[str, str]) -> bool:
        return matches(statement, self._spec.certain) and all(
            self._agree(statement.get(key, ""), forward.get(other, ""))
            for key, other in self._spec.same.items()
        )
