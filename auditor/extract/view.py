"""All documents of a capture, read, as one thing to ask: what is stated where, and what may be taken as absent."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.extract.absence import Absence, absence_in, reason
from auditor.extract.found import Found, ReadDocument, matches
from auditor.extract.joins import joined
from auditor.extract.readers import reader_for
from auditor.extract.records import NotUnderstood
from auditor.model.capture import Capture, Document, Outcome
from auditor.model.text import _
from auditor.profiles.marks import any_stands, stands
from auditor.profiles.schema import Pick, Profile, Strict, Where

_NAMES_SECTIONS = frozenset({"section", "left", "right"})
_READABLE = frozenset({Outcome.OK, Outcome.FRAGMENT, Outcome.CUT_OFF})


class View:
    """Answers questions about a capture; built once for each audit."""

    def __init__(self, capture: Capture, profile: Profile) -> None:
        self._profile = profile
        self._asked_for = frozenset(_sections_in(profile.facts, profile.documents, profile.remedies))
        self._absences: dict[str, Absence] = {}
        self._sections: dict[str, tuple[Found, ...]] = {}
        self.path_key = profile.facts.paths.key if profile.facts.paths else ""
        self._order = {id(doc): index for index, doc in enumerate(capture.documents)}
        self.path = ""
        order = {kind: index for index, kind in enumerate(profile.documents)}
        known = [doc for doc in capture.documents if doc.kind in order]
        self.unreadable = tuple(doc for doc in known if doc.outcome not in _READABLE)
        # The same command once more shows what holds now: its earlier output does not count.
        latest = {(doc.kind, doc.name): doc for doc in known if doc.outcome in _READABLE}
        self.documents = tuple(
            self._read(doc) for doc in sorted(latest.values(), key=lambda doc: order[doc.kind])
        )

    def _read(self, document: Document) -> ReadDocument:
        spec = self._profile.documents[document.kind]
        text = document.text
        if document.outcome is Outcome.CUT_OFF:  # of its last line nobody knows how it goes on
            text = text[: text.rfind("\n") + 1]
        noise = self._profile.session.noise if self._profile.session else ()
        for pattern in noise:
            text = re.sub(f"(?m){pattern}.*$", "", text)
        reading = reader_for(spec.reader)(text, {"only": self._asked_for, **spec.options})
        if document.context and self.path_key:
            here = {self.path_key: document.context}
            records = (replace(r, values={**here, **r.values}) for r in reading.records)
            reading = replace(reading, records=tuple(records))
        broken = any_stands(spec.complete.broken, document.text)
        return ReadDocument(document, spec, reading, document.text.split("\n"), broken)

    def within(self, path: str) -> View:
        """Return the same documents as one path of the device sees them: its own records and those of all."""
        view = copy.copy(self)
        view.path = path
        return view

    def records(self, section: str, where: Where | None = None) -> Iterator[Found]:
        """Yield every record of a section that has these values, in the order of the profile's documents."""
        rows = self._rows(section, where)
        if not self.path:
            return rows
        return (found for found in rows if self.path_of(found) in {"", self.path})

    def _rows(self, section: str, where: Where | None) -> Iterator[Found]:
        """Yield the records of every path."""
        if section not in self._sections:
            joins = section in self._profile.facts.joins
            rows = joined(section, self._profile, self._rows) if joins else self._stated(section)
            self._sections[section] = tuple(rows)
        found = iter(self._sections[section])
        return (one for one in found if matches(one.record.values, where)) if where else found

    def _stated(self, section: str) -> Iterator[Found]:
        for source in self.documents:
            for record in source.reading.records:
                if record.section == section and not (record.twin and self._shown_by_twin(source, section)):
                    yield Found(source, record)

    def path_of(self, found: Found) -> str:
        """Return the path (VDOM, VRF) that a record belongs to, empty for all."""
        return found.record.values.get(self.path_key, "")

    def setting(self, section: str, where: Where, key: str, ignore: Sequence[str] = ()) -> Found | None:
        """Return the record that sets a key: the last one of the first document that states it.

        Of a document that was had twice, or in another way, the later one counts.
        """
        hit: Found | None = None
        for found in self.records(section, where):
            if found.record.values.get(key, "") in {"", *ignore}:
                continue
            if hit is None or found.source is hit.source or self._supersedes(found.source, hit.source):
                hit = found
        return hit

    def _supersedes(self, source: ReadDocument, first: ReadDocument) -> bool:
        """Tell whether a document holds the same as an earlier one, and was had after it."""
        alike = (source.spec.instead_of or source.document.kind) == (
            first.spec.instead_of or first.document.kind
        )
        return alike and self._order[id(source.document)] > self._order[id(first.document)]

    def pick(self, pick: Pick) -> Iterator[tuple[str, Found]]:
        """Yield the values that a pick points to."""
        for found in self.records(pick.section, pick.where):
            value = found.record.values.get(pick.key)
            if value is None:
                continue
            for part in value.split(pick.split) if pick.split else (value,):
                if pick.pattern:
                    match = re.search(pick.pattern, part)
                    if match:
                        yield match.group(1).strip(), found
                elif part.strip():
                    yield part.strip(), found

    def first(self, picks: Sequence[Pick]) -> tuple[str, Found] | None:
        """Return the first value that any of the picks points to."""
        return next((hit for pick in picks for hit in self.pick(pick)), None)

    def not_understood(self, section: str) -> Iterator[tuple[NotUnderstood, ReadDocument]]:
        """Yield the lines that may belong to a section and could not be read."""
        wanted = self._sides(section)
        for source in self.documents:
            for odd in source.reading.not_understood:
                if odd.section in wanted and not self._shown_elsewhere(odd, source):
                    yield odd, source

    def _shown_elsewhere(self, odd: NotUnderstood, source: ReadDocument) -> bool:
        """Tell whether another document shows the whole section: a twin, or one that proves more than this one."""
        if odd.twin and self._shown_by_twin(source, odd.section):
            return True
        return source.spec.absence == "unknown" and any(
            self._covers(other.document, odd.section)
            and self.whole(other, odd.section)
            and all(another.section != odd.section for another in other.reading.not_understood)
            for other in self.documents
            if other.spec.absence != "unknown"
        )

    def _sides(self, section: str) -> tuple[str, ...]:
        """Return the sections of documents that a section is made of: itself, or both sides of its join."""
        join = self._profile.facts.joins.get(section)
        if join is None:
            return () if section in self._profile.facts.tables else (section,)
        names = (join.left, *(groups.section for groups in join.groups), *join.right)
        return tuple(dict.fromkeys(side for name in names for side in self._sides(name)))

    def doubt(self, section: str) -> str:
        """Return which line of a section was not understood, in words; empty where all were."""
        return next((source.doubt(odd) for odd, source in self.not_understood(section)), "")

    def whole(self, source: ReadDocument, section: str) -> bool:
        """Tell whether a document shows every statement that it could show of a section."""
        return absence_in(source, section).known

    def _shown_by_twin(self, source: ReadDocument, section: str) -> bool:
        """Tell whether the document's twin was read whole and holds this section."""
        twin = source.spec.twin
        return twin is not None and any(
            any(name == section for name, _line in other.reading.sections)
            and self.whole(other, section)
            and stands(twin.mark, other.document.text)
            for other in self.documents
            if other.document.kind == twin.document
        )

    def absence(self, section: str) -> Absence:
        """Tell what it means that a section does not state something."""
        if section not in self._absences:
            sides = [self._absence(side) for side in self._sides(section)]
            self._absences[section] = next((side for side in sides if not side.known), sides[0])
        return self._absences[section]

    def _absence(self, section: str) -> Absence:
        failed = [
            doc
            for doc in self.unreadable
            if self._covers(doc, section)
            and not (doc.outcome is Outcome.REFUSED and self._profile.documents[doc.kind].optional)
        ]
        if failed:
            return Absence(known=False, failed=True, why=reason(failed[0]))
        doubt = self.doubt(section)
        if doubt:
            return Absence(known=False, why=doubt)
        covering = [doc for doc in self.documents if self._covers(doc.document, section)]
        if not covering:
            return Absence(known=False, why=_("no document that was read can show it"))
        lacking = self._lacking(covering)
        if lacking:
            return Absence(
                known=False, why=_("it may stand in what {name} shows, which is missing").format(name=lacking)
            )
        absences = [(doc.document.kind, absence_in(doc, section)) for doc in covering]
        doubtful = next((absence for _kind, absence in absences if not absence.known), None)
        together = {
            kind for doc in covering if doc.spec.beside for kind in (doc.document.kind, *doc.spec.beside)
        }
        for kind, absence in absences:
            if absence.known and (doubtful is None or not doubtful.failed):
                open_end = next((a for k, a in absences if k in together and not a.known), None)
                return open_end if open_end and kind in together else absence
        return doubtful or absences[0][1]

    def covers(self, section: str) -> bool:
        """Tell whether a document that was read may show this section."""
        return any(
            self._covers(doc.document, side) for doc in self.documents for side in self._sides(section)
        )

    def _lacking(self, covering: Sequence[ReadDocument]) -> str:
        """Return the name of a document without which these prove nothing, or an empty text."""
        read = {doc.document.kind for doc in self.documents}
        had = read | {doc.kind for doc in self.unreadable}
        wanted = [kind for doc in covering for kind in doc.spec.beside if kind not in had]
        wanted += [
            kind
            for doc in covering
            for mark, kind in doc.spec.complete.elsewhere.items()
            if kind not in read and stands(mark, doc.document.text)
        ]
        return next((self._profile.documents[kind].command or kind for kind in wanted), "")

    def _covers(self, document: Document, section: str) -> bool:
        sections = self._profile.documents[document.kind].sections
        return section in sections or "*" in sections


def _sections_in(*parts: object) -> Iterator[str]:
    """Yield every section that a part of a profile names: readers may leave the others out."""
    for part in parts:
        if isinstance(part, Strict):
            for name in type(part).model_fields:
                value = getattr(part, name)
                if name in _NAMES_SECTIONS and value:
                    yield from (value,) if isinstance(value, str) else value
                elif not isinstance(value, str):
                    yield from _sections_in(value)
        elif isinstance(part, Mapping):
            yield from _sections_in(*part.values())
        elif isinstance(part, tuple):
            yield from _sections_in(*part)
