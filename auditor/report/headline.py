"""The first line of a report: the verdict and its parts told apart."""

from __future__ import annotations

from auditor.model.audit import Audit, Finding, Status, Verdict
from auditor.model.facts import Known, NatRole, SipAlgState
from auditor.model.text import N_, _
from auditor.report.timer_words import Hold, hold_of

DASH = " \N{EN DASH} "
_VERDICTS = {Verdict.PASS: N_("PASS"), Verdict.FAIL: N_("FAIL"), Verdict.UNKNOWN: N_("UNKNOWN")}
_TIMERS = {
    Hold.HOLDS: N_("timers hold"),
    Hold.SHORT: N_("timers too short"),
    Hold.UNKNOWN: N_("timers unknown"),
}
_SIP_ALG = {
    SipAlgState.ON: N_("SIP ALG on"),
    SipAlgState.OFF: N_("SIP ALG off"),
    SipAlgState.UNKNOWN: N_("SIP ALG unknown"),
}


def verdict_word(audit: Audit) -> str:
    """Return the verdict in capitals."""
    return _(_VERDICTS[audit.verdict])


def headline(audit: Audit) -> str:
    """Return what holds and what does not, without the verdict: timers, the NAT, SIP ALG and port forwards."""
    parts = [_timers(audit), _nat(audit), _(_SIP_ALG[audit.facts.sip_alg.state]), *_forwards(audit.findings)]
    return DASH.join(part for part in parts if part)


def _timers(audit: Audit) -> str:
    facts, limit = audit.facts, audit.options.limit
    if _no_nat(audit):
        return _("no NAT here")
    holds = {hold_of(facts.replied, limit)}
    if facts.promotion.late:
        holds.add(hold_of(facts.unreplied, limit))
    for worst in (Hold.SHORT, Hold.UNKNOWN):
        if worst in holds:
            return _(_TIMERS[worst])
    return _(_TIMERS[Hold.HOLDS])


def _no_nat(audit: Audit) -> bool:
    role = audit.facts.nat_role
    return isinstance(role, Known) and role.value is NatRole.NOT_NAT


def _nat(audit: Audit) -> str:
    """Return what makes the verdict unknown although the timers may hold: this box is not the only NAT, or none."""
    if Status.UNKNOWN in _statuses(audit.findings, "NAT004"):
        return _("another NAT follows")
    if not _no_nat(audit) and Status.UNKNOWN in _statuses(audit.findings, "NAT005"):
        return _("not certain that this is the NAT")
    return ""


def _forwards(findings: tuple[Finding, ...]) -> list[str]:
    """Return the state of the port forwards: whether they are right, and whether too many people can use them."""
    right, exposed = _statuses(findings, "PORT"), _statuses(findings, "EXP")
    failing = [_("port forwards wrong")] if Status.FAIL in right else []
    if Status.FAIL in exposed:
        failing.append(_("port forwards too open"))
    if failing:
        return failing
    if Status.UNKNOWN in right | exposed:
        return [_("port forwards unknown")]
    return [_("port forwards fine")] if Status.PASS in right | exposed else []


def _statuses(findings: tuple[Finding, ...], codes: str) -> set[Status]:
    """Return the answers of the rules whose code starts so; advice that does not decide is not worth a word here."""
    return {
        finding.status for finding in findings if finding.rule.startswith(codes) and finding.severity.decides
    }
