"""Port forwards that more people can use than should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.audit import Scenario, Severity
from auditor.model.facts import Answer, Facts, ForwardKind, PortForward
from auditor.model.text import N_, _
from auditor.rules.coverage import by_access_list, forward_text, open_to_all, overlapping, same_host
from auditor.rules.forwards import steals
from auditor.rules.requirements import Exposure, Requirements, Users
from auditor.rules.rule import Context, Note, Problem, rule, sentences

_PORT_PAGE = N_("STARFACE port page: https://knowledge.starface.de/pages/viewpage.action?pageId=46564693")
_MATTERS = N_("A forward that the whole internet can use is found by scanners within hours.")


def _open_forwards(facts: Facts, context: Context) -> tuple[PortForward, ...]:
    """Return the forwards that anybody can use; those that steal phones' packets are another rule's."""
    cloud = not context.onprem
    return tuple(
        forward
        for forward in facts.port_forwards
        if forward.enabled
        and forward.permitted is not Answer.NO
        and forward.kind is not ForwardKind.REDIRECT
        and open_to_all(forward)
        and not (cloud and steals(forward, context))
    )


def _reached(
    forward: PortForward, requirements: Requirements, exposures: Iterable[Exposure]
) -> tuple[str, ...]:
    """Return the ids of the services that a forward reaches and that have one of these ratings."""
    wanted = frozenset(exposures)
    return tuple(
        name
        for name, port in requirements.ports.items()
        if port.exposure in wanted
        and overlapping(forward, port, outside=False)
        and (port.beyond is None or _is_beyond(forward, requirements, port.beyond))
    )


def _is_beyond(forward: PortForward, requirements: Requirements, name: str) -> bool:
    port = requirements.ports[name]
    return overlapping(forward, port, outside=False) and not port.range.covers(forward.internal_ports)


def _home_office(context: Context) -> frozenset[str]:
    """Return the ports that the home office needs from known addresses, and no app needs from anywhere."""

    def ports(users: Users) -> frozenset[str]:
        needs = (need for need in context.selection.needs if need.source is users)
        return frozenset(port for need in needs for port in need.any_of)

    return ports(Users.KNOWN_ADDRESSES) - ports(Users.ANY)


def _services(names: Iterable[str], requirements: Requirements) -> str:
    ports = [requirements.ports[name] for name in names]
    return ", ".join(
        dict.fromkeys(f"{'/'.join(port.protocols)} {port.range} ({_(port.purpose)})" for port in ports)
    )


def _is_pbx(forward: PortForward, names: Iterable[str], context: Context) -> bool:
    """Tell whether a forward may lead to the phone system, or to what a selected feature offers."""
    if set(names) & context.selection.needed_ports():
        return True
    return context.onprem and same_host(forward.internal_address, context.options.pbx) is not Answer.NO


def _doubt(forward: PortForward) -> str:
    """Return why it is not certain that packets get through a forward, nothing where it is."""
    if forward.permitted is Answer.UNKNOWN:
        reason = _("whether the filter lets {forward} through is not known").format(
            forward=forward_text(forward)
        )
    else:
        reason = by_access_list(forward)
    return _("Not certain: {doubt}.").format(doubt=reason) if reason else ""


@rule(
    "EXP001",
    severity=Severity.HIGH,
    weigh=lambda _facts: Severity.MEDIUM,
    shown=("port_forwards",),
    references=(_PORT_PAGE,),
    matters=_MATTERS,
)
def forward_exposed(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A forward is open to the whole internet that should not be.

    Provisioning hands out SIP passwords, an open SIP port draws scanners, and management ports have no business on the
    internet at all. Such forwards are limited to known addresses, or replaced by a VPN.
    """
    requirements = context.selection.requirements
    spared = _home_office(context) - frozenset(requirements.high_exposure)
    for forward in _open_forwards(facts, context):
        rated = _reached(forward, requirements, (Exposure.NEVER, Exposure.RESTRICT_SOURCE))
        names = tuple(name for name in rated if name not in spared)
        if not names:
            continue
        high = any(name in requirements.high_exposure for name in names)
        services, doubt = _services(names, requirements), _doubt(forward)
        never = any(requirements.ports[name].exposure is Exposure.NEVER for name in names)
        yield Problem(
            title=_("Open to the whole internet: {forward}").format(forward=forward_text(forward)),
            detail=sentences(
                _("It reaches {services}. {advice}").format(services=services, advice=_advice(never=never)),
                "" if never or _is_pbx(forward, names, context) else _elsewhere(),
                doubt,
            ),
            expected=_("no such forward") if never else _("from known addresses only"),
            actual=forward_text(forward),
            evidence=(forward.evidence,),
            severity=Severity.HIGH if high else Severity.MEDIUM,
            certain=not doubt,
        )
    yield Note(title=_("No forward is open to the whole internet that should not be."))


def _elsewhere() -> str:
    """Return what to say of a service that another machine than the phone system may offer on purpose."""
    return _(
        "No selected feature leads there: if that machine offers it to the public on purpose, this is its owner's decision."
    )


def _advice(*, never: bool) -> str:
    if never:
        return _("Nothing of the phone system needs that from the internet: take it away, or use a VPN.")
    return _("Limit it to the addresses that need it, or use a VPN.")


@rule(
    "EXP002",
    severity=Severity.MEDIUM,
    scenario=Scenario.ONPREM,
    shown=("port_forwards",),
    references=(_PORT_PAGE,),
    matters=_MATTERS,
)
def home_office_without_vpn(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """Phones in the home office come in from anywhere.

    Phones at home can use forwards, but then SIP and provisioning face the whole internet. STARFACE recommends a VPN
    wherever possible; fixed addresses of the homes are the second best.
    """
    needed = _home_office(context)
    if not needed:
        yield Note(title=_("No feature brings phones in from outside without VPN."), applies=False)
        return
    requirements = context.selection.requirements
    own = needed - frozenset(
        requirements.high_exposure
    )  # those are told as what they are, by forward_exposed
    for forward in _open_forwards(facts, context):
        names = tuple(name for name in _reached(forward, requirements, Exposure) if name in own)
        if not names or same_host(forward.internal_address, context.options.pbx) is Answer.NO:
            continue
        yield Problem(
            title=_("Home office without VPN: {forward}").format(forward=forward_text(forward)),
            detail=sentences(
                _(
                    "It opens {services} to everybody. Use a VPN, as STARFACE recommends, or limit the forward to the addresses of the homes."
                ).format(services=_services(names, requirements)),
                _doubt(forward),
            ),
            expected=_("a VPN, or known addresses only"),
            actual=forward_text(forward),
            evidence=(forward.evidence,),
            certain=not _doubt(forward),
        )
    yield Note(title=_("Home office phones come in from known addresses only."))


@rule(
    "EXP003",
    severity=Severity.INFO,
    scenario=Scenario.ONPREM,
    shown=("port_forwards",),
    references=(_PORT_PAGE,),
    matters=_MATTERS,
)
def forward_open_without_vpn(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A forward is open to the whole internet that a VPN would do without.

    Apps outside need it only where no VPN is used. STARFACE recommends a VPN wherever possible.
    """
    requirements = context.selection.requirements
    for forward in _open_forwards(facts, context):
        names = tuple(
            name
            for name in _reached(forward, requirements, (Exposure.WARN_IF_ANY,))
            if name not in _home_office(context)
        )
        if not names or same_host(forward.internal_address, context.options.pbx) is Answer.NO:
            continue
        yield Problem(
            title=_("Open to the whole internet: {forward}").format(forward=forward_text(forward)),
            detail=sentences(
                _(
                    "It reaches {services}, which only apps without VPN need from anywhere. STARFACE recommends a VPN."
                ).format(services=_services(names, requirements)),
                _doubt(forward),
            ),
            expected=_("a VPN where possible"),
            actual=forward_text(forward),
            evidence=(forward.evidence,),
            certain=not _doubt(forward),
        )
    yield Note(title=_("No forward is open that a VPN would do without."))
