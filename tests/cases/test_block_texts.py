"""Statements of a block config that a reader may overlook: services that are not shown, another mode of policies."""

from __future__ import annotations

from pathlib import Path

import pytest
from routers import audit_of

from auditor.model.audit import Audit, Verdict
from auditor.model.facts import Known

CASES = Path(__file__).resolve().parent.parent / "devices" / "fortinet"
GOOD = (CASES / "repaired" / "input.txt").read_text(encoding="utf-8")


def audited(*changes: tuple[str, str]) -> Audit:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return audit_of(text, "fortinet")


def test_it_passes_without_them() -> None:
    assert audited().verdict is Verdict.PASS


@pytest.mark.parametrize(
    "changes",
    [
        [('set service "ALL"', 'set service "Phones of the branch"')],
        [('set service "ALL"', 'set service "HTTPS" "Phones of the branch"')],
        [('set service "ALL"', 'set service "Voice"'), ('"SIP phones"\n', '"Phones of the branch"\n')],
    ],
)
def test_a_service_that_is_not_shown_may_have_a_timer(changes: list[tuple[str, str]]) -> None:
    found = audited(*changes)
    assert found.verdict is Verdict.UNKNOWN
    assert not isinstance(found.facts.replied, Known)


def test_security_policies_decide_in_their_own_mode() -> None:
    old = "    set sip-nat-trace disable\n"
    assert audited((old, f"{old}    set ngfw-mode policy-based\n")).verdict is Verdict.UNKNOWN
    assert audited((old, f"{old}    set ngfw-mode profile-based\n")).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "line",
    ["            set   timeout    30\n", '            set "timeout" "30"\n', "\tset timeout 30 \n"],
)
def test_a_timer_is_not_overlooked_however_it_is_spaced(line: str) -> None:
    assert audited(("            set timeout 180\n", line)).verdict is Verdict.FAIL
