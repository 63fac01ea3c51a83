"""Small cases of both consoles: what the tests of snippets read, and how they ask for a repair."""

from __future__ import annotations

from auditor.extract.facts import extract
from auditor.model.audit import (
    AuditOptions,
    DisableSipAlg,
    Finding,
    RaiseUdpTimers,
    Remedy,
    Severity,
    Snippet,
    Status,
)
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts, SipAlgState, UdpTimer
from auditor.profiles.loading import load_profile
from auditor.profiles.schema import Profile
from auditor.remediate.engine import remediate

MENU = load_profile("mikrotik_routeros")
SHELL = load_profile("linux")
INDENTED = load_profile("cisco_ios")


def facts_of(profile: Profile, **documents: str) -> Facts:
    """Return the facts of documents as a live session would have shown them, by kind."""
    return extract(
        Capture(
            target=Target(vendor=profile.slug),
            vendor=profile.slug,
            source=Source(kind=SourceKind.SSH, name="lab"),
            documents=tuple(
                Document(
                    kind=kind,
                    name=profile.documents[kind].command or kind,
                    text=text,
                    outcome=Outcome.OK if profile.documents[kind].command else Outcome.FRAGMENT,
                )
                for kind, text in documents.items()
            ),
        ),
        profile,
    )


def failing(remedy: Remedy | None, rule: str = "T001", status: Status = Status.FAIL) -> Finding:
    """Return a finding that asks for this remedy."""
    return Finding(
        rule=rule, name="x", status=status, severity=Severity.HIGH, title="x", detail="x", remedy=remedy
    )


def short(facts: Facts, limit: int = 61) -> tuple[UdpTimer, ...]:
    """Return the timers before and after the first answer that are too short."""
    return tuple(
        timer
        for timer in facts.udp_timers
        if timer.flow in {"unreplied", "replied"} and not timer.never and min(timer.possible) < limit
    )


def entry_findings(facts: Facts, options: AuditOptions) -> tuple[Finding, ...]:
    """Return a finding a timer, and one for the helper where it is on, as the rules would make them."""
    timers = short(facts, options.limit)
    findings = [
        failing(RaiseUdpTimers(timers=(timer,), seconds=options.target_seconds), f"NAT{number:03}")
        for number, timer in enumerate(timers, 1)
    ]
    layers = tuple(layer for layer in facts.sip_alg.layers if layer.state is SipAlgState.ON)
    if layers:
        findings.append(failing(DisableSipAlg(layers=layers, timers=timers), "SIP001"))
    return tuple(findings)


def repaired(
    facts: Facts, profile: Profile, options: AuditOptions | None = None
) -> tuple[tuple[Finding, ...], tuple[Snippet, ...]]:
    """Return findings and snippets for everything that ends a phone's entry."""
    options = options or AuditOptions()
    return remediate(entry_findings(facts, options), facts, profile, options)
