"""Where each fact of the closed vocabulary stands."""

from __future__ import annotations

from typing import Literal

from auditor.model.facts import Answer, Flow, ForwardKind
from auditor.profiles.schema.base import Pattern, Strict, Texts, Values, Where
from auditor.profiles.schema.picks import Case, Condition, Default, Pick


class Timer(Strict):
    """A UDP timer: where it stands, what it governs and what holds when it is not written.

    `layer` is the table that it belongs to and `rank` its place in the resolution order of that table (smaller is
    more specific). `name` and `scope` may use the record's keys in braces. `never` are values that mean that the
    entry does not end. `narrowed_by`: a record with one of these keys may or may not catch the phones. `proven`: only a
    whole text proves that there is no such record; where none does, the timers behind it pass nothing. `whole`: a record
    without the value has the default only in a whole text.
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
    unit: Literal["milliseconds", "seconds", "minutes", "duration"] = "duration"
    never: Values = ()
    unset: Values = ()  # values that mean: not set here
    defaults: tuple[Default, ...] = ()
    no_default: str = ""  # why no default may be assumed
    saved: Pick | None = None  # where the value stands that holds after a restart
    proven: bool = False
    whole: bool = False
    optional: bool = False  # not worth a word where it is not shown
    governs: bool = True  # False: it is told, and governs a phone's flow only through another row
    ask: str = ""


class Layer(Strict):
    """A table in which a phone's entry lives. `order: unknown` lets the smallest timer that can apply decide.

    `when`: the device has this table only where the conditions hold.
    """

    name: str
    order: Literal["documented", "unknown"] = "documented"
    when: tuple[Condition, ...] = ()
    ask: str = ""


class Groups(Strict):
    """Names that stand for other names: `members` of the record that has the name, divided by `split`."""

    section: str
    where: Where = {}
    name: str
    members: str
    split: Pattern | None = None


class Join(Strict):
    """A section made of two: every `left` record beside the `right` record that it names in `key`.

    Several names are divided by `split`, and names of `groups` stand for their members, group in group; each gives a
    row of its own. `right` sections are searched in order for the record whose `name` is the one; its keys come behind
    `prefix`. A left record that names nothing that is known stays alone. Records of different paths are never
    joined.
    """

    left: str
    where: Where = {}
    key: str
    split: Pattern | None = None
    groups: tuple[Groups, ...] = ()
    right: Texts
    name: str
    prefix: str


class Paths(Strict):
    """Ways that phones may take apart from each other: VDOMs, VRFs.

    `key` of a record names the path that it belongs to; a record without it belongs to all. `names` tell which paths
    there are, `label` how a report calls them. Without a record of `carried_by` a path carries no phones.
    """

    key: str
    names: tuple[Pick, ...]
    label: str = "{path}"
    carried_by: Pick | None = None


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

    def keys(self) -> frozenset[str]:
        """Return every key that has a meaning."""
        single = (self.chain, self.action, self.jump_target, self.protocol)
        several = (
            self.external_address, self.interface, self.source, self.external_ports, self.internal_address,
            self.internal_ports, self.name, tuple(self.disabled),
        )  # fmt: skip
        return frozenset(key for key in single if key) | {key for keys in several for key in keys}


class Permission(Strict):
    """A forward that lets packets pass only where another statement names it.

    `by` of the forward's record is the name, `key` of a record in `section` names it. `accept` are values of a record
    that lets pass, `certain` those of one that asks for nothing more.
    """

    by: str
    section: str
    key: str
    accept: Where = {}
    certain: Where = {}


class ForwardTable(Strict):
    """A table of destination NAT rules: where it starts, which action is what, and how rules jump."""

    section: str
    fields: ForwardFields
    start: Texts = ()  # chains at which a packet from outside enters
    builtin: Texts = ()  # the other chains that the system itself enters
    actions: dict[str, ForwardKind] = {}
    jump: Texts = ()
    goto: Texts = ()  # jumps that do not come back to the chain they stand in
    back: Texts = ()  # actions that end the walk through the chain they stand in
    leave: Texts = ()  # actions that end every walk without translating
    inert: Texts = ()  # keys that do not narrow what a rule matches; without any, no key is taken to narrow it
    exact_interfaces: bool = False  # another name is another interface, and never a list or a zone
    only: Where = {}  # further values that make a record a forward
    local_address: str = "any"
    router_address: str = "router"  # internal address of a redirect
    ports_follow: bool = True
    permission: Permission | None = None
    ask: str = ""


class FilterTable(Strict):
    """The rules that decide whether a forwarded packet may pass.

    `order: unknown`: a listing does not show which rule is asked first, so all that can catch a packet have to agree.
    """

    section: str
    start: Texts
    fields: ForwardFields
    accept: Texts
    drop: Texts
    jump: Texts = ()
    goto: Texts = ()
    back: Texts = ()
    order: Literal["listed", "unknown"] = "listed"
    policy: Pick | None = None  # where a chain's policy stands; its record names the chain under `chain`
    policy_default: Answer = Answer.UNKNOWN  # whether a packet passes that no rule of a whole table caught
    new_flows: Where = {}  # values of a match that a new flow has; other values never match
    translated: Where = {}  # values that a flow with destination NAT has
    inert: Texts = ()  # keys that do not narrow what a rule matches
    exact_interfaces: bool = False  # another name is another interface, and never a list or a zone


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
    tables: dict[
        str, tuple[dict[str, str], ...]
    ] = {}  # what the system knows without a statement: named services
    joins: dict[str, Join] = {}
    paths: Paths | None = None
    layers: dict[str, Layer]
    udp_timers: tuple[Timer, ...]
    blockers: tuple[Blocker, ...] = ()
    promotion: tuple[PromotionCase, ...]
    port_forwards: tuple[ForwardTable, ...] = ()
    filter: tuple[FilterTable, ...] = ()
    sip_alg: tuple[SipLayerSpec, ...] = ()
    nat: NatFacts
    policy_test: str = ""
