"""From failing findings to plans: which remedies belong together, in which order, and what stands against a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    DisableSipAlg,
    Finding,
    RaiseUdpTimers,
    RemovePortForward,
    Status,
)
from auditor.model.facts import Facts, UdpTimer
from auditor.model.text import _
from auditor.profiles.schema import Profile
from auditor.remediate import instructions as say
from auditor.remediate.quoting import UnsafeValue, words
from auditor.remediate.subjects import (
    LayerOff,
    TimerChange,
    also_taken,
    in_the_way,
    layer_off,
    new_forward,
    place,
    places_of,
    seen_forward,
    timer_change,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One remedy: the macros' name, their argument, and the same in words."""

    remedy: str
    subject: object
    title: str
    change: str
    rollback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps of one snippet in the order in which they have to be done, for findings by index.

    `obstacle` says why this is no command; empty where nothing is known against it. `includes` are findings that this
    plan repairs as well where it is a command, so that they need none of their own.
    """

    findings: tuple[int, ...]
    steps: tuple[Step, ...]
    obstacle: str = ""
    includes: frozenset[int] = frozenset()


def make_plans(
    findings: Sequence[Finding], facts: Facts, profile: Profile, options: AuditOptions
) -> tuple[Plan, ...]:
    """Return the plans: timers and SIP helper first, then forwards to take away, then forwards to add."""
    failing = [(i, f) for i, f in enumerate(findings) if f.status is Status.FAIL and f.remedy is not None]
    raises = [(i, f.remedy) for i, f in failing if isinstance(f.remedy, RaiseUdpTimers)]
    disables = [(i, f.remedy) for i, f in failing if isinstance(f.remedy, DisableSipAlg)]
    removals = [(i, f.remedy) for i, f in failing if isinstance(f.remedy, RemovePortForward)]
    additions = [(i, f.remedy) for i, f in failing if isinstance(f.remedy, AddPortForward)]
    return (
        *_entry_plans(raises, disables, profile, options),
        *_removal_plans(removals, facts),
        *_addition_plans(additions, [remedy for _i, remedy in removals], facts),
    )


def _entry_plans(
    raises: Sequence[tuple[int, RaiseUdpTimers]],
    disables: Sequence[tuple[int, DisableSipAlg]],
    profile: Profile,
    options: AuditOptions,
) -> Iterator[Plan]:
    """Yield the plans for phones' entries.

    All timers are raised together, for they may share one object of the system. Disabling the helper carries with it
    every timer that fails: the other way round phones would go deaf in between. As a command it repairs both.
    """
    seconds = max(options.target_seconds, options.limit, *(remedy.seconds for _i, remedy in raises), 0)
    settable = set(profile.remedies.timers)

    def by_command(remedy: RaiseUdpTimers) -> bool:
        return all(timer.name in settable for timer in remedy.timers)

    for wanted in (True, False):
        group = [(i, remedy) for i, remedy in raises if by_command(remedy) is wanted]
        timers = [timer for _i, remedy in group for timer in remedy.timers]
        raising, obstacle = _raising(timers, seconds, profile, options)
        if raising:
            yield Plan(findings=tuple(i for i, _remedy in group), steps=raising, obstacle=obstacle)
    if disables:
        timers = [timer for _i, remedy in raises for timer in remedy.timers]
        timers += [timer for _i, remedy in disables for timer in remedy.timers]
        raising, obstacle = _raising(timers, seconds, profile, options)
        layers = dict.fromkeys(layer_off(layer) for _i, remedy in disables for layer in remedy.layers)
        yield Plan(
            findings=tuple(i for i, _remedy in disables),
            steps=(*raising, _disabling(tuple(layers))),
            obstacle=obstacle,
            includes=frozenset(i for i, _remedy in raises),
        )


def _raising(
    timers: Sequence[UdpTimer], seconds: int, profile: Profile, options: AuditOptions
) -> tuple[tuple[Step, ...], str]:
    """Return the step that raises those timers that are too short, and what stands against a command."""
    limits = profile.remedies.range
    too_short = {
        (timer.name, timer.scope, timer.path, timer.row): timer_change(timer, seconds, limits)
        for timer in timers
        if not timer.never and min(timer.possible) < options.limit
    }
    changes = tuple(too_short.values())
    if not changes:
        return (), ""
    step = Step(
        remedy="raise_udp_timers",
        subject=changes,
        title=say.raise_title(changes),
        change=say.raise_change(changes),
        rollback=say.raise_rollback(changes),
    )
    return (step,), _timer_obstacle(changes, profile, options)


def _timer_obstacle(changes: Sequence[TimerChange], profile: Profile, options: AuditOptions) -> str:
    for change in changes:
        if change.target < max(options.limit, *change.possible):
            return _("This system does not set {timer} above {most} s.").format(
                timer=words(change.name), most=change.target
            )
        if change.name not in profile.remedies.timers:
            return _("{timer} has to be set where it was made.").format(timer=words(change.name))
    return ""


def _disabling(layers: tuple[LayerOff, ...]) -> Step:
    names = say.layer_names(layers)
    return Step(
        remedy="disable_sip_alg",
        subject=layers,
        title=_("Switch off {layers}").format(layers=names),
        change=say.disable_change(layers),
        rollback=_("Switch on {layers} again.").format(layers=names),
    )


def _removal_plans(removals: Sequence[tuple[int, RemovePortForward]], facts: Facts) -> Iterator[Plan]:
    """Yield a plan for each line of the config; one line may be several forwards."""
    remedies = [remedy for _i, remedy in removals]
    spared = also_taken(remedies, facts)
    places = places_of(facts)
    for line in dict.fromkeys(place(remedy.forward) for remedy in remedies):
        here = [(i, remedy.forward) for i, remedy in removals if place(remedy.forward) == line]
        forward = here[0][1]
        shared = [other for other in spared if place(other) == line]
        text = say.forward_text(forward)
        step = Step(
            remedy="remove_port_forward",
            subject=seen_forward(forward, facts, places),
            title=_("Take away the forward {name}").format(name=words(forward.name)),
            change=_("Switch off or delete the forward {forward}.").format(forward=text),
            rollback=_("Restore the forward {forward}.").format(forward=text),
        )
        obstacle = ""
        if shared:
            ports = ", ".join(f"{words(other.protocol)} {other.external_ports}" for other in shared)
            obstacle = _(
                "The same line also forwards {ports}, which may be needed: narrow it by hand."
            ).format(ports=ports)
        yield Plan(findings=tuple(i for i, _forward in here), steps=(step,), obstacle=obstacle)


def _addition_plans(
    additions: Sequence[tuple[int, AddPortForward]], removed: Sequence[RemovePortForward], facts: Facts
) -> Iterator[Plan]:
    """Yield a plan for each forward that is wanted."""
    gone = {remedy.forward for remedy in removed}
    for order, wanted in enumerate(dict.fromkeys(remedy.forward for _i, remedy in additions)):
        obstacle = ""
        subject: object = wanted
        try:
            checked = new_forward(wanted, order)
        except UnsafeValue as error:
            obstacle = error.message
        else:
            subject = checked
            taken = in_the_way(checked, facts, gone)
            if taken:
                obstacle = _("An existing forward takes these ports; change it instead: {forward}.").format(
                    forward=say.forward_text(taken)
                )
        text = say.add_text(wanted)
        step = Step(
            remedy="add_port_forward",
            subject=subject,
            title=text,
            change=f"{text}.",
            rollback=_("Delete that forward again."),
        )
        yield Plan(
            findings=tuple(i for i, remedy in additions if remedy.forward == wanted),
            steps=(step,),
            obstacle=obstacle,
        )
