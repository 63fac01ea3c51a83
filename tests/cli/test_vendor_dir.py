"""A vendor is data: the two files of the guide's example add one that is audited and repaired like ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from example_vendor import copied


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments, "--vendor-dir", str(folder)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("origin", ["default", "configured"])
def test_a_vendor_of_two_files_is_detected_audited_and_repaired(tmp_path: Path, origin: str) -> None:
    folder = copied(tmp_path)
    config = folder / "toygate.cfg"
    if origin == "default":
        config.write_text("toygate config\nnat lan to wan\nend\n", encoding="utf-8")
    failing = _run(folder, "check", "--file", str(config), "--format", "json")
    report = json.loads(failing.stdout)
    assert (failing.returncode, report["target"]["vendor"]) == (1, "toygate")
    assert report["effective_udp_timeout"] == {
        "seconds": 30, "never": False, "timer": "udp idle", "origin": origin, "scope": "global",
    }  # fmt: skip
    snippet = _run(folder, "snippet", "--file", str(config)).stdout
    assert snippet == "udp idle 180\n"
    config.write_text(f"toygate config\nnat lan to wan\n{snippet}end\n", encoding="utf-8")
    assert _run(folder, "check", "--file", str(config), "--format", "json").returncode in {0, 4}
    again = json.loads(_run(folder, "check", "--file", str(config), "--format", "json").stdout)
    assert again["effective_udp_timeout"]["origin"] == "configured"
    assert {f["status"] for f in again["findings"] if f["rule"] == "NAT001"} == {"pass"}


def test_the_vendor_is_listed_with_what_it_can(tmp_path: Path) -> None:
    page = _run(copied(tmp_path), "vendors", "toygate")
    assert page.returncode == 0
    assert "Toy Gate" in page.stdout
    assert "Toy Gate manual 1.2, page 30" in page.stdout


def test_a_bad_template_names_its_file(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    template = folder / "toygate.j2"
    wrong = template.read_text(encoding="utf-8").replace("timer.target", "timer.tarket")
    template.write_text(wrong, encoding="utf-8")
    result = _run(folder, "check", "--file", str(folder / "toygate.cfg"))
    assert result.returncode == 2
    assert "toygate.j2: line 2" in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr


def test_a_vendor_without_a_session_cannot_be_logged_in_to(tmp_path: Path) -> None:
    profile = copied(tmp_path) / "toygate.yaml"
    lines = profile.read_text(encoding="utf-8").split("\n")
    first, end = (
        lines.index("detect:"),
        next(i for i, line in enumerate(lines) if line.startswith("session:")),
    )
    text = "\n".join(lines[:end] + lines[first:]).replace("    command: show config\n", "")
    profile.write_text(text, encoding="utf-8")
    result = _run(tmp_path, "check", "toy.example", "--user", "x", "--vendor", "toygate")
    assert result.returncode == 2
    assert "--file" in result.stderr
