"""The closed vocabulary of facts. Every fact is known with its origin and evidence, or missing with its reason."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from auditor.model.ports import PortRange

T_co = TypeVar("T_co", covariant=True)


class Origin(enum.StrEnum):
    """How a fact is known."""

    CONFIGURED = "configured"  # printed in a document that was read
    DEFAULT = "default"  # taken from the fact sheet for this version
    OBSERVED = "observed"  # derived from a live session table


class Flow(enum.StrEnum):
    """Which UDP flows a timer governs."""

    ANY = "any"
    UNREPLIED = "unreplied"
    REPLIED = "replied"
    SIP = "sip"
    MEDIA = "media"


class ForwardKind(enum.StrEnum):
    """Form of a destination NAT."""

    PORT_FORWARD = "port_forward"
    STATIC_NAT = "static_nat"
    POLICY_STATIC = "policy_static"
    REDIRECT = "redirect"


class Answer(enum.StrEnum):
    """Three answers to a question about the device."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SipAlgState(enum.StrEnum):
    """State of a layer that may edit SIP."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


class NatRole(enum.StrEnum):
    """Whether this box translates the phones' addresses."""

    NAT = "nat"
    NOT_NAT = "not_nat"
    UNKNOWN = "unknown"


class SourcePort(enum.StrEnum):
    """What source NAT does to the phone's port (RFC 4787, 4.2)."""

    PRESERVED = "preserved"
    KEPT_IF_FREE = "kept_if_free"
    REWRITTEN = "rewritten"
    RANDOM = "random"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A line of a document: 1-based number in the document as collected, and the line itself, secrets masked."""

    document: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultNote:
    """Where a documented default comes from."""

    versions: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[T_co]):
    """A fact that was read, or taken from a usable default."""

    value: T_co
    origin: Origin
    evidence: Evidence | None = None
    default: DefaultNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that is not known: why, and the command that a person would type to find out."""

    what: str
    why: str
    ask: str = ""


Fact: TypeAlias = Known[T_co] | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpTimer:
    """A timer that can end a UDP entry. `seconds` is None where it never ends.

    `alternatives` holds every value that the default can have where the release decides and is not known
    (`seconds` is then the smallest). `path` is the part of the device (VDOM, VRF) that it belongs to, empty for all, and
    `row` the device's own name for the object in which it stands.
    """

    name: str
    seconds: int | None
    flow: Flow
    scope: str = "global"
    ports: tuple[PortRange, ...] | None = None
    origin: Origin
    default: DefaultNote | None = None
    evidence: Evidence | None = None
    alternatives: tuple[int, ...] = ()
    path: str = ""
    row: str = ""

    @property
    def never(self) -> bool:
        """Whether the entry never ends by itself."""
        return self.seconds is None

    @property
    def possible(self) -> tuple[int, ...]:
        """Every value in seconds that the timer can have; empty for never."""
        return self.alternatives or (() if self.seconds is None else (self.seconds,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTimer:
    """A timer whose running value is not the one that stands in the saved config; `saved` is None where none stands.

    `seconds` is the running value, `evidence` the saved line, or the running one where nothing is saved.
    """

    name: str
    seconds: int | None
    saved: int | None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortForward:
    """One destination NAT rule for one protocol and one contiguous range; addresses as written."""

    name: str
    kind: ForwardKind
    protocol: str
    external_address: str
    interface: str | None
    source: str
    external_ports: PortRange
    internal_address: str
    internal_ports: PortRange
    enabled: bool
    permitted: Answer
    evidence: Evidence
    action: str = ""  # the rule's own word for what it does
    path: str = ""
    switches: tuple[str, ...] = ()  # the statements without which it does not pass, by the device's own names


@dataclass(frozen=True, slots=True, kw_only=True)
class SipLayer:
    """One mechanism that may edit SIP on its way."""

    name: str
    state: SipAlgState
    origin: Origin | None = None
    evidence: Evidence | None = None
    default: DefaultNote | None = None
    why: str = ""  # why it is unknown
    ask: str = ""
    remedy: str = ""  # name of the layer in the remediation template


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAlg:
    """All layers together: on if any is on, unknown if none is on and one is unknown."""

    layers: tuple[SipLayer, ...] = ()

    @property
    def state(self) -> SipAlgState:
        """State of the phone path."""
        states = {layer.state for layer in self.layers}
        if SipAlgState.ON in states:
            return SipAlgState.ON
        return SipAlgState.UNKNOWN if SipAlgState.UNKNOWN in states or not states else SipAlgState.OFF

    @property
    def deciding(self) -> SipLayer | None:
        """The layer that makes the state what it is."""
        candidates = [layer for layer in self.layers if layer.state is self.state]
        shown = [layer for layer in candidates if layer.evidence]
        return next(iter(shown or candidates), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way that phones may take (VDOM, VRF, WAN): its own effective timers.

    `key` is the device's own name for it, empty where nothing divides the device; `values` are those of the profile's
    variables inside it, all that were found. `replied_short` and `unreplied_short` are all timers that are too short for
    the phones, the effective one among them.
    """

    name: str
    replied: Fact[UdpTimer]
    unreplied: Fact[UdpTimer]
    carries_phones: Answer = Answer.UNKNOWN
    replied_short: tuple[UdpTimer, ...] = ()
    unreplied_short: tuple[UdpTimer, ...] = ()
    key: str = ""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the device says of itself; None where it did not."""

    model: str | None = None
    version: str | None = None
    hostname: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Whether the un-replied timer decides for a phone, and the reason in words."""

    late: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the rules may look at.

    `replied` and `unreplied` are the timers that govern a phone's flow to UDP 5060, the worst path first in line;
    `port_forwards` are those that were read, `forwards_complete` tells whether there can be more.
    """

    identity: Identity
    udp_timers: tuple[UdpTimer, ...]
    replied: Fact[UdpTimer]
    unreplied: Fact[UdpTimer]
    promotion: Promotion
    port_forwards: tuple[PortForward, ...]
    forwards_complete: Fact[bool]
    sip_alg: SipAlg
    nat_role: Fact[NatRole]
    source_port: Fact[SourcePort]
    wan_addresses: Fact[tuple[str, ...]]
    paths: tuple[Path, ...] = ()
    saved_timers: tuple[SavedTimer, ...] = ()  # those that change with the next restart
    saved_gap: Missing | None = None  # why there may be more of them; None where the saved values were read
    unknown: tuple[Missing, ...] = ()
    policy_test: str = (
        ""  # the device's own command that tests a packet against its rules; empty if it has none
    )
    variables: dict[str, str] = field(default_factory=dict)  # what remediation templates may choose by
