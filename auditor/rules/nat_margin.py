"""How sure the timers are: whether they survive a lost keepalive, and a restart."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.audit import Severity
from auditor.model.facts import Evidence, Facts, Known, Missing, UdpTimer
from auditor.model.text import N_, _
from auditor.rules.nat_timers import RFC
from auditor.rules.rule import Context, Note, Problem, rule, sentences
from auditor.rules.timers import deciding, may_be_too_short, timer_text


@rule(
    "NAT003",
    severity=Severity.INFO,
    needs=("replied",),
    looks_at=("unreplied", "promotion", "paths"),
    references=(RFC,),
    nat_only=True,
)
def nat_timeout_margin(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """UDP timers hold without a margin.

    A timer between one and two keepalive intervals ends the entry as soon as one keepalive is lost on its way; one that
    never ends lets the table grow.
    """
    options = context.options
    judged = deciding(facts)
    known_ones = tuple(fact.value for fact in judged if isinstance(fact, Known))
    actual = "; ".join(timer_text(timer) for timer in known_ones)
    if any(may_be_too_short(fact, options.limit) for fact in judged):
        yield Note(title=_("Margin: a timer is too short as it is."), actual=actual, applies=False)
        return
    wanted = _("at least {seconds} s").format(seconds=2 * options.keepalive)
    scarce = tuple(
        timer for timer in known_ones if timer.possible and min(timer.possible) < 2 * options.keepalive
    )
    if scarce:
        yield Problem(
            title=_("One lost keepalive already ends the entry"),
            detail=_("A timer of {seconds} s or more survives a lost packet.").format(
                seconds=2 * options.keepalive
            ),
            expected=wanted,
            actual="; ".join(timer_text(timer) for timer in scarce),
            evidence=_lines(scarce),
        )
    yield from _without_end(known_ones, wanted)
    gap = next((fact for fact in judged if isinstance(fact, Missing)), None)
    if gap:
        yield Problem(
            title=_("Not known: {what}").format(what=gap.what),
            detail=_("The margin cannot be judged without it."),
            certain=False,
        )
    yield Note(
        title=_("The timers survive a lost keepalive."),
        expected=wanted,
        actual=actual,
        evidence=_lines(known_ones),
    )


def _lines(timers: tuple[UdpTimer, ...]) -> tuple[Evidence, ...]:
    """Return the lines that show these timers, each once: several may stand on one line."""
    return tuple(dict.fromkeys(timer.evidence for timer in timers if timer.evidence))


def _without_end(timers: tuple[UdpTimer, ...], wanted: str) -> Iterator[Problem]:
    endless = tuple(timer for timer in timers if timer.never)
    if endless:
        yield Problem(
            title=_("UDP entries never end by themselves"),
            detail=_("Phones stay connected, but the table grows; a limit of some minutes is enough."),
            expected=wanted,
            actual="; ".join(timer_text(timer) for timer in endless),
            evidence=_lines(endless),
        )


@rule(
    "NAT007",
    severity=Severity.LOW,
    looks_at=("saved_timers", "saved_gap"),
    references=(N_("Running and saved value as the device shows them"),),
    nat_only=True,
)
def nat_timeout_not_persistent(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A timer changes with the next restart.

    A value that was set in the running system only is lost when the router restarts; phones lose their connection then,
    and nobody has changed anything.
    """
    del context
    changing = facts.saved_timers
    if changing:
        running, nowhere = _("{name}: {seconds} running, {saved} saved"), _("nothing")
        yield Problem(
            title=_("A restart changes UDP timers"),
            detail=_(
                "The running value is not the saved one. Save it, or the next restart brings the old value back."
            ),
            expected=_("the running value is saved"),
            actual="; ".join(
                running.format(
                    name=timer.name,
                    seconds=_("never") if timer.seconds is None else timer.seconds,
                    saved=nowhere if timer.saved is None else timer.saved,
                )
                for timer in changing
            ),
            evidence=tuple(timer.evidence for timer in changing if timer.evidence),
        )
    elif facts.saved_gap:
        yield Problem(
            title=_("Not known: {what}").format(what=facts.saved_gap.what),
            detail=sentences(
                _("It is not known, because: {why}.").format(why=facts.saved_gap.why.rstrip(".")),
                _("Whether a restart changes the timer cannot be told without it."),
            ),
            certain=False,
        )
    yield Note(title=_("Nothing that was read shows a timer that a restart would change."))
