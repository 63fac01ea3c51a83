"""Facts in, findings out. Keeps the three answers apart, so that a rule holds judgement only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from auditor.model.audit import AuditOptions, Finding, Severity, Status
from auditor.model.facts import Fact, Facts, Known, Missing, NatRole, SipAlgState
from auditor.model.text import _
from auditor.rules import exposure, forwards, nat_box, nat_margin, nat_timers, outbound, sip_alg
from auditor.rules.requirements import select
from auditor.rules.rule import Context, Note, Problem, Rule, RuleInfo, sentences, settled

_MODULES = (nat_timers, nat_margin, nat_box, sip_alg, forwards, exposure, outbound)
_ALL: tuple[Rule, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Rule)
)
_WEIGHT = tuple(Severity)
_LAST = (Status.FAIL, Status.PASS, Status.NOT_APPLICABLE)


def check(facts: Facts, options: AuditOptions) -> tuple[Finding, ...]:
    """Return what every rule says: failures that decide first, then what is unknown, then the rest.

    Raises `UsageError` where scenario, features and address of the PBX do not go together.
    """
    context = Context(options=options, selection=select(options))
    return check_rules(_ALL, facts, context)


def rules() -> tuple[RuleInfo, ...]:
    """Return every rule by code, for documents."""
    return tuple(sorted((rule.info for rule in _ALL), key=lambda info: info.code))


def check_rules(those: Iterable[Rule], facts: Facts, context: Context) -> tuple[Finding, ...]:
    """Return what these rules say, in the order of a report."""
    found = [finding for rule in those for finding in _findings(rule, facts, context)]
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, int, int, str]:
    weight = _WEIGHT.index(finding.severity)
    if finding.status is Status.FAIL and finding.severity.decides:
        return 0, weight, 0, finding.rule
    if finding.status is Status.UNKNOWN:
        return 1, weight, 0, finding.rule
    return 2, _LAST.index(finding.status), weight, finding.rule


def _findings(rule: Rule, facts: Facts, context: Context) -> list[Finding]:
    obstacle = _not_applicable(rule, facts, context)
    if obstacle:
        return [_noted(rule, facts, obstacle)]
    gap = next(
        (gap for name in rule.info.needs if name not in rule.shown and (gap := _gap(facts, name))), None
    )
    if gap:
        return [_unknown(rule, facts, gap)]
    outcomes = tuple(rule.judge(cast("Facts", _Declared(facts, rule)), context))
    hole = next((gap for name in rule.shown if (gap := _gap(facts, name))), None)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    findings = [_found(rule, facts, problem, hole) for problem in problems]
    if hole and not rule.finds_absence and not _decided(findings) and not _out_of_question(outcomes):
        findings.append(_unknown(rule, facts, hole))
    return findings or [_noted(rule, facts, _last_note(outcomes))]


def _not_applicable(rule: Rule, facts: Facts, context: Context) -> Note | None:
    if rule.info.scenario not in {None, context.options.scenario}:
        return Note(
            title=_("Not a question with the PBX in the cloud.")
            if not context.onprem
            else _("Not a question with the PBX behind this router."),
            applies=False,
        )
    role = facts.nat_role
    if rule.nat_only and isinstance(role, Known) and role.value is NatRole.NOT_NAT:
        return Note(
            title=_("Does not apply: this box does not translate the phones' addresses."), applies=False
        )
    return None


def _decided(findings: Iterable[Finding]) -> bool:
    """Tell whether the verdict no longer hangs on what was not shown."""
    return any(finding.status is Status.FAIL and finding.severity.decides for finding in findings)


def _out_of_question(outcomes: Iterable[Problem | Note]) -> bool:
    """Tell whether there is nothing to judge, whatever else might be shown."""
    return any(isinstance(outcome, Note) and not outcome.applies for outcome in outcomes)


class _Declared:
    """The facts as one rule sees them: what it did not declare is not there, so that forgetting cannot become a pass."""

    def __init__(self, facts: Facts, rule: Rule) -> None:
        self._facts = facts
        self._rule = rule

    def __getattr__(self, name: str) -> Any:
        if name not in self._rule.allowed:
            raise LookupError(f"{self._rule.info.code} looks at {name} without having declared it")
        return getattr(self._facts, name)


def _gap(facts: Facts, name: str) -> Missing | None:
    """Return why a fact, or a part of a collection, is not known."""
    if name == "sip_alg":
        return _sip_gap(facts)
    fact: object = facts.forwards_complete if name == "port_forwards" else getattr(facts, name)
    if isinstance(fact, Known | Missing):
        whole = settled(cast("Fact[object]", fact))
        if isinstance(whole, Missing):
            return whole
        if whole.value is False:
            return Missing(what=_("port forwards"), why=_("not all of them were shown"))
    return None


def _sip_gap(facts: Facts) -> Missing | None:
    layers = facts.sip_alg.layers
    unknown = next((layer for layer in layers if layer.state is SipAlgState.UNKNOWN), None)
    if unknown:
        return Missing(what=unknown.name, why=unknown.why, ask=unknown.ask)
    return None if layers else Missing(what=_("SIP ALG"), why=_("nothing that was read shows it"))


def _found(rule: Rule, facts: Facts, problem: Problem, hole: Missing | None) -> Finding:
    """Return the finding of a problem; one concluded from absence is unknown where not all was shown."""
    doubt = hole if problem.by_absence else None
    certain = problem.certain and doubt is None
    return Finding(
        rule=rule.info.code,
        name=rule.info.name,
        status=Status.FAIL if certain else Status.UNKNOWN,
        severity=problem.severity or rule.severity(facts),
        title=problem.title,
        detail=problem.detail if doubt is None else _because(doubt, problem.detail),
        expected=problem.expected,
        actual=problem.actual,
        evidence=problem.evidence,
        reference=_references(rule),
        remedy=problem.remedy if certain else None,
    )


def _unknown(rule: Rule, facts: Facts, gap: Missing) -> Finding:
    return Finding(
        rule=rule.info.code,
        name=rule.info.name,
        status=Status.UNKNOWN,
        severity=rule.severity(facts),
        title=_("Not known: {what}").format(what=gap.what),
        detail=_because(gap, _(rule.matters)),
        actual=_("unknown"),
        reference=_references(rule),
    )


def _noted(rule: Rule, facts: Facts, note: Note) -> Finding:
    return Finding(
        rule=rule.info.code,
        name=rule.info.name,
        status=Status.PASS if note.applies else Status.NOT_APPLICABLE,
        severity=rule.severity(facts),
        title=note.title,
        detail=note.detail,
        expected=note.expected,
        actual=note.actual,
        evidence=note.evidence,
        reference=_references(rule),
    )


def _references(rule: Rule) -> str:
    return "; ".join(_(reference) for reference in rule.info.references)


def _last_note(outcomes: Iterable[Problem | Note]) -> Note:
    notes = [outcome for outcome in outcomes if isinstance(outcome, Note)]
    return notes[-1] if notes else Note(title=_("Nothing wrong was found."))


def _because(gap: Missing, text: str) -> str:
    """Return why it is not known, what follows from that, and the command that tells, on a line of its own."""
    told = sentences(_("It is not known, because: {why}.").format(why=gap.why.rstrip(".")), text)
    if not gap.ask:
        return told
    how = _("To find out, enter: {command}").format(command=gap.ask)
    return f"{told}\n{how}"
