"""The main job on every simulated router: the audit fails, the printed snippet repairs, the printed rollback restores."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from routers import captured

from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.capture import Outcome
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile
from auditor.report.snippet_text import render
from auditor.simulator.device_file import device_slugs
from auditor.simulator.server import SimulatedRouter
from auditor.simulator.typist import enter

DEMOS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("demo_devices.yaml").read_text(encoding="utf-8")
)
WRONG = [
    (vendor, right, wrong)
    for vendor, demo in DEMOS.items()
    for right, wrong in [*demo["wrong"], *((demo[part], "") for part in ("raise", "disable") if demo[part])]
]


def _audit(router: SimulatedRouter, folder: Path, vendor: str) -> Audit:
    return audit(captured(router, folder, vendor), AuditOptions(), Vendors())


def test_every_simulated_device_has_its_demo() -> None:
    assert sorted(DEMOS) == sorted(device_slugs())


@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "FAIL:", "PASS:"), ("de", "NICHT BESTANDEN:", "BESTANDEN:")]
)
@pytest.mark.parametrize("vendor", DEMOS)
def test_the_demo_fails_repairs_and_passes(vendor: str, language: str, before: str, after: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--lang", language, "--vendor", vendor],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    numbered = max(DEMOS[vendor]["raise"].splitlines(), key=lambda line: any(char.isdigit() for char in line))
    wanted = DEMOS[vendor].get("shows", numbered)
    prompt = re.compile(rf"^.*[]>#$] *{re.escape(wanted.strip())}$")
    first = next(i for i, line in enumerate(lines) if line.startswith(before))
    typed = next(i for i, line in enumerate(lines) if prompt.match(line))
    last = next(i for i, line in enumerate(lines) if line.startswith(after) and i > typed)
    assert first < typed < last


@pytest.mark.parametrize("vendor", DEMOS)
def test_the_printed_snippet_repairs_and_the_printed_rollback_restores(vendor: str, tmp_path: Path) -> None:
    with SimulatedRouter(vendor) as router:
        first = _audit(router, tmp_path, vendor)
        assert first.verdict is Verdict.FAIL
        shown = enter(router, render(first) or router.file.by_hand)
        assert [words for words in DEMOS[vendor]["refused"] if words in shown] == []
        assert _audit(router, tmp_path, vendor).verdict is Verdict.PASS
        enter(router, DEMOS[vendor].get("undo", first.remediation[0].rollback))
        assert _audit(router, tmp_path, vendor).facts == first.facts


@pytest.mark.parametrize(("vendor", "right", "wrong"), WRONG)
def test_a_wrong_snippet_leaves_the_verdict_at_fail(
    vendor: str, right: str, wrong: str, tmp_path: Path
) -> None:
    snippet = f"{DEMOS[vendor]['raise']}\n{DEMOS[vendor]['disable']}"
    assert right in snippet
    with SimulatedRouter(vendor) as router:
        enter(router, snippet.replace(right, wrong))
        assert _audit(router, tmp_path, vendor).verdict is Verdict.FAIL


@pytest.mark.parametrize("vendor", DEMOS)
@pytest.mark.parametrize("named", [False, True])
def test_only_the_profiles_commands_reach_the_device(vendor: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(vendor)
    assert profile.session
    with SimulatedRouter(vendor) as router:
        capture = captured(router, tmp_path, vendor if named else None)
        assert router.logins == 1
        answers = {pager.answer for pager in profile.session.pagers}
        received = [line for line in router.received if line not in {*profile.session.leave, *answers}]
    probes = {signs.detect.probe for signs in Vendors().signs()}
    if not named and received[0] in probes:  # where banner and prompt fit others as well
        del received[0]
    expected = [
        step.send
        for step in profile.session.enter
        if not step.when_prompt or step.send in received  # left out where another prompt stands there
    ]
    for document in capture.documents:
        spec = profile.documents[document.kind]
        expected += [*document.name.split("; "), *spec.leave]
        assert document.outcome is Outcome.OK or spec.optional
        shapes = (
            re.sub(r"\\\{\w+\\\}", r"[\\w-]+", re.escape(line)) for line in (*spec.enter, spec.command or "")
        )
        assert re.fullmatch("; ".join(shapes), document.name)
    assert received == expected
    assert capture.vendor == vendor


@pytest.mark.parametrize(("vendor", "key"), [("fortinet", "a"), ("huawei_vrp", "N"), ("hp_comware", "")])
def test_a_question_before_the_first_prompt_is_answered_before_the_vendor_is_known(
    vendor: str, key: str, tmp_path: Path
) -> None:
    with SimulatedRouter(vendor, first_login=True) as router:
        assert captured(router, tmp_path).vendor == vendor
        assert router.received[0] == key
