"""The example vendor of the guide is logged in to like any other, and nothing but its one command is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from example_vendor import SLUG, copied
from scripted_device import PASSWORD, USER, ScriptedDevice, Stage, known


def test_the_example_of_the_guide_is_detected_and_audited_live(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    config = (folder / f"{SLUG}.cfg").read_text(encoding="utf-8").replace("\n", "\r\n")
    with ScriptedDevice(lambda stage: _answer(stage, config)) as device:
        done = subprocess.run(
            [
                sys.executable, "-m", "auditor", "check", device.host, "--port", str(device.port), "--user", USER,
                "--known-hosts", str(known(device, folder)), "--no-agent", "--vendor-dir", str(folder), "--format", "json",
            ],
            env={**os.environ, "AUDITOR_PASSWORD": PASSWORD}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode, report["target"]["vendor"]) == (1, SLUG)
    assert report["facts"]["udp_timers"][0]["evidence"] == {
        "document": "show config", "line": 3, "text": "udp idle 30",
    }  # fmt: skip
    assert device.received == ["show config", "quit"]


def _answer(stage: Stage, config: str) -> None:
    stage.answer("toygate> ", {"show config": config})
