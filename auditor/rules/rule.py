"""What a rule is: one small function with a permanent code, and what it may say of the facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from auditor.model.audit import AuditOptions, Remedy, Scenario, Severity
from auditor.model.facts import Evidence, Fact, Facts, Known, Missing, NatRole, SourcePort
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.rules.requirements import Selection

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the user asked for, and what that calls for."""

    options: AuditOptions
    selection: Selection

    @property
    def onprem(self) -> bool:
        """Whether the PBX stands behind this router."""
        return self.options.scenario is Scenario.ONPREM


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a rule found.

    Not `certain`: the facts do not settle it, so the answer is unknown. `by_absence`: concluded from what was not
    among the shown things, so it holds only where all were shown. `severity` is the rule's own where it is None.
    """

    title: str
    detail: str
    expected: str = ""
    actual: str = ""
    evidence: tuple[Evidence, ...] = ()
    severity: Severity | None = None
    certain: bool = True
    by_absence: bool = False
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is to be said where a rule found nothing; not `applies`: there was nothing to judge."""

    title: str
    detail: str = ""
    expected: str = ""
    actual: str = ""
    evidence: tuple[Evidence, ...] = ()
    applies: bool = True


Judge: TypeAlias = Callable[[Facts, Context], Iterable[Problem | Note]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """A rule as documents show it. `severity` is the heaviest that it gives."""

    code: str
    name: str
    title: str
    rationale: str
    severity: Severity
    needs: tuple[str, ...]
    scenario: Scenario | None
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as the engine runs it.

    Attributes:
        needs: facts without which the rule is unknown.
        shown: collections that are judged as far as they were shown; where nothing was found in an incomplete one,
            the answer is unknown.
        looks_at: further facts that may be missing.
        weigh: severity by the facts, where it is not always the same.
        matters: why the answer is wanted, said where it is unknown.
        nat_only: not applicable where the box is not the NAT.
        finds_absence: the rule looks for what is not there, so an incomplete collection cannot hide a fault.
    """

    info: RuleInfo
    judge: Judge
    shown: tuple[str, ...]
    looks_at: tuple[str, ...]
    weigh: Callable[[Facts], Severity] | None
    matters: str
    nat_only: bool
    finds_absence: bool

    def severity(self, facts: Facts) -> Severity:
        """Return how much the rule weighs with these facts."""
        return self.weigh(facts) if self.weigh else self.info.severity

    @property
    def allowed(self) -> frozenset[str]:
        """Return the facts that the function may look at."""
        return frozenset((*self.info.needs, *self.shown, *self.looks_at))


def rule(
    code: str,
    *,
    severity: Severity,
    needs: tuple[str, ...] = (),
    shown: tuple[str, ...] = (),
    looks_at: tuple[str, ...] = (),
    scenario: Scenario | None = None,
    references: tuple[str, ...],
    weigh: Callable[[Facts], Severity] | None = None,
    matters: str = "",
    nat_only: bool = False,
    finds_absence: bool = False,
) -> Callable[[Judge], Rule]:
    """Make a rule of a function: its name is the rule's, its docstring's first line the title, the rest the rationale."""

    def make(judge: Judge) -> Rule:
        title, _blank, rationale = inspect.cleandoc(judge.__doc__ or "").partition("\n")
        return Rule(
            info=RuleInfo(
                code=code,
                name=getattr(judge, "__name__", ""),
                title=title.strip(),
                rationale=rationale.strip(),
                severity=severity,
                needs=(*needs, *shown),
                scenario=scenario,
                references=references,
            ),
            judge=judge,
            shown=shown,
            looks_at=looks_at,
            weigh=weigh,
            matters=matters,
            nat_only=nat_only,
            finds_absence=finds_absence,
        )

    return make


def settled(fact: Fact[T]) -> Known[T] | Missing:
    """Return the fact; a value that only says `unknown` is missing."""
    if isinstance(fact, Known) and fact.value in {NatRole.UNKNOWN, SourcePort.UNKNOWN}:
        what = _("role in the network") if isinstance(fact.value, NatRole) else _("source port")
        return Missing(what=what, why=_("the device does not tell"))
    return fact


def known(fact: Fact[T]) -> Known[T]:
    """Return a fact that the rule needs; the engine has made sure that it is there."""
    if isinstance(fact, Missing):
        raise LookupError(  # noqa: TRY004 - the rule's mistake, not a wrong type
            f"{fact.what} is missing, and the rule did not say that it needs it"
        )
    return fact


def value_or_none(fact: Fact[T]) -> T | None:
    """Return the value of a fact that may be missing."""
    fact = settled(fact)
    return fact.value if isinstance(fact, Known) else None


def evidence_of(fact: Fact[T]) -> tuple[Evidence, ...]:
    """Return the line that shows a fact, nothing where no line does."""
    return (fact.evidence,) if isinstance(fact, Known) and fact.evidence else ()


def sentences(*parts: str) -> str:
    """Return the sentences that are not empty, one after the other."""
    return " ".join(part for part in parts if part)
