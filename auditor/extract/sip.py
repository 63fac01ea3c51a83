"""The layers that may edit SIP: each on, off or unknown, with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.extract.conditions import first_case
from auditor.extract.timers import default_note, possible_defaults
from auditor.extract.view import View
from auditor.model.facts import DefaultNote, Origin, SipAlg, SipAlgState, SipLayer
from auditor.model.text import _
from auditor.profiles.schema import USABLE, Profile, SipLayerSpec


def read_sip_alg(view: View, profile: Profile, versions: Mapping[str, str]) -> SipAlg:
    """Return the state of every layer; a system without any such feature has no layer and counts as off."""
    layers = tuple(_layer(view, profile, spec, versions) for spec in profile.facts.sip_alg)
    return SipAlg(layers=layers)


def _layer(view: View, profile: Profile, spec: SipLayerSpec, versions: Mapping[str, str]) -> SipLayer:
    if spec.cases:
        return _by_cases(view, profile, spec, versions)
    unknown = SipLayer(
        name=spec.name, state=SipAlgState.UNKNOWN, why=_("it is not shown"), ask=spec.ask, remedy=spec.remedy
    )
    if spec.section is None or spec.key is None:
        return unknown
    found = view.setting(spec.section, spec.where, spec.key)
    if found:
        value = found.record.values[spec.key]
        state = (
            SipAlgState.ON
            if value in spec.on
            else SipAlgState.OFF
            if value in spec.off
            else SipAlgState.UNKNOWN
        )
        return SipLayer(
            name=spec.name,
            state=state,
            origin=Origin.CONFIGURED,
            evidence=found.evidence(spec.key),
            why=_("the value {value!r} is not known").format(value=value[:40])
            if state is SipAlgState.UNKNOWN
            else "",
            ask=spec.ask,
            remedy=spec.remedy,
        )
    absence = view.absence(spec.section)
    if not (absence.known and absence.by_default):
        return SipLayer(
            name=spec.name, state=SipAlgState.UNKNOWN, why=absence.why, ask=spec.ask, remedy=spec.remedy
        )
    return _by_default(profile, spec, versions, unknown)


def _by_default(
    profile: Profile, spec: SipLayerSpec, versions: Mapping[str, str], unknown: SipLayer
) -> SipLayer:
    rows = possible_defaults(spec.defaults, versions.get("version"))
    states = {row.state for row in rows if row.state}
    if len(states) != 1 or any(row.confidence not in USABLE for row in rows):
        return unknown
    return SipLayer(
        name=spec.name,
        state=states.pop(),
        origin=Origin.DEFAULT,
        default=default_note(profile, rows),
        ask=spec.ask,
        remedy=spec.remedy,
    )


def _by_cases(view: View, profile: Profile, spec: SipLayerSpec, versions: Mapping[str, str]) -> SipLayer:
    case, answer = first_case(spec.cases, view, versions)
    if case is None:
        return SipLayer(
            name=spec.name,
            state=SipAlgState.UNKNOWN,
            evidence=answer.evidence,
            why=answer.why or _("it is not shown"),
            ask=spec.ask,
            remedy=spec.remedy,
        )
    stated = answer.evidence is not None
    origin = Origin.OBSERVED if spec.observed else Origin.CONFIGURED if stated else Origin.DEFAULT
    default = None
    if not stated and case.confidence:
        default = DefaultNote(
            versions=_("this version"),
            source=profile.sources.get(case.source, case.source),
            confidence=case.confidence,
        )
    usable = stated or case.confidence is None or case.confidence in USABLE
    why = "" if usable else _("it is not proven for this version")
    if case.gives == SipAlgState.UNKNOWN:
        why = _(case.why)
    return SipLayer(
        name=spec.name,
        state=SipAlgState(case.gives) if usable else SipAlgState.UNKNOWN,
        origin=origin if usable else None,
        evidence=answer.evidence,
        default=default,
        why=why,
        ask=spec.ask,
        remedy=spec.remedy,
    )
