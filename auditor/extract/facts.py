"""Capture and profile in, facts out: one pure function over what was collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.extract.conditions import evaluate, first_case
from auditor.extract.forwards import read_forwards
from auditor.extract.nat import read_role, read_source_port, read_wan_addresses
from auditor.extract.paths import of_tables, of_worst, read_paths, read_tables
from auditor.extract.saved import read_saved
from auditor.extract.sip import read_sip_alg
from auditor.extract.timers import listed, read_timers
from auditor.extract.view import View
from auditor.model.capture import Capture
from auditor.model.facts import (
    Fact,
    Facts,
    Flow,
    Identity,
    Missing,
    Promotion,
    SipAlg,
    SipAlgState,
)
from auditor.model.text import _
from auditor.profiles.schema import Condition, Pick, Placeholder, Profile

LIMIT = 61  # seconds: STARFACE's keepalive of 60 s and one more


def extract(capture: Capture, profile: Profile, limit: int = LIMIT) -> Facts:
    """Return everything that the capture tells, each fact with its origin and evidence or the reason why not.

    `limit` is what a timer has to reach, in seconds: where several can govern, one that fails for sure decides.
    """
    view = View(capture, profile)
    spec = profile.facts
    versions = _versions(view, profile)
    tables = read_tables(view, profile, versions)
    placed = of_tables(read_timers(view, profile, versions.get("version")), tables)
    timers, missing_timers = listed(placed)
    paths = read_paths(view, profile, placed, tables, versions, limit)
    replied, unreplied = (of_worst(paths, flow, limit) for flow in (Flow.REPLIED, Flow.UNREPLIED))
    saved, saved_gap = read_saved(view, placed, versions.get("version"))
    forwards, complete = read_forwards(view, profile, versions)
    sip_alg = read_sip_alg(view, profile, versions)
    role = read_role(view, spec.nat, versions)
    source_port = read_source_port(view, spec.nat, versions)
    wan = read_wan_addresses(view, spec.nat.wan)
    whole: tuple[Fact[object], ...] = (replied, unreplied, complete, role, source_port, wan)
    missing = [*missing_timers, *(fact for fact in whole if isinstance(fact, Missing)), *_sip_gaps(sip_alg)]
    return Facts(
        identity=_identity(view, profile),
        udp_timers=timers,
        replied=replied,
        unreplied=unreplied,
        promotion=_promotion(view, profile, versions),
        port_forwards=forwards,
        forwards_complete=complete,
        sip_alg=sip_alg,
        nat_role=role,
        source_port=source_port,
        wan_addresses=wan,
        paths=paths,
        saved_timers=saved,
        saved_gap=saved_gap,
        unknown=tuple(dict.fromkeys(missing)),
        policy_test=spec.policy_test,
        variables=_variables(view, profile, versions),
    )


def fill(capture: Capture, profile: Profile, placeholder: Placeholder) -> tuple[str, ...]:
    """Return the values that a command's placeholder takes from the documents collected so far."""
    pick = Pick(section=placeholder.section, where=placeholder.where, key=placeholder.key)
    return tuple(dict.fromkeys(value for value, _found in View(capture, profile).pick(pick)))


def holds(capture: Capture, profile: Profile, conditions: tuple[Condition, ...]) -> bool | None:
    """Return whether conditions hold for the documents collected so far, None where that is not known."""
    view = View(capture, profile)
    return evaluate(conditions, view, _versions(view, profile)).holds


def _identity(view: View, profile: Profile) -> Identity:
    spec = profile.facts.identity

    def one(picks: Sequence[Pick]) -> str | None:
        hit = view.first(picks)
        return hit[0] if hit else None

    return Identity(model=one(spec.model), version=one(spec.version), hostname=one(spec.hostname))


def _versions(view: View, profile: Profile) -> Mapping[str, str]:
    """Return the named versions that conditions may ask for; one that is not known is not there."""
    spec = profile.facts.identity
    picks = {"version": spec.version, **spec.versions}
    hits = {name: view.first(picks[name]) for name in picks}
    return {name: hit[0] for name, hit in hits.items() if hit}


def _promotion(view: View, profile: Profile, versions: Mapping[str, str]) -> Promotion:
    """Return whether promotion is late; where that cannot be told it is, for the stricter rule is the safe one."""
    for case in profile.facts.promotion:
        answer = evaluate(case.when, view, versions)
        if answer.holds:
            return Promotion(late=case.late, reason=_(case.reason))
        if answer.holds is None:
            break
    return Promotion(
        late=True, reason=_("The version is not known, so the stricter rule is applied: both timers count.")
    )


def _sip_gaps(sip_alg: SipAlg) -> tuple[Missing, ...]:
    return tuple(
        Missing(what=layer.name, why=layer.why, ask=layer.ask)
        for layer in sip_alg.layers
        if layer.state is SipAlgState.UNKNOWN
    )


def _variables(view: View, profile: Profile, versions: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for name, variable in profile.remedies.variables.items():
        case, _answer = first_case(variable.cases, view, versions)
        found = {value for pick in variable.picks for value, _found in view.pick(pick)}
        only = found.pop() if len(found) == 1 else variable.otherwise
        values[name] = case.gives if case else only
    return values
