"""Schema of `vendor_profiles/<slug>.yaml`, for every vendor; what it does not name is refused.

A profile says how to reach the device (`session`), how to know it (`detect`), what to read (`documents`), where the
facts stand in what the readers return (`facts`), and what may be repaired (`remedies`). Facts are picked from records
(see `auditor.extract.records`) by section, by matching values and by key, so that a live `print`, a saved export and
a pasted session can feed the same fact.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from auditor.model.facts import Answer, Flow, ForwardKind, SipAlgState


class Strict(BaseModel):
    """Frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str | int | bool | dict) else value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_texts(value: Any) -> Any:
    return (
        tuple(_as_text(item) for item in value)
        if isinstance(value, list | tuple)
        else _as_tuple(_as_text(value))
    )


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_as_tuple)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Values = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
Where = dict[str, Values]
Confidence = Literal[
    "documented", "seen", "source", "measured", "inferred", "unverified", "memory", "conflicting"
]
USABLE: frozenset[str] = frozenset({"documented", "seen", "source", "measured"})


class Vendor(Strict):
    """Name and standing of the vendor's system. `status` is captured once a real device is among the cases."""

    name: str
    language: str  # what the config is written in, for people
    versions: str
    status: Literal["documented", "captured"]
    maintainer: str
    notes: Texts = ()


class Refusal(Strict):
    """A text that means: not done."""

    pattern: Pattern
    means: Literal["refused", "no_privilege"]


class Answered(Strict):
    """A question that the device may ask, and the session-local answer."""

    pattern: Pattern
    answer: str


class Login(Strict):
    """Options that are appended to the user name, with the texts that mean that the device does not take them."""

    suffix: str = ""


class Elevation(Strict):
    """How a log-in without privileges reads what needs them: a prefix to the command."""

    when_prompt: Pattern
    prefix: str


class Enable(Strict):
    """Navigation to a privileged mode with the enable secret."""

    when_prompt: Pattern
    command: str
    asks: Pattern


class Session(Strict):
    """How to talk to the device: everything that is ever typed stands here or under `documents`.

    `prompt` matches the prompt at the end of what was received; `pasted_prompt` (else `prompt`) the start of a line of a
    terminal session that people paste, its group `menu` the place where the command is typed. `harmless` are full matches of commands that cannot
    change the device; every command is checked against it when the profile is loaded. `noise` are lines that the
    device throws into the output.
    """

    prompt: Pattern
    pasted_prompt: Pattern | None = None
    line_end: str = "\n"
    width: int = 511
    height: int = 1000
    login: Login = Login()
    enter: Texts = ()
    leave: Texts = ()
    pagers: tuple[Answered, ...] = ()
    questions: tuple[Answered, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    noise: Patterns = ()
    harmless: Patterns = ()
    elevation: Elevation | None = None
    enable: Enable | None = None


class Fingerprint(Strict):
    """A pattern in a text and how much it proves: 10 is proof, less adds up."""

    pattern: Pattern
    weight: int = Field(ge=1, le=10)


class Detect(Strict):
    """How to know the vendor: from the SSH banner, the prompt, or a text."""

    banner: Patterns = ()
    prompt: Patterns = ()
    text: tuple[Fingerprint, ...] = ()
    never: Patterns = ()  # a near relative's mark


class Placeholder(Strict):
    """A value for a command, from an earlier document of the same session."""

    section: str
    key: str
    where: Where = {}
    each: bool = False


class Completeness(Strict):
    """When the absence of a statement means the default.

    `end` matches the last line of a whole text. `order` names sections in the order in which every export prints
    them: a later one in the text proves that an earlier one was not cut off. `broken` are marks of a failed export.
    `elsewhere`: a mark in the text (pattern) says that the document of this kind holds more.
    """

    end: Pattern | None = None
    order: Texts = ()
    broken: Patterns = ()
    elsewhere: dict[Pattern, str] = {}


class DocumentKind(Strict):
    """One document: a command's output, or a kind of saved file where `command` is absent.

    `options` goes to the reader as it is. `sections` names what the document holds (`"*"` for all); `absence` says
    what a missing statement means in it. `recognise`: any match in the text tells this document from the vendor's
    others. `typed` are full matches of the other ways in which people ask for it, for pasted sessions. `instead_of`: it is
    run only where that earlier document could not be had. `beside`: without these documents (read, or unknown to the
    device) the absence of a statement in this one proves nothing.
    """

    command: str | None = None
    typed: Patterns = ()
    instead_of: str | None = None
    beside: Texts = ()
    fill: dict[str, Placeholder] = {}
    privileged: bool = False
    optional: bool = False  # a refusal here is normal and needs no word to the user
    reader: str
    options: dict[str, Any] = {}
    sections: Texts = ("*",)
    absence: Literal["default", "unknown", "none"] = "unknown"
    complete: Completeness = Completeness()
    recognise: Patterns = ()
    timeout: int | None = Field(default=None, ge=1, le=600)


class Condition(Strict):
    """One test; exactly one of `version`, `section`, `document`.

    `version`/`is`: the named version (see `facts.identity`) lies in the range. `section` + `where`: such a record
    exists (`exists: false`: none does, and the text is complete). With `key` and `is`, the value is one of these;
    with `matches`, it matches. `only_if_shown`: what is not shown counts as not there, for live tables that can prove
    a thing and never its absence.
    """

    version: str | None = None
    section: str | None = None
    document: str | None = None
    where: Where = {}
    key: str | None = None
    is_: Annotated[Values | None, Field(alias="is")] = None
    matches: Pattern | None = None
    exists: bool = True
    only_if_shown: bool = False

    @model_validator(mode="after")
    def _one_subject(self) -> Condition:
        if sum(x is not None for x in (self.version, self.section, self.document)) != 1:
            raise ValueError("a condition has exactly one of version, section, document")
        if self.version is not None and (not self.is_ or len(self.is_) != 1):
            raise ValueError("version needs is: a range such as '>=5.0,<6.0'")
        return self


class Case(Strict):
    """A value that holds when all conditions do. Cases are tried in order; an undecidable one makes it unknown."""

    when: tuple[Condition, ...] = ()
    gives: str
    why: str = ""
    source: str = ""
    confidence: Confidence | None = None


class Pick(Strict):
    """Where a value stands. `pattern` takes its first group out of the value."""

    section: str
    where: Where = {}
    key: str
    pattern: Pattern | None = None
    split: str | None = None


class Default(Strict):
    """A value that applies when nothing is configured. Several seconds: one of them, by release."""

    versions: str = "*"
    seconds: Annotated[tuple[int, ...] | None, BeforeValidator(_as_tuple)] = None
    never: bool = False
    state: SipAlgState | None = None
    source: str
    confidence: Confidence


class Timer(Strict):
    """A UDP timer: where it stands, what it governs and what holds when it is not written.

    `layer` is the table that it belongs to and `rank` its place in the resolution order of that table (smaller is
    more specific). `name` and `scope` may use the record's keys in braces. `never` are values that mean that the
    entry does not end. `narrowed_by`: a record with one of these keys may or may not catch the phones.
    """

    name: str
    section: str
    where: Where = {}
    key: str
    each: bool = False
    flow: Flow
    layer: str
    rank: int = 1
    scope: str = "global"
    ports: str | None = None  # key that holds destination ports
    fixed_ports: str | None = None
    narrowed_by: Texts = ()
    unit: Literal["seconds", "minutes", "duration"] = "duration"
    never: Values = ()
    unset: Values = ()  # values that mean: not set here
    defaults: tuple[Default, ...] = ()
    no_default: str = ""  # why no default may be assumed
    saved: Pick | None = None  # where the value stands that holds after a restart
    optional: bool = False  # not worth a word where it is not shown
    ask: str = ""


class Layer(Strict):
    """A table in which a phone's entry lives. `order: unknown` lets the smallest timer that can apply decide."""

    name: str
    order: Literal["documented", "unknown"] = "documented"


class Blocker(Strict):
    """Something in the config that makes the timers meaningless."""

    when: tuple[Condition, ...]
    why: str
    ask: str = ""


class PromotionCase(Strict):
    """Whether the un-replied timer decides for a phone (see design: promotion is late)."""

    when: tuple[Condition, ...] = ()
    late: bool
    reason: str


class SipLayerSpec(Strict):
    """One mechanism that may edit SIP, judged by cases or by a key with its `on` and `off` values."""

    name: str
    section: str | None = None
    where: Where = {}
    key: str | None = None
    on: Values = ()
    off: Values = ()
    defaults: tuple[Default, ...] = ()
    cases: tuple[Case, ...] = ()
    observed: bool = False  # read from a live table
    remedy: str = ""
    ask: str = ""


class ForwardFields(Strict):
    """Which keys of a record hold what; the value is a key, or several of which the first present counts."""

    chain: str | None = None
    action: str | None = None
    jump_target: str | None = None
    protocol: str | None = None
    external_address: Texts = ()
    interface: Texts = ()
    source: Texts = ()
    external_ports: Texts = ()
    internal_address: Texts = ()
    internal_ports: Texts = ()
    name: Texts = ()
    disabled: Where = {}


class ForwardTable(Strict):
    """A table of destination NAT rules: where it starts, which action is what, and how rules jump."""

    section: str
    fields: ForwardFields
    start: Texts = ()  # chains at which a packet from outside enters
    builtin: Texts = ()  # the other chains that the system itself enters
    actions: dict[str, ForwardKind] = {}
    jump: Texts = ()
    leave: Texts = ()  # actions that end the walk through a chain without translating
    only: Where = {}  # further values that make a record a forward
    local_address: str = "any"
    router_address: str = "router"  # internal address of a redirect
    ports_follow: bool = True
    ask: str = ""


class FilterTable(Strict):
    """The rules that decide whether a forwarded packet may pass."""

    section: str
    start: Texts
    fields: ForwardFields
    accept: Texts
    drop: Texts
    jump: Texts = ()
    policy: Pick | None = None  # where a chain's policy stands; its record names the chain under `chain`
    policy_default: Answer = Answer.UNKNOWN  # whether a packet passes that no rule of a whole table caught
    new_flows: Where = {}  # values of a match that a new flow has; other values never match
    translated: Where = {}  # values that a flow with destination NAT has
    inert: Texts = ()  # keys that do not narrow what a rule matches
    exact_interfaces: bool = (
        False  # another name is another interface; lists and zones have names, too, elsewhere
    )


class Wan(Strict):
    """The addresses on the interfaces that source NAT leaves by.

    `interfaces` name them (the first pick that finds any counts), `lists` name interface lists whose members (`members`: section, key of the list, key of the
    interface) count. `addresses` is the table that holds an interface's address. `dynamic` are picks whose value names
    interfaces that get their address from outside.
    """

    interfaces: tuple[Pick, ...] = ()
    lists: tuple[Pick, ...] = ()
    members: Pick | None = None
    member_list_key: str = "list"
    addresses: Pick | None = None
    address_interface_key: str = "interface"
    ignore: Where = {}
    ask: str = ""


class NatFacts(Strict):
    """Role of the box, what happens to source ports, and its addresses towards the internet."""

    role: tuple[Case, ...]
    source_port: tuple[Case, ...] = ()
    wan: Wan = Wan()
    ask: str = ""


class IdentityFacts(Strict):
    """What the device says of itself; `versions` are further named versions that conditions use."""

    model: tuple[Pick, ...] = ()
    version: tuple[Pick, ...] = ()
    hostname: tuple[Pick, ...] = ()
    versions: dict[str, tuple[Pick, ...]] = {}


class FactSpec(Strict):
    """Where each fact of the closed vocabulary stands."""

    identity: IdentityFacts = IdentityFacts()
    layers: dict[str, Layer]
    udp_timers: tuple[Timer, ...]
    blockers: tuple[Blocker, ...] = ()
    promotion: tuple[PromotionCase, ...]
    port_forwards: tuple[ForwardTable, ...] = ()
    filter: tuple[FilterTable, ...] = ()
    sip_alg: tuple[SipLayerSpec, ...] = ()
    nat: NatFacts
    policy_test: str = ""


class Variable(Strict):
    """A name that remediation templates may ask for.

    Its value is the `gives` of the first case that holds, else the one value that stands in all places of `picks`,
    else `otherwise`.
    """

    cases: tuple[Case, ...] = ()
    picks: tuple[Pick, ...] = ()
    otherwise: str = ""


class Remedies(Strict):
    """What may be repaired by command. `quote` is the vendor's quoting filter; `manual` says why a remedy is not."""

    quote: Literal["posix_shell", "menu", "double_quotes", "none"] = "none"
    timers: Texts = ()  # names of timers that the macro can set
    range: tuple[int, int] | None = None
    variables: dict[str, Variable] = {}
    manual: dict[str, str] = {}


class Profile(Strict):
    """One vendor."""

    slug: str
    vendor: Vendor
    sources: dict[str, str]
    session: Session | None = None
    detect: Detect
    documents: dict[str, DocumentKind]
    facts: FactSpec
    remedies: Remedies = Remedies()

    @property
    def commands(self) -> tuple[tuple[str, DocumentKind], ...]:
        """Documents that are collected live, in order."""
        return tuple((kind, doc) for kind, doc in self.documents.items() if doc.command)
