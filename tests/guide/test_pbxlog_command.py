"""`auditor pbxlog` as a user meets it: forms, codes, and nothing that a hostile log could do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml
from logs import back, lost, registered, write

from auditor.report.pbxlog_json import schema

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "pbx_log"
LINES = [
    registered("08:00:00", "203.0.113.7:1030"),
    back("08:00:00"),
    back("08:00:30", "20"),
    lost("08:10:00"),
    back("08:10:24"),
    lost("09:00:00", "20"),
]
EVIL = "<script>alert(1)</script>\x1b[2J\u202e"


def pbxlog(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "pbxlog", *map(str, words)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"},
    )
    assert b"Traceback" not in done.stderr
    return done


def test_json_is_valid_and_says_what_happened(tmp_path: Path) -> None:
    done = pbxlog(write(tmp_path, LINES), "--format", "json", "--zone", "Europe/Berlin", "--year", "2026")
    told = json.loads(done.stdout)
    jsonschema.validate(told, schema())
    assert done.returncode == 0
    peers = {peer["peer"]: peer["outages"] for peer in told["peers"]}
    assert peers["4461.snomd715"] == [
        {
            "start": "2026-03-04T08:10:00+01:00",
            "end": "2026-03-04T08:10:24+01:00",
            "seconds": 24.0,
            "ended_by": "keepalive",
        }
    ]
    assert (peers["20"][0]["end"], peers["20"][0]["seconds"]) == (None, None)
    assert (told["scope"], told["registered_before"]) == ("unknown", True)


def test_jsonl_is_the_events_and_then_the_same_without_them(tmp_path: Path) -> None:
    path = write(tmp_path, LINES)
    whole = json.loads(pbxlog(path, "--format", "json").stdout)
    *events, summary = map(json.loads, pbxlog(path, "--format", "jsonl").stdout.splitlines())
    jsonschema.validate(summary, schema())
    assert (events, summary) == (whole.pop("events"), whole)


def test_newest_first_from_a_pipe_is_told(tmp_path: Path) -> None:
    stdin = "".join(f"{line}\n" for line in sorted(LINES, key=lambda line: line[8:15], reverse=True)).encode()
    done = pbxlog("-", "--format", "jsonl", stdin=stdin)
    assert b"temporary file" in done.stderr
    assert json.loads(done.stdout.splitlines()[0])["time_text"] == "Mar  4 08:00:00"


@pytest.mark.parametrize("form", ["html", "svg"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_picture_is_one_file_without_script_or_network(form: str, language: str, tmp_path: Path) -> None:
    lines = [*LINES, lost("10:00:00", EVIL.replace("'", ""))]
    page = pbxlog(write(tmp_path, lines), "--format", form, "--lang", language).stdout.decode()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "src=" not in page
    assert "href=" not in page
    assert "4461.snomd715" in page
    if form == "svg":
        drawing = ET.fromstring(page)  # noqa: S314 - our own text
        bars = drawing.findall(".//{http://www.w3.org/2000/svg}rect[{http://www.w3.org/2000/svg}title]")
        keys = drawing.findall(".//{http://www.w3.org/2000/svg}rect[@width='12']")
        assert len(bars) == 3
        assert {bar.get("fill") for bar in bars} == {key.get("fill") for key in keys}


def test_terminal_is_safe_from_what_a_log_holds(tmp_path: Path) -> None:
    out = pbxlog(write(tmp_path, [lost("10:00:00", EVIL)])).stdout.decode()
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_text_names_causes_lines_and_a_timeline(tmp_path: Path) -> None:
    out = pbxlog(write(tmp_path, LINES)).stdout.decode()
    assert "pbx.log:4" in out
    assert "4461.snomd715" in out
    assert "?" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["missing.log"], 3),
        (["-"], 3),
        (["pbx.log", "--zone", "Mars/Olympus"], 2),
        (["-", "-"], 2),
        ([], 2),
        (["pbx.log", "--peers", "0"], 2),
    ],
)
def test_mistakes_are_one_clear_paragraph(words: list[str], code: int, tmp_path: Path) -> None:
    write(tmp_path, LINES)
    done = pbxlog(*(tmp_path / word if word.endswith(".log") else word for word in words))
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr


CASES = sorted(CORPUS.glob("*.expected.yaml"))


@pytest.mark.skipif(not CASES, reason="no corpus of real logs here")
@pytest.mark.parametrize("expected", CASES, ids=lambda path: path.name)
def test_real_log_is_read_without_a_miss_or_an_invention(expected: Path) -> None:
    case = yaml.safe_load(expected.read_text(encoding="utf-8"))
    done = pbxlog(CORPUS / case["file"], "--format", "json")
    told = [
        (event["time_text"], event["peer"], event["state"]) for event in json.loads(done.stdout)["events"]
    ]
    assert told == [(event["time"], event["peer"], event["state"]) for event in case["events"]]


def test_empty_lines_by_the_thousand_are_no_log_and_hold_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"hostname r1\n" + b"\n" * 1_000_000 + b"end of it\n")
    assert pbxlog(path).returncode == 3
