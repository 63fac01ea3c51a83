"""A capture that was written live says the same when it is audited later."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from command_line import DEVICE, Auditor

from auditor.cli.app import run
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


def without_source(text: str) -> str:
    report = json.loads(text)
    del report["source"]
    return json.dumps(report)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(inject_log_line="17:20:06 echo: system,info udp-timeout: 5m"),
        Faults(drop_in_command=4),
        Faults(refuse_commands=((r"service-port", "not enough permissions (9)"),)),
    ],
    ids=["calm", "log lines", "dropped", "refused"],
)
def test_the_same_json_but_for_its_source(
    faults: Faults, auditor: Auditor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "capture.json"
    with SimulatedRouter(DEVICE, faults=faults) as router:
        live = auditor(router)
        assert auditor(router, "-o", str(written), command="capture").code == 0
    code = run(["check", "--file", str(written), "--format", "json"])
    offline = capsys.readouterr().out
    assert code == live.code
    assert without_source(offline) == without_source(live.out)
    assert json.loads(offline)["source"]["kind"] == "capture"
    assert live.report["source"]["kind"] == "ssh"
    assert run(["check", "--file", str(written), "--format", "json"]) == code
    assert capsys.readouterr().out == offline
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["missing/capture.json", "file/capture.json", ""])
def test_a_place_that_cannot_be_written_is_told_before_the_session(
    place: str, auditor: Auditor, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with SimulatedRouter(DEVICE) as router:
        done = auditor(router, "-o", str(tmp_path / place), command="capture")
        assert done.code == 2
        assert str(tmp_path) in done.err
        assert router.logins == 0


def test_snippets_that_have_no_folder_are_told_before_the_session(auditor: Auditor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with SimulatedRouter(DEVICE) as router:
        done = auditor(router, "--snippets", str(tmp_path / "file"))
        assert (done.code, done.out, router.logins) == (2, "", 0)
        assert str(tmp_path / "file") in done.err
