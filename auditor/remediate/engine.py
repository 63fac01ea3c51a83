"""Failing findings and a vendor's template in, snippets out: a command where all is certain, else words for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from auditor.model.audit import AuditOptions, Finding, Snippet, SnippetKind
from auditor.model.facts import Facts
from auditor.model.text import _
from auditor.profiles.schema import Profile
from auditor.remediate import instructions as say
from auditor.remediate.environment import Macros, ManualOnly
from auditor.remediate.plan import Plan, Step, make_plans
from auditor.remediate.quoting import UnsafeValue
from auditor.remediate.subjects import context


def remediate(
    findings: tuple[Finding, ...],
    facts: Facts,
    profile: Profile,
    options: AuditOptions,
    *,
    vendor_dir: Path | None = None,
) -> tuple[tuple[Finding, ...], tuple[Snippet, ...]]:
    """Return the findings with `fix` filled in, and the snippets in the order in which they are to be applied.

    Findings that one snippet repairs share it; its `rule` is that of the first. Raises `TemplateError` (file and line)
    where the vendor's template is wrong.
    """
    plans = make_plans(findings, facts, profile, options)
    if not plans:
        return findings, ()
    macros = Macros(profile, context(facts), vendor_dir)
    made = [(plan, _snippet(plan, findings, profile, macros)) for plan in plans]
    covered = frozenset[int]().union(*(plan.includes for plan, snippet in made if _commands(snippet)))
    kept = [(plan, snippet) for plan, snippet in made if not covered.issuperset(plan.findings)]
    fixes = {
        finding: number
        for number, (plan, snippet) in enumerate(kept)
        for finding in (*plan.findings, *(plan.includes if _commands(snippet) else ()))
    }
    fixed = tuple(replace(finding, fix=fixes.get(index)) for index, finding in enumerate(findings))
    return fixed, tuple(snippet for _plan, snippet in kept)


def _commands(snippet: Snippet) -> bool:
    return snippet.kind is SnippetKind.COMMAND


def _snippet(plan: Plan, findings: Sequence[Finding], profile: Profile, macros: Macros) -> Snippet:
    obstacle = plan.obstacle or _obstacle(plan, profile, macros)
    if not obstacle:
        try:
            return _command(plan, findings, macros)
        except ManualOnly as reason:
            obstacle = str(reason)
        except UnsafeValue as error:
            obstacle = error.message
    return _manual(plan, obstacle, findings, macros)


def _obstacle(plan: Plan, profile: Profile, macros: Macros) -> str:
    """Return why the vendor's data allow no command for this plan, or an empty text."""
    for step in plan.steps:
        if step.remedy in profile.remedies.manual:
            return _(profile.remedies.manual[step.remedy])
        if not macros.has(f"{step.remedy}_change") or not macros.has(f"{step.remedy}_rollback"):
            return _("No tested command is known for this system: do it in its own interface.")
    return ""


def _command(plan: Plan, findings: Sequence[Finding], macros: Macros) -> Snippet:
    def each(part: str, steps: Sequence[Step]) -> list[str]:
        return [macros.call(f"{step.remedy}_{part}", step.subject) for step in steps]

    return Snippet(
        rule=findings[min((*plan.findings, *plan.includes))].rule,
        kind=SnippetKind.COMMAND,
        title=_title(plan),
        change=_lines([*each("change", plan.steps), *dict.fromkeys(each("finish", plan.steps))]),
        rollback=_lines(each("rollback", plan.steps[::-1])),
        verify=_lines(dict.fromkeys(each("verify", plan.steps))),
        risk=_risk(plan, each("risk", plan.steps)),
    )


def _manual(plan: Plan, obstacle: str, findings: Sequence[Finding], macros: Macros) -> Snippet:
    def each(part: str) -> list[str]:
        return [_told(macros, f"{step.remedy}_{part}", step) for step in plan.steps if not plan.obstacle]

    return Snippet(
        rule=findings[min(plan.findings)].rule,
        kind=SnippetKind.MANUAL,
        title=_title(plan),
        change=_lines([*(step.change for step in plan.steps), obstacle]),
        rollback=_lines(step.rollback for step in plan.steps[::-1]),
        verify=_lines(dict.fromkeys(each("verify"))),
        risk=_risk(plan, each("risk")),
    )


def _told(macros: Macros, name: str, step: Step) -> str:
    """Return what a macro says, nothing where it cannot say it for these values."""
    try:
        return macros.call(name, step.subject)
    except (ManualOnly, UnsafeValue):
        return ""


def _title(plan: Plan) -> str:
    return _(", then: ").join(step.title for step in plan.steps)


def _risk(plan: Plan, texts: Sequence[str]) -> str:
    last = [say.register_again()] if any(step.remedy == "disable_sip_alg" for step in plan.steps) else []
    return _lines(dict.fromkeys(line for text in [*texts, *last] for line in text.split("\n")))


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
