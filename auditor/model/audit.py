"""What the rules found and what repairs it: Finding, Remedy, Snippet, Audit."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

from auditor.model.capture import Source, Target
from auditor.model.facts import Evidence, Facts, PortForward, SipLayer, UdpTimer


class Status(enum.StrEnum):
    """Answer of one rule."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(enum.StrEnum):
    """How much a finding weighs; the first three decide the verdict."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def decides(self) -> bool:
        """Whether a finding of this severity can change the verdict."""
        return self in {Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM}


class Verdict(enum.StrEnum):
    """Answer of the whole audit."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


class Scenario(enum.StrEnum):
    """Where the PBX stands."""

    CLOUD = "cloud"
    ONPREM = "onprem"


class SnippetKind(enum.StrEnum):
    """A command for the device, or a text for a person."""

    COMMAND = "command"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedForward:
    """A port forward that is needed; `source` limits who may use it, None for everybody."""

    protocol: str
    ports: str
    address: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseUdpTimers:
    """Raise the timers that fail, never lowering one."""

    timers: tuple[UdpTimer, ...]
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableSipAlg:
    """Switch off the layers that edit SIP; `timers` fail once it is off and have to be raised before."""

    layers: tuple[SipLayer, ...]
    timers: tuple[UdpTimer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPortForward:
    """Add a forward to the phone system."""

    forward: WantedForward


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePortForward:
    """Take away a forward that harms."""

    forward: PortForward


Remedy: TypeAlias = RaiseUdpTimers | DisableSipAlg | AddPortForward | RemovePortForward


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's answer: what was seen (`title`), why it matters and what to do (`detail`).

    `fix` is the index of its snippet in `Audit.remediation`, None where there is none.
    """

    rule: str
    name: str
    status: Status
    severity: Severity
    title: str
    detail: str
    expected: str = ""
    actual: str = ""
    evidence: tuple[Evidence, ...] = ()
    reference: str = ""
    remedy: Remedy | None = None
    fix: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What to enter on the device (or to tell a person), how to take it back and how to check it."""

    rule: str
    kind: SnippetKind
    title: str
    change: str
    rollback: str
    verify: str
    risk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What the user wants checked. `target_seconds` is what snippets set."""

    scenario: Scenario = Scenario.CLOUD
    features: tuple[str, ...] = ("phones",)
    pbx: str | None = None
    keepalive: int = 60
    target_seconds: int = 180
    sources: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """The 61-second rule: smallest timer in seconds that survives from one keepalive to the next."""
        return self.keepalive + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The whole answer for one target."""

    target: Target
    vendor: str
    source: Source
    options: AuditOptions
    facts: Facts
    findings: tuple[Finding, ...]
    remediation: tuple[Snippet, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """`fail` if a deciding finding fails, else `unknown` if one is unknown, else `pass`."""
        statuses = {finding.status for finding in self.findings if finding.severity.decides}
        if Status.FAIL in statuses:
            return Verdict.FAIL
        return Verdict.UNKNOWN if Status.UNKNOWN in statuses else Verdict.PASS
