"""The report for the terminal: what an engineer understands at a glance, then why, then what to enter."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model.audit import Audit, Finding, Severity, Status, Verdict
from auditor.model.facts import (
    Answer,
    Evidence,
    Fact,
    Known,
    Missing,
    NatRole,
    Path,
    SipAlg,
    SipLayer,
    SourcePort,
    UdpTimer,
)
from auditor.model.text import N_, _, ngettext
from auditor.report.headline import DASH, headline, verdict_word
from auditor.report.paper import Ink, Paper
from auditor.report.plain import quotation, short
from auditor.report.snippet_text import write_snippets
from auditor.report.timer_words import Hold, by_release, hold_of, origin_of, straddles, value_of

_VERDICT_INK = {Verdict.PASS: Ink.GOOD, Verdict.FAIL: Ink.BAD, Verdict.UNKNOWN: Ink.DOUBT}
_SEVERITIES = {
    Severity.CRITICAL: N_("CRITICAL"),
    Severity.HIGH: N_("HIGH"),
    Severity.MEDIUM: N_("MEDIUM"),
    Severity.LOW: N_("LOW"),
    Severity.INFO: N_("INFO"),
}
_ROLES = {
    NatRole.NAT: N_("this router does the NAT"),
    NatRole.NOT_NAT: N_("no NAT here"),
    NatRole.UNKNOWN: N_("not known whether this router does the NAT"),
}
_SOURCE_PORTS = {
    SourcePort.PRESERVED: N_("source port preserved"),
    SourcePort.KEPT_IF_FREE: N_("source port kept if free"),
    SourcePort.REWRITTEN: N_("source port rewritten"),
    SourcePort.RANDOM: N_("source port random"),
    SourcePort.UNKNOWN: N_("source port unknown"),
}
_CARRIES = {
    Answer.YES: N_("carries phones"),
    Answer.NO: N_("carries no phones"),
    Answer.UNKNOWN: N_("may carry phones"),
}
_STATES = {"on": N_("on"), "off": N_("off"), "unknown": N_("unknown")}
_HOLDS = {Hold.HOLDS: N_("holds"), Hold.SHORT: N_("too short"), Hold.UNKNOWN: N_("so it is not known")}
_STEP = "    "


def render(audit: Audit, *, width: int, colour: bool) -> str:
    """Return the report without a final line end; prose fits into `width` columns, quotations and commands are not wrapped."""
    paper = Paper(width=width, colour=colour)
    paper.prose(headline(audit), start=f"{verdict_word(audit)}: ", ink=_VERDICT_INK[audit.verdict])
    paper.gap()
    _write_overview(paper, audit)
    _write_findings(paper, audit)
    _write_unknown(paper, audit)
    write_snippets(paper, audit)
    return str(paper).rstrip("\n")


class _Column:
    """Labels on the left, as wide as the longest, and what belongs to them on the right."""

    def __init__(self, paper: Paper, labels: tuple[str, ...]) -> None:
        self._paper = paper
        self._wide = max(len(label) for label in labels) + 2

    def row(self, label: str, text: str, evidence: Evidence | None = None) -> None:
        self._paper.prose(text, start=label.ljust(self._wide), ink=Ink.STRONG)
        if evidence:
            self._paper.quote(quotation(evidence), indent=" " * self._wide)


def _write_overview(paper: Paper, audit: Audit) -> None:
    facts, options = audit.facts, audit.options
    router, checked, nat = _("Router"), _("Checked"), _("NAT")
    replied, unreplied, sip_alg = _("Replied timer"), _("Un-replied timer"), _("SIP ALG")
    column = _Column(paper, (router, checked, replied, unreplied, sip_alg, nat))
    column.row(router, _device(audit))
    column.row(
        checked,
        _(
            "scenario {scenario}, features: {features}; keepalive every {keepalive} s, so UDP timers need at least {limit} s"
        ).format(
            scenario=options.scenario.value,
            features=", ".join(options.features),
            keepalive=options.keepalive,
            limit=options.limit,
        ),
    )
    column.row(replied, _timer(facts.replied, options.limit), _proof(facts.replied))
    decides = (
        _("decides, too")
        if facts.promotion.late
        else _("does not decide: {reason}").format(reason=facts.promotion.reason)
    )
    column.row(unreplied, f"{_timer(facts.unreplied, options.limit)}; {decides}", _proof(facts.unreplied))
    deciding = facts.sip_alg.deciding
    column.row(sip_alg, _sip_alg(facts.sip_alg), deciding.evidence if deciding else None)
    column.row(nat, _nat(audit))
    if len(facts.paths) > 1:
        for path in facts.paths:
            column.row("", _path(path, options.limit))


def _device(audit: Audit) -> str:
    identity = audit.facts.identity
    parts = [
        audit.target.site,
        audit.target.host or audit.source.name,
        audit.vendor,
        identity.model,
        _("version {version}").format(version=identity.version) if identity.version else None,
        _("named {hostname}").format(hostname=identity.hostname) if identity.hostname else None,
        _("collected {time}").format(time=audit.source.collected_at) if audit.source.collected_at else None,
    ]
    return ", ".join(short(part) for part in parts if part)


def _proof(fact: Fact[UdpTimer]) -> Evidence | None:
    return fact.evidence if isinstance(fact, Known) else None


def _timer(fact: Fact[UdpTimer], limit: int) -> str:
    if isinstance(fact, Missing):
        return _("unknown: {why}").format(why=fact.why)
    timer = fact.value
    text = _("{timer}: {value}, {judgement} ({origin})").format(
        timer=timer.name,
        value=value_of(timer),
        judgement=_(_HOLDS[hold_of(fact, limit)]),
        origin=origin_of(timer.origin, timer.default),
    )
    if timer.scope != "global":
        text = f"{text}, {timer.scope}"
    return text


def _sip_alg(sip_alg: SipAlg) -> str:
    state = _(_STATES[sip_alg.state.value])
    layers = "; ".join(_layer(layer) for layer in sip_alg.layers)
    return f"{state}{DASH}{layers}" if layers else state


def _layer(layer: SipLayer) -> str:
    known = origin_of(layer.origin, layer.default) if layer.origin else layer.why
    text = _("{layer} {state}").format(layer=layer.name, state=_(_STATES[layer.state.value]))
    return f"{text} ({known})" if known else text


def _nat(audit: Audit) -> str:
    facts = audit.facts
    role = facts.nat_role.value if isinstance(facts.nat_role, Known) else NatRole.UNKNOWN
    port = facts.source_port.value if isinstance(facts.source_port, Known) else SourcePort.UNKNOWN
    addresses = facts.wan_addresses.value if isinstance(facts.wan_addresses, Known) else ()
    wan = (
        _("WAN address {addresses}").format(addresses=", ".join(addresses))
        if addresses
        else _("WAN address not shown")
    )
    return ", ".join((_(_ROLES[role]), _(_SOURCE_PORTS[port]), wan))


def _path(path: Path, limit: int) -> str:
    return f"{path.name}: {_timer(path.replied, limit)}; {_(_CARRIES[path.carries_phones])}"


def _write_findings(paper: Paper, audit: Audit) -> None:
    findings = sorted(audit.findings, key=_weight)
    paper.heading(_summary(findings))
    for finding in findings:
        if finding.status in {Status.FAIL, Status.UNKNOWN}:
            _write_finding(paper, finding)
    paper.gap()
    words = {Status.PASS: (_("passes"), Ink.GOOD), Status.NOT_APPLICABLE: (_("does not apply"), Ink.FAINT)}
    wide = max(len(word) for word, _ink in words.values())
    for status, (word, ink) in words.items():
        for title, rules in _by_title(finding for finding in findings if finding.status is status):
            paper.prose(title, start=f"{word.ljust(wide)}  {rules}  ", ink=ink)


def _summary(findings: Iterable[Finding]) -> str:
    """Return how many findings there are of each kind; what fails without deciding is advice."""
    kinds = [(finding.status, finding.severity.decides) for finding in findings]
    failing, advice = kinds.count((Status.FAIL, True)), kinds.count((Status.FAIL, False))
    unknown = sum(status is Status.UNKNOWN for status, _decides in kinds)
    passing = sum(status is Status.PASS for status, _decides in kinds)
    summary = (
        (failing, ngettext("{count} finding fails", "{count} findings fail", failing)),
        (advice, ngettext("{count} piece of advice", "{count} pieces of advice", advice)),
        (unknown, ngettext("{count} is unknown", "{count} are unknown", unknown)),
        (passing, ngettext("{count} passes", "{count} pass", passing)),
    )
    return ", ".join(text.format(count=count) for count, text in summary if count)


def _by_title(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """Return each title once, with the codes of the rules that say it."""
    rules: dict[str, list[str]] = {}
    for finding in findings:
        rules.setdefault(finding.title, []).append(finding.rule)
    return [(title, ", ".join(codes)) for title, codes in rules.items()]


def _weight(finding: Finding) -> tuple[int, bool]:
    """Sort by severity, and at the same severity what fails before what is unknown."""
    return (list(Severity).index(finding.severity), finding.status is not Status.FAIL)


def _write_finding(paper: Paper, finding: Finding) -> None:
    paper.gap()
    fails = finding.status is Status.FAIL
    severity = _(_SEVERITIES[finding.severity])
    word = severity if fails else _("UNKNOWN ({severity})").format(severity=severity)
    ink = Ink.BAD if fails and finding.severity.decides else Ink.DOUBT
    paper.prose(finding.title, start=f"{word}  {finding.rule}  ", indent=_STEP, ink=ink)
    seen = []
    if finding.actual and finding.actual != _("unknown") and finding.actual not in finding.title:
        seen.append(_("Seen: {actual}.").format(actual=finding.actual.rstrip(".")))
    if finding.expected:
        seen.append(_("Needed: {expected}.").format(expected=finding.expected.rstrip(".")))
    for text in (" ".join(seen), finding.detail):
        if text:
            paper.prose(text, start=_STEP)
    for evidence in finding.evidence:
        paper.quote(quotation(evidence), indent=_STEP)
    if finding.fix is not None:
        paper.prose(_("Repaired by snippet {number} below.").format(number=finding.fix + 1), start=_STEP)
    if finding.reference:
        paper.prose(_("Basis: {reference}").format(reference=finding.reference), start=_STEP)


def _write_unknown(paper: Paper, audit: Audit) -> None:
    by_set = (by_release(timer) for timer in audit.facts.udp_timers if straddles(timer, audit.options.limit))
    gaps: dict[tuple[str, str], list[str]] = {}
    for gap in dict.fromkeys((*audit.facts.unknown, *by_set)):
        gaps.setdefault((gap.why, gap.ask), []).append(gap.what)
    if not gaps:
        return
    paper.heading(_("Not known, and what to type to find out"))
    for (why, ask), what in gaps.items():
        paper.prose(f"{', '.join(what)}: {why}", start="- ")
        if ask:
            paper.quote(ask, indent=_STEP)
