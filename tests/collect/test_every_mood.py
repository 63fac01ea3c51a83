"""Every device in every mood: the facts that it tells when nothing is wrong, or fewer, never others; and in time."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from every_device import DEVICES, session_of
from routers import captured

from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.errors import AuditorError
from auditor.model.facts import Facts, SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.server import SimulatedRouter

LIMITS: dict[str, float] = {"login_timeout": 3.0, "command_timeout": 2.0, "total_timeout": 8.0}
MARGIN = 8.0  # seconds for a machine that does other things too
ASKS = "Save the changes before leaving? [y/n]: "
LOG_LINE = "%SYS-5-CONFIG: udp-timeout: 5m, set timeout 3600, UDP-Aging-Seconds VALUE: 9999"
SAME = {
    "paints": Faults(ansi=True),
    "late": Faults(delay_per_reply=0.3),
    "slow": Faults(bytes_per_second=20000),
}
FEWER = {
    "pages": Faults(page_anyway=True),
    "a log line in every reply": Faults(inject_log_line=LOG_LINE),
    "repeats the echo": Faults(repeat_echo=True),
    "paints and repeats": Faults(ansi=True, repeat_echo=True),
    "refuses": Faults(refuse_commands=((".", "% unknown"),)),
    "no rights": Faults(no_rights=True),
    "another language": Faults(other_language=True),
    "asks in a reply": Faults(question=ASKS, question_at="command 2"),
    "silent in a reply": Faults(hang_at="command 3"),
    "drops in a reply": Faults(drop_in_command=3),
    "drops soon": Faults(drop_after_bytes=700),
    "floods": Faults(flood=True),
}
CALM: dict[str, Audit] = {}


def read(slug: str, faults: Faults, folder: Path, **limits: Any) -> Audit | None:
    """Return the audit of the device in this mood, None where it could not be read; both within the limits."""
    with SimulatedRouter(slug, faults=faults) as router:
        start = time.monotonic()
        try:
            capture = captured(router, folder, slug, **limits)
        except AuditorError:
            return None
        finally:
            if limits:
                assert time.monotonic() - start <= limits["total_timeout"] + MARGIN
    return audit(capture, AuditOptions(), Vendors())


def calm(slug: str, folder: Path) -> Audit:
    if slug not in CALM:
        found = read(slug, NO_FAULTS, folder)
        assert found is not None
        CALM[slug] = found
        (folder / "known_hosts").unlink()
    return CALM[slug]


def told(facts: Facts) -> dict[str, Any]:
    """Return the facts without the places where they stand."""
    return {
        "timers": [replace(timer, evidence=None) for timer in facts.udp_timers],
        "forwards": [
            (f.name, f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports), f.enabled)
            for f in facts.port_forwards
        ],
        "sip": facts.sip_alg.state,
        "paths": [path.name for path in facts.paths],
    }


@pytest.mark.parametrize("mood", SAME)
@pytest.mark.parametrize("slug", DEVICES)
def test_what_changes_the_looks_alone_changes_no_fact(slug: str, mood: str, tmp_path: Path) -> None:
    wanted = calm(slug, tmp_path)
    found = read(slug, SAME[mood], tmp_path)
    assert found is not None
    assert told(found.facts) == told(wanted.facts)
    assert found.verdict is wanted.verdict


@pytest.mark.parametrize("mood", FEWER)
@pytest.mark.parametrize("slug", DEVICES)
def test_a_mood_adds_no_fact_and_no_pass_and_ends_in_time(slug: str, mood: str, tmp_path: Path) -> None:
    whole = calm(slug, tmp_path)
    found = read(slug, FEWER[mood], tmp_path, **LIMITS)
    if found is None:
        return
    wanted, facts = told(whole.facts), told(found.facts)
    assert [timer for timer in facts["timers"] if timer not in wanted["timers"]] == []
    assert [forward for forward in facts["forwards"] if forward not in wanted["forwards"]] == []
    assert facts["sip"] in {wanted["sip"], SipAlgState.UNKNOWN}
    assert found.verdict is not Verdict.PASS or whole.verdict is Verdict.PASS


@pytest.mark.parametrize("slug", [slug for slug in DEVICES if session_of(load_profile(slug)).pagers])
def test_a_pager_that_the_profile_knows_hides_nothing(slug: str, tmp_path: Path) -> None:
    wanted = calm(slug, tmp_path)
    found = read(slug, Faults(page_anyway=True), tmp_path)
    assert found is not None
    assert told(found.facts) == told(wanted.facts)
