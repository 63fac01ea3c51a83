"""A vendor is data: two files in a folder add one that is audited and repaired like ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROFILE = """\
vendor: {name: Toy Gate, language: toy lines, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual"}
detect:
  text: [{pattern: '^toygate config$', weight: 10}]
documents:
  config:
    reader: lines
    options:
      section: config
      patterns:
        - '^udp idle (?P<udp>\\S+)$'
        - '^sip fixup (?P<sip>on|off)$'
        - {pattern: '^nat lan to wan$', values: {nat: yes}}
    sections: [config]
    absence: default
    complete: {end: '^end$'}
    recognise: ['^toygate config$']
facts:
  layers: {nat: {name: NAT}}
  udp_timers:
    - name: udp idle
      section: config
      key: udp
      flow: any
      layer: nat
      defaults: [{versions: "*", seconds: 30, source: manual, confidence: documented}]
  promotion: [{late: false, reason: "There is one timer."}]
  sip_alg:
    - {name: sip fixup, section: config, key: sip, on: [on], off: [off], remedy: fixup,
       defaults: [{versions: "*", state: off, source: manual, confidence: documented}]}
  nat:
    role: [{when: [{section: config, key: nat, is: yes}], gives: nat}]
    source_port: [{when: [{section: config, key: nat, is: yes}], gives: preserved}]
remedies: {timers: [udp idle]}
"""

TEMPLATE = """\
{% macro raise_udp_timers_change(timers) %}
{% for timer in timers %}{{ timer.name }} {{ timer.target }}
{% endfor %}
{% endmacro %}
{% macro raise_udp_timers_rollback(timers) %}
{% for timer in timers %}{{ timer.name }} {{ timer.found }}
{% endfor %}
{% endmacro %}
"""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments, "--vendor-dir", str(folder)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _folder(tmp_path: Path) -> Path:
    (tmp_path / "toygate.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "toygate.j2").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "toy.cfg").write_text("toygate config\nnat lan to wan\nend\n", encoding="utf-8")
    return tmp_path


def test_a_vendor_of_two_files_is_detected_audited_and_repaired(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    config = folder / "toy.cfg"
    failing = _run(folder, "check", "--file", str(config), "--format", "json")
    report = json.loads(failing.stdout)
    assert (failing.returncode, report["target"]["vendor"]) == (1, "toygate")
    assert report["effective_udp_timeout"] == {
        "seconds": 30, "never": False, "timer": "udp idle", "origin": "default", "scope": "global",
    }  # fmt: skip
    snippet = _run(folder, "snippet", "--file", str(config)).stdout
    assert snippet == "udp idle 180\n"
    config.write_text(f"toygate config\nnat lan to wan\n{snippet}end\n", encoding="utf-8")
    assert _run(folder, "check", "--file", str(config), "--format", "json").returncode in {0, 4}
    again = json.loads(_run(folder, "check", "--file", str(config), "--format", "json").stdout)
    assert again["effective_udp_timeout"]["origin"] == "configured"
    assert {f["status"] for f in again["findings"] if f["rule"] == "NAT001"} == {"pass"}


def test_the_vendor_is_listed_with_what_it_can(tmp_path: Path) -> None:
    page = _run(_folder(tmp_path), "vendors", "toygate")
    assert page.returncode == 0
    assert "Toy Gate" in page.stdout
    assert "Toy manual" in page.stdout


def test_a_bad_template_names_its_file(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "toygate.j2").write_text(TEMPLATE.replace("timer.target", "timer.tarket"), encoding="utf-8")
    result = _run(folder, "check", "--file", str(folder / "toy.cfg"))
    assert result.returncode == 2
    assert "toygate.j2: line 2" in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr


def test_a_vendor_without_a_session_cannot_be_logged_in_to(tmp_path: Path) -> None:
    result = _run(_folder(tmp_path), "check", "toy.example", "--user", "x", "--vendor", "toygate")
    assert result.returncode == 2
    assert "--file" in result.stderr
