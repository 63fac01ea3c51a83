"""The 61-second rule: a timer that can end a UDP entry between two keepalives has to be longer than their distance."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.audit import AuditOptions, Severity
from auditor.model.facts import (
    Facts,
    Flow,
    SipAlgState,
    SourcePort,
    UdpTimer,
)
from auditor.model.text import N_, _
from auditor.rules.rule import Context, Note, Problem, evidence_of, known, rule, sentences, value_or_none
from auditor.rules.timers import (
    expected,
    may_be_too_short,
    raising,
    source_text,
    timer_text,
    too_short,
    value_text,
)

_GUIDE = N_(
    "STARFACE cloud guide (keepalive 60 s, NAT entry at least 61 s): https://knowledge.starface.de/x/mY-GAg"
)
RFC = N_("RFC 4787, section 4.3, REQ-5: at least 2 minutes, 5 recommended")
_KERNEL = N_("Linux, net/netfilter/nf_conntrack_proto_udp.c (since 5.0); measured on Linux 6.18")


def _whose(context: Context) -> str:
    if context.onprem:
        return _(
            "This is about the phone system's own flow to its provider: once the entry has ended, the provider's calls no longer come in."
        )
    return _(
        "Phones send a keepalive every {keepalive} s. Once the entry has ended, calls to the phone are lost, while calls from it still work."
    ).format(keepalive=context.options.keepalive)


def _undecided(timer: UdpTimer, context: Context) -> Problem:
    return Problem(
        title=_("{name} is {value}: not known which").format(name=timer.name, value=value_text(timer)),
        detail=sentences(
            _("Its default depends on the release, and the limit of {limit} s lies in between.").format(
                limit=context.options.limit
            ),
            source_text(timer),
            _("Have the router print the value that runs."),
            _whose(context),
        ),
        expected=expected(context.options),
        actual=timer_text(timer),
        evidence=(timer.evidence,) if timer.evidence else (),
        certain=False,
    )


@rule(
    "NAT001",
    severity=Severity.CRITICAL,
    needs=("replied",),
    looks_at=("unreplied", "promotion", "paths", "sip_alg", "udp_timers"),
    references=(_GUIDE, RFC),
    matters=N_("Without it nobody can tell whether phones stay connected."),
    nat_only=True,
)
def nat_udp_timeout_short(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """UDP entries end between two keepalives.

    A phone keeps its entry in the NAT table alive with a packet every 60 s. A timer of 60 s or less removes the entry
    before the next packet: the phone system no longer reaches the phone until it registers again, up to an hour later.
    """
    options = context.options
    fact = known(facts.replied)
    timer = fact.value
    if too_short(fact, options.limit):
        yield Problem(
            title=_("UDP entries end after {value}: too early for the keepalive").format(
                value=value_text(timer)
            ),
            detail=sentences(
                _whose(context),
                source_text(timer),
                _helper_holds(facts, options),
                _what_to_do(options),
            ),
            expected=expected(options),
            actual=timer_text(timer),
            evidence=evidence_of(fact),
            remedy=raising(facts, options),
        )
    elif may_be_too_short(fact, options.limit):
        yield _undecided(timer, context)
    yield Note(
        title=_("UDP entries outlive the keepalive: {value}").format(value=value_text(timer)),
        detail=sentences(source_text(timer), _whole_set(timer, options)),
        expected=expected(options),
        actual=timer_text(timer),
        evidence=evidence_of(fact),
    )


def _what_to_do(options: AuditOptions) -> str:
    return _("Raise it to {target} s, with the SIP ALG off.").format(
        target=max(options.target_seconds, options.limit)
    )


def _helper_holds(facts: Facts, options: AuditOptions) -> str:
    """Return what to say where only the SIP helper's own timer keeps the entry alive today."""
    if facts.sip_alg.state is not SipAlgState.ON:
        return ""
    long_enough = (
        timer
        for timer in facts.udp_timers
        if timer.flow is Flow.SIP and (timer.never or min(timer.possible) >= options.limit)
    )
    timer = next(long_enough, None)
    if timer is None:
        return ""
    return _(
        "Today the entry holds only thanks to the SIP helper ({timer}); the helper has to go, and then this timer counts."
    ).format(timer=timer_text(timer))


def _whole_set(timer: UdpTimer, options: AuditOptions) -> str:
    if not timer.alternatives:
        return ""
    return _("Whichever it is, it is at least {limit} s.").format(limit=options.limit)


def _unreplied_weight(facts: Facts) -> Severity:
    """Return how much the un-replied timer weighs: less where it does not decide, more where ports may move."""
    if not facts.promotion.late:
        return Severity.INFO
    return Severity.MEDIUM if value_or_none(facts.source_port) is SourcePort.PRESERVED else Severity.HIGH


@rule(
    "NAT002",
    severity=Severity.HIGH,
    weigh=_unreplied_weight,
    needs=("unreplied",),
    looks_at=("replied", "promotion", "source_port", "paths", "sip_alg", "udp_timers"),
    references=(_KERNEL, _GUIDE),
    matters=N_("It decides how long a phone is reachable right after its registration."),
    nat_only=True,
)
def nat_unreplied_timeout_short(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """New UDP entries end before the first keepalive.

    Where the router starts its long timer only for traffic that is still seen two seconds after the entry was made, a
    registration that is done in milliseconds leaves the entry on the short timer. The phone is then deaf until its next
    keepalive, and until its next registration where the router picks another source port for it.
    """
    options = context.options
    fact = known(facts.unreplied)
    timer, late = fact.value, facts.promotion.late
    if too_short(fact, options.limit):
        yield Problem(
            title=(
                _("New UDP entries end after {value}, before the first keepalive")
                if late
                else _("New UDP entries end after {value}; this does not decide here")
            ).format(value=value_text(timer)),
            detail=sentences(
                *(_if_late(facts, context) if late else (facts.promotion.reason, source_text(timer)))
            ),
            expected=expected(options),
            actual=timer_text(timer),
            evidence=evidence_of(fact),
            remedy=raising(facts, options) if late else None,
        )
    elif may_be_too_short(fact, options.limit):
        yield _undecided(timer, context)
    yield Note(
        title=_("New UDP entries outlive the first keepalive: {value}").format(value=value_text(timer)),
        detail=sentences(source_text(timer), _whole_set(timer, options)),
        expected=expected(options),
        actual=timer_text(timer),
        evidence=evidence_of(fact),
    )


def _if_late(facts: Facts, context: Context) -> tuple[str, ...]:
    """Return what a short timer does where it decides, why it does so here, and what to do."""
    return (
        _whose(context),
        _ports_move(facts),
        facts.promotion.reason,
        _("So a registration that takes milliseconds leaves the entry on this short timer."),
        source_text(known(facts.unreplied).value),
        "" if too_short(facts.replied, context.options.limit) else _helper_holds(facts, context.options),
        _what_to_do(context.options),
    )


def _ports_move(facts: Facts) -> str:
    if value_or_none(facts.source_port) is SourcePort.PRESERVED:
        return _("The source port stays, so the next keepalive opens the same way again.")
    return _(
        "The source port may change when the entry is made again; then the phone stays unreachable until its next registration, up to an hour."
    )
