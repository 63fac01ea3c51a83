"""What the tool does not judge, said aloud."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.audit import Severity
from auditor.model.facts import Facts
from auditor.model.text import N_, _
from auditor.rules.rule import Context, Problem, rule, sentences


@rule(
    "OUT001",
    severity=Severity.INFO,
    looks_at=("policy_test",),
    references=(
        N_("STARFACE port page: https://knowledge.starface.de/pages/viewpage.action?pageId=46564693"),
    ),
)
def outbound_not_evaluated(facts: Facts, context: Context) -> Iterator[Problem]:
    """Rules for outgoing traffic are not evaluated.

    Whether phones may reach the ports that they use is not judged, and IPv6 is not judged at all. This is said in every
    report, so that nobody takes silence for a pass.
    """
    requirements = context.selection.requirements
    names = dict.fromkeys(name for row in context.selection.rows for name in requirements.rows[row].outbound)
    ports = ", ".join(
        f"{'/'.join(requirements.ports[name].protocols)} {requirements.ports[name].range}" for name in names
    )
    detail = sentences(
        _("Filter rules for outgoing traffic are not evaluated."),
        _("What has to get out: {ports}.").format(ports=ports) if ports else "",
        _("The router's own test: {command}").format(command=facts.policy_test)
        if facts.policy_test
        else _("This system has no command of its own that tests a packet against its rules."),
    )
    yield Problem(
        title=_("Outgoing traffic and IPv6 are not judged"),
        detail=detail,
        actual=_("not evaluated; IPv4 only"),
        certain=False,
    )
