"""Is this the NAT that counts, and what does it do to source ports?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from auditor.model.audit import Severity
from auditor.model.facts import Facts, NatRole, SourcePort
from auditor.model.text import N_, _
from auditor.rules.rule import Context, Note, Problem, evidence_of, known, rule, value_or_none
from auditor.rules.timers import timers_hold

_NOT_PUBLIC = tuple(
    (ipaddress.IPv4Network(network), kind)
    for network, kind in (
        ("10.0.0.0/8", N_("private")),
        ("172.16.0.0/12", N_("private")),
        ("192.168.0.0/16", N_("private")),
        ("100.64.0.0/10", N_("carrier-grade NAT")),
        ("192.0.0.0/29", N_("DS-Lite")),
        ("169.254.0.0/16", N_("link-local")),
    )
)


def _kind(address: str) -> str | None:
    """Return what makes an address unfit for the internet: an empty text for a public one, None for no IPv4 address."""
    try:
        parsed = ipaddress.IPv4Address(address.partition("/")[0])
    except ValueError:
        return None
    return next((kind for network, kind in _NOT_PUBLIC if parsed in network), "")


def _low(facts: Facts) -> Severity:
    """Return high where an address was shown; one that was not leaves the verdict alone."""
    return Severity.LOW if value_or_none(facts.wan_addresses) is None else Severity.HIGH


@rule(
    "NAT004",
    severity=Severity.HIGH,
    weigh=_low,
    needs=("wan_addresses",),
    references=(N_("RFC 1918"), N_("RFC 6598 (100.64.0.0/10)"), N_("RFC 6333 (DS-Lite, 192.0.0.0/29)")),
    matters=N_("If the address is private, another NAT follows, and its timers count as well."),
    nat_only=True,
)
def other_nat_follows(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """Another NAT follows behind this router.

    Where the address towards the internet is private, a carrier's or DS-Lite, a second box translates the phones'
    packets. The shortest timer of the chain counts, and that box was not seen.
    """
    del context
    fact = known(facts.wan_addresses)
    listing, kinds = ", ".join(fact.value), {address: _kind(address) for address in fact.value}
    hidden = [f"{address} ({_(kind)})" for address, kind in kinds.items() if kind]
    unread = [address for address, kind in kinds.items() if kind is None]
    if hidden:
        yield Problem(
            title=_("Another NAT follows: {addresses}").format(addresses=", ".join(hidden)),
            detail=_(
                "This router is not the last one before the internet. The shortest timer of the chain counts: audit the next box too, or ask the carrier for the life of its UDP entries. Port forwards have to be set there as well."
            ),
            expected=_("a public address"),
            actual=listing,
            evidence=evidence_of(fact),
            certain=False,
        )
    elif unread or not kinds:
        yield Problem(
            title=_("Not known: {what}").format(what=_("address towards the internet")),
            detail=_("No IPv4 address was read that would tell whether another NAT follows."),
            expected=_("a public address"),
            actual=listing or _("unknown"),
            evidence=evidence_of(fact),
            severity=Severity.LOW,
            certain=False,
        )
    yield Note(
        title=_("The address towards the internet is public: {addresses}").format(addresses=listing),
        expected=_("a public address"),
        actual=listing,
        evidence=evidence_of(fact),
    )


def _role_weight(facts: Facts) -> Severity:
    return Severity.MEDIUM if value_or_none(facts.nat_role) is None else Severity.HIGH


@rule(
    "NAT005",
    severity=Severity.HIGH,
    weigh=_role_weight,
    needs=("nat_role",),
    references=(N_("RFC 4787, section 4: the timer is that of the box which translates"),),
    matters=N_("The timers count only where the phones' addresses are translated."),
)
def not_the_nat(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """This box is not the NAT.

    A switch, a bridge or a router without source NAT keeps no entries for phones: its timers prove nothing, and the box
    that translates has to be audited instead.
    """
    del context
    fact = known(facts.nat_role)
    if fact.value is NatRole.NOT_NAT:
        yield Problem(
            title=_("This box does not translate the phones' addresses"),
            detail=_(
                "Its timers say nothing about phones. Find the router that does the NAT and audit that one."
            ),
            expected=_("source NAT towards the internet"),
            actual=_("no source NAT"),
            evidence=evidence_of(fact),
            certain=False,
        )
    yield Note(
        title=_("This box translates the phones' addresses."),
        expected=_("source NAT towards the internet"),
        actual=_("source NAT"),
        evidence=evidence_of(fact),
    )


def _source_port_text(value: SourcePort) -> str:
    return {
        SourcePort.PRESERVED: _("always kept"),
        SourcePort.KEPT_IF_FREE: _("kept while it is free"),
        SourcePort.REWRITTEN: _("always changed"),
        SourcePort.RANDOM: _("random"),
        SourcePort.UNKNOWN: _("unknown"),
    }[value]


@rule(
    "NAT006",
    severity=Severity.MEDIUM,
    weigh=lambda _facts: Severity.LOW,
    needs=("source_port",),
    looks_at=("replied", "unreplied", "promotion", "paths"),
    references=(
        N_("RFC 4787, section 4.2"),
        N_("The phone system answers to the port of the last registration"),
    ),
    matters=N_("Where ports change, an entry that ended keeps a phone unreachable until it registers again."),
    nat_only=True,
)
def source_port_random(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """Source NAT changes the phones' source port.

    The phone system keeps sending to the port of the last registration. While the timers hold, that port stays; once an
    entry has ended, the next keepalive leaves from another port and the phone stays unreachable until it registers.
    """
    fact = known(facts.source_port)
    actual, expected = _source_port_text(fact.value), _("kept")
    if fact.value in {SourcePort.RANDOM, SourcePort.REWRITTEN}:
        holds = timers_hold(facts, context.options.limit)
        yield Problem(
            title=_("Source NAT changes the phones' source port"),
            detail=_(
                "Harmless as long as the UDP timers hold. Leave it out of the NAT rule if nothing needs it."
            )
            if holds
            else _(
                "With these timers every entry that ends comes back on another port, and the phone stays unreachable until it registers again, up to an hour. Raise the timers; leave the port change out of the NAT rule if nothing needs it."
            ),
            expected=expected,
            actual=actual,
            evidence=evidence_of(fact),
            severity=Severity.LOW if holds else Severity.MEDIUM,
        )
    yield Note(
        title=_("The phones' source port: {behaviour}").format(behaviour=actual),
        expected=expected,
        actual=actual,
        evidence=evidence_of(fact),
    )
