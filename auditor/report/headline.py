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
    """Return what holds and what does not, without the verdict: timers, SIP ALG and port forwards."""
    parts = [_timers(audit), _(_SIP_ALG[audit.facts.sip_alg.state]), _forwards(audit.findings)]
    return DASH.join(part for part in parts if part)


def _timers(audit: Audit) -> str:
    facts, limit = audit.facts, audit.options.limit
    role = facts.nat_role
    if isinstance(role, Known) and role.value is NatRole.NOT_NAT:
        return _("no NAT here")
    holds = {hold_of(facts.replied, limit)}
    if facts.promotion.late:
        holds.add(hold_of(facts.unreplied, limit))
    for worst in (Hold.SHORT, Hold.UNKNOWN):
        if worst in holds:
            return _(_TIMERS[worst])
    return _(_TIMERS[Hold.HOLDS])


def _forwards(findings: tuple[Finding, ...]) -> str:
    """Return the state of the port forwards; advice that does not decide is not worth a word here."""
    statuses = {
        finding.status for finding in findings if "forward" in finding.name and finding.severity.decides
    }
    if Status.FAIL in statuses:
        return _("port forwards wrong")
    if Status.UNKNOWN in statuses:
        return _("port forwards unknown")
    return _("port forwards fine") if Status.PASS in statuses else ""
