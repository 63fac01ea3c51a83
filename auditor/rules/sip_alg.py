"""Does the router edit SIP on its way?"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.audit import DisableSipAlg, Severity
from auditor.model.facts import Facts, Known, SipAlgState, SipLayer
from auditor.model.text import N_, _
from auditor.rules.rule import Context, Note, Problem, rule, sentences
from auditor.rules.timers import deciding, may_be_too_short, timer_text, versions_text


def _layer_text(layer: SipLayer) -> str:
    state = {
        SipAlgState.ON: _("on"),
        SipAlgState.OFF: _("off"),
        SipAlgState.UNKNOWN: _("unknown"),
    }[layer.state]
    if layer.default:
        return _("{name}: {state} (default of {versions}, {source})").format(
            name=layer.name, state=state, versions=versions_text(layer.default), source=layer.default.source
        )
    return f"{layer.name}: {state}"


@rule(
    "SIP001",
    severity=Severity.HIGH,
    shown=("sip_alg",),
    looks_at=("replied", "unreplied", "promotion", "paths"),
    references=(
        N_(
            "Comparable providers (NFON, RingCentral, 3CX) ask for it off; STARFACE's readable pages do not mention it"
        ),
        N_("RFC 4787, section 7"),
    ),
    matters=N_("A router that edits SIP breaks registrations and calls now and then."),
)
def sip_alg_enabled(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """The router edits SIP (SIP ALG).

    A helper that rewrites addresses in SIP messages and opens ports by itself breaks registrations, transfers and audio
    now and then. Every comparable provider asks for it off; STARFACE's readable pages do not mention it. It must not be
    switched off before the UDP timers hold without it.
    """
    layers = tuple(layer for layer in facts.sip_alg.layers if layer.state is SipAlgState.ON)
    listing = "; ".join(_layer_text(layer) for layer in facts.sip_alg.layers)
    evidence = tuple(layer.evidence for layer in facts.sip_alg.layers if layer.evidence)
    if layers:
        timers = tuple(
            fact.value
            for fact in deciding(facts)
            if isinstance(fact, Known) and may_be_too_short(fact, context.options.limit)
        )
        first = (
            _("Raise these timers first, for they count once it is off: {timers}.").format(
                timers="; ".join(timer_text(timer) for timer in timers)
            )
            if timers
            else ""
        )
        yield Problem(
            title=_("SIP ALG is on: {layers}").format(layers=", ".join(layer.name for layer in layers)),
            detail=sentences(
                _(
                    "The router rewrites SIP messages, which breaks registrations, transfers and audio now and then. Comparable providers ask for it off; STARFACE's pages, as far as they can be read, do not mention it."
                ),
                first,
                _("Switch it off, clear the SIP entries, and let the phones register again."),
                _("SIP over TLS is not touched by it."),
            ),
            expected=_("off"),
            actual=listing,
            evidence=tuple(layer.evidence for layer in layers if layer.evidence),
            remedy=DisableSipAlg(layers=layers, timers=timers),
        )
    yield Note(title=_("SIP ALG is off."), expected=_("off"), actual=listing, evidence=evidence)
