"""Where port forwards stand, and which of the filter's rules let them pass."""

from __future__ import annotations

from typing import Literal

from auditor.model.facts import Answer, ForwardKind
from auditor.profiles.schema.base import Pattern, Strict, Texts, Where
from auditor.profiles.schema.picks import Condition, Pick


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
    that lets pass, `certain` those of one that asks for nothing more; `same` are keys of that record with the key of
    the forward's that has to hold the same for certain (`wildcard` holds everything). `when`: only then does it take a
    statement. `switch` is the key of the record's own name, for a template that switches it off, and `source` that of the
    addresses that it lets in (`everywhere`: all), told where `source_if` holds.
    """

    by: str
    section: str
    key: str
    accept: Where = {}
    certain: Where = {}
    same: dict[str, str] = {}
    wildcard: str = "any"
    when: tuple[Condition, ...] = ()
    switch: str | None = None
    source: str | None = None
    source_if: Where = {}
    everywhere: Texts = ()


class ForwardTable(Strict):
    """A table of destination NAT rules: where it starts, which action is what, and how rules jump.

    `ports_shift`: a single internal port beside a range is the first of a range. `passes`: a rule with one of these
    values lets its packets past the filter.
    """

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
    when: tuple[Condition, ...] = ()  # the table is asked only where these hold for what was read
    filtered: bool = True  # False: what `filter` says is not about the forwards of this table
    shown_elsewhere: dict[str, Pattern] = {}  # values of rules that another table shows better
    local_address: str = "any"
    router_address: str = "router"  # internal address of a redirect
    ports_follow: bool = True
    ports_shift: bool = False
    passes: Where = {}
    permission: Permission | None = None
    ask: str = ""


class FilterTable(Strict):
    """The rules that decide whether a forwarded packet may pass; `untranslated` ones see it as it comes from outside.

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
    only: Where = {}  # further values that make a record a rule for what is passed on
    policy_default: Answer = Answer.UNKNOWN  # whether a packet passes that no rule of a whole table caught
    new_flows: Where = {}  # values of a match that a new flow has; other values never match
    translated: Where = {}  # values that a flow with destination NAT has
    inert: Texts = ()  # keys that do not narrow what a rule matches
    untranslated: bool = False
    exact_interfaces: bool = False  # another name is another interface, and never a list or a zone
