"""Where each fact of the closed vocabulary stands."""

from __future__ import annotations

from typing import Literal

from auditor.model.facts import Flow
from auditor.profiles.schema.base import Pattern, Strict, Texts, Values, Where
from auditor.profiles.schema.forwards import FilterTable, ForwardTable
from auditor.profiles.schema.picks import Case, Condition, Default, Pick


class FirstMatch(Strict):
    """Rows of one list (a policy's classes) are tried in order, and the first that surely catches the phones ends it.

    `within` is the key that names the list. `surely` are records that catch the phones whatever else there is, `never`
    those that cannot; any other one may catch them, and then counts beside those behind it.
    """

    within: str
    surely: tuple[Where, ...]
    never: tuple[Where, ...] = ()


class Timer(Strict):
    """A UDP timer: where it stands, what it governs and what holds when it is not written.

    `layer` is the table that it belongs to and `rank` its place in the resolution order of that table (smaller is
    more specific). `name` and `scope` may use the record's keys in braces. `never` are values that mean that the
    entry does not end. `narrowed_by`: a record with one of these keys may or may not catch the phones. `left_out`: only
    such a record of a whole text takes the default where it does not state the value. `row` tells a template which record
    it is, with keys in braces. `proven`: only a whole text proves that there is no such record; where none does, the
    timers behind it pass nothing; `needs_whole`: the same, where a document that was read may show such records.
    `unproven` says why it is not known whether such a row governs at all: it decides nothing, and where it would change
    the answer, there is none.
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
    first_match: FirstMatch | None = None
    left_out: Where = {}
    unproven: str = ""
    needs_whole: bool = False
    unit: Literal["milliseconds", "seconds", "minutes", "duration"] = "duration"
    never: Values = ()
    unset: Values = ()  # values that mean: not set here
    defaults: tuple[Default, ...] = ()
    no_default: str = ""  # why no default may be assumed
    saved: Pick | None = None  # where the value stands that holds after a restart
    row: str = ""
    proven: bool = False
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
    `prefix`. With `each`, every such record gives a row, not the first alone. A left record that names nothing that is known stays alone. Records of different paths are never joined.
    """

    left: str
    where: Where = {}
    key: str
    split: Pattern | None = None
    groups: tuple[Groups, ...] = ()
    right: Texts
    name: str
    prefix: str
    each: bool = False


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
    """Something in the config that makes the timers meaningless; with `fails_stand` only those that hold."""

    when: tuple[Condition, ...]
    fails_stand: bool = False
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


class Wan(Strict):
    """The addresses on the interfaces that source NAT leaves by.

    `interfaces` name them (the first pick that finds any counts), `lists` name interface lists whose members (`members`:
    section, key of the list, key of the interface) count. `addresses` is the table that holds an interface's address.
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
    tables: dict[str, tuple[dict[str, str], ...]] = {}  # named services that the system knows by itself
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
