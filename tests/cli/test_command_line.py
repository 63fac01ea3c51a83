"""The command line as a user meets it: exit codes, what stands on stdout and on stderr, no traceback for any input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from auditor.report.schema import schema

CASES = Path(__file__).resolve().parent.parent / "devices"
FAILING = CASES / "mikrotik_routeros" / "v7_session" / "input.txt"
PASSING = CASES / "mikrotik_routeros" / "v7_repaired" / "input.txt"
UNCLEAR = CASES / "mikrotik_routeros" / "cut_off" / "input.txt"


def auditor(
    *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUDITOR_", "LC_", "LANG"))
    }
    result = subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**clean, **(env or {})},
    )
    assert b"Traceback" not in result.stderr, result.stderr.decode()
    return result


@pytest.mark.parametrize(("path", "code"), [(PASSING, 0), (FAILING, 1), (UNCLEAR, 4)])
@pytest.mark.parametrize("command", ["check", "snippet"])
def test_the_exit_code_is_the_verdict(command: str, path: Path, code: int) -> None:
    assert auditor(command, "--file", path).returncode == code


def test_json_is_the_only_thing_on_stdout_and_valid() -> None:
    result = auditor("check", "--file", FAILING, "--format", "json")
    report = json.loads(result.stdout)
    jsonschema.validate(report, schema())
    assert report["verdict"] == "fail"
    assert report["target"]["vendor"] == "mikrotik_routeros"


def test_standard_input_is_read() -> None:
    result = auditor("check", "--file", "-", "--format", "json", stdin=FAILING.read_bytes())
    assert json.loads(result.stdout)["source"] == {"kind": "file", "name": "-", "collected_at": None}


def test_the_snippet_alone_stands_on_stdout() -> None:
    result = auditor("snippet", "--file", FAILING)
    lines = result.stdout.decode().splitlines()
    assert lines
    assert all(line.startswith("/ip firewall ") for line in lines)
    assert b"re-register" in result.stderr


def test_nothing_to_repair_prints_nothing() -> None:
    assert auditor("snippet", "--file", PASSING).stdout == b""


def test_snippets_are_written_to_a_folder(tmp_path: Path) -> None:
    auditor("check", "--file", FAILING, "--snippets", tmp_path / "site")
    texts = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").iterdir())
    assert "set udp-timeout=3m" in texts
    assert "set udp-timeout=10s" in texts


def test_snippets_of_an_earlier_audit_do_not_stay_beside_the_new_answer(tmp_path: Path) -> None:
    mine = tmp_path / "01-notes.txt"
    mine.write_text("mine", encoding="utf-8")
    auditor("check", "--file", FAILING, "--snippets", tmp_path)
    assert len(list(tmp_path.iterdir())) > 2
    auditor("check", "--file", PASSING, "--snippets", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"01-notes.txt", "README.txt"}
    assert "nothing to change" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_one_commands_output_can_be_named() -> None:
    page = b"   enabled: auto\n   udp-timeout: 10s\n   udp-stream-timeout: 3m\n"
    result = auditor(
        "check", "--file", "-", "--vendor", "mikrotik_routeros",
        "--command", "/ip firewall connection tracking print", "--format", "json", stdin=page,
    )  # fmt: skip
    assert result.returncode == 1
    assert json.loads(result.stdout)["facts"]["sip_alg"]["state"] == "unknown"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "host"),
        (["check", "router", "--file", str(FAILING)], "host"),
        (["check", "--file", str(FAILING), "--vendor", "mikrotic"], "mikrotik_routeros"),
        (["check", "--file", str(FAILING), "--feature", "home-offices"], "feature"),
        (["check", "--file", str(FAILING), "--scenario", "onprem", "--feature", "home-office"], "--pbx"),
        (["check", "--file", str(FAILING), "--pbx", "pbx.example"], "--pbx"),
        (["check", "--file", str(FAILING), "--scenario", "onprem", "--pbx", "192.0.2.0/24"], "192.0.2.0/24"),
        (["check", "--file", str(FAILING), "--pbx", "192.0.2.10"], "--scenario onprem"),
        (["check", "--file", str(FAILING), "--source", "provider.example"], "provider.example"),
        (["check", "--file", str(FAILING), "--source", "0.0.0.0/0"], "whole internet"),
        (["check", "--file", str(FAILING), "--snippets", str(FAILING)], "cannot be written"),
        (["check", ""], "host"),
        (["vendors", "microtik_routeros"], "mikrotik_routeros"),
        (["ports", "--scenario", "onprem", "--feature", "ldap"], "home-office"),
        (["demo", "--vendor", "mikrotik"], "mikrotik_routeros"),
        (["check", "--file", str(FAILING), "--keepalive", "200"], "--target"),
        (["check", "--file", str(FAILING), "--command", "/user print"], "/user print"),
        (["check", "--file", str(FAILING), "--vendor-dir", "/nowhere/at/all"], "/nowhere/at/all"),
        (["check", "router.example"], "--user"),
        (["check", "router.example", "--user", "a", "--command", "x"], "--command"),
        (["check", "router.example", "--user", "a", "--key", "/no/such/key"], "/no/such/key"),
        (["check", "--file", str(FAILING), "--format", "yaml"], "yaml"),
        (["chekc"], "chekc"),
        (["capture", "router.example", "--user", "a", "-o", "/no/such/folder/x"], "/no/such/folder"),
    ],
)
def test_wrong_usage_is_told_in_words(arguments: list[str], words: str) -> None:
    result = auditor(*arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert words in result.stderr.decode()


def test_a_known_source_is_taken_as_an_address_or_its_network() -> None:
    result = auditor(
        "snippet", "--file", FAILING, "--scenario", "onprem", "--feature", "sip-trunk-static", "--pbx", "192.0.2.10",
        "--source", "203.0.113.9/24", "--source", "198.51.100.7/32", "--source", "203.0.113.0/24",
    )  # fmt: skip
    added = [line for line in result.stdout.decode().splitlines() if "dst-nat" in line]
    assert added
    assert {part for line in added for part in line.split() if part.startswith("src-address")} == {
        "src-address=203.0.113.0/24",
        "src-address=198.51.100.7/32",
    }


def test_usage_names_the_arguments_once() -> None:
    assert "[HOST]" in auditor("check", "--help").stdout.decode()
    assert (
        "[[" not in auditor("check", "--help").stdout.decode() + auditor("vendors", "--help").stdout.decode()
    )


TEXT = PASSING.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty", b"", 3),
        ("blank", b"\n \n", 3),
        ("empty lines by the thousand", b"hostname r1\n" + b"\n" * 1_000_000 + b"end of it\n", 3),
        ("binary", bytes(range(256)) * 20, 3),
        ("backup", b"\x88\xac\xa1\xb1" + b"\x00\x01" * 200, 3),
        ("prose", b"Dear colleagues,\nthe phones do not ring.\n", 3),
        ("utf-16", TEXT.encode("utf-16"), 0),
        ("utf-16 without a mark", TEXT.encode("utf-16-le"), 0),
        ("byte order mark", b"\xef\xbb\xbf" + TEXT.encode(), 0),
        ("crlf", TEXT.replace("\n", "\r\n").encode(), 0),
        ("bare carriage returns", TEXT.replace("\n", "\r").encode(), 0),
        ("latin-1 name", TEXT.replace("Kanzlei-Sued", "B\u00fcro").encode("latin-1"), 0),
        ("cut in the middle", TEXT[: TEXT.index("/ip firewall nat")].encode(), 4),
        ("no firewall section", TEXT[: TEXT.index("/ip firewall connection")].encode(), 4),
    ],
)
def test_any_file_ends_in_a_verdict_or_a_paragraph(
    tmp_path: Path, name: str, content: bytes, code: int
) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    result = auditor("check", "--file", path, "--format", "json")
    assert result.returncode == code, (name, result.stderr.decode())
    if code == 3:
        assert result.stdout == b""
        assert 20 < len(result.stderr) < 900


def test_a_text_of_thirty_megabytes_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "huge.rsc"
    path.write_bytes(b"/ip firewall nat add chain=srcnat action=masquerade\n" * 600_000)
    result = auditor("check", "--file", path)
    assert result.returncode == 3
    assert b"20 MB" in result.stderr


@pytest.mark.parametrize("path", ["missing.txt", "."])
def test_what_cannot_be_opened_is_told(path: str) -> None:
    result = auditor("check", "--file", path)
    assert result.returncode in {2, 3}
    assert result.stderr.strip()


def test_a_text_of_another_vendor_is_refused() -> None:
    result = auditor("check", "--file", FAILING, "--vendor", "linux")
    assert result.returncode == 3
    assert b"mikrotik_routeros" in result.stderr


def test_a_bad_profile_names_file_line_and_key(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text("vendor:\n  nam: Toy\n", encoding="utf-8")
    result = auditor("check", "--file", FAILING, "--vendor", "toy", "--vendor-dir", tmp_path)
    assert result.returncode == 2
    message = result.stderr.decode()
    assert "toy.yaml: line 2: vendor.nam" in message.replace("\n", " ")
    assert "name" in message


def test_the_language_follows_the_locale_and_the_option() -> None:
    english = auditor("check", "--file", FAILING).stdout.decode()
    german = auditor("check", "--file", FAILING, "--lang", "de").stdout.decode()
    by_locale = auditor("check", "--file", FAILING, env={"LANG": "de_DE.UTF-8"}).stdout.decode()
    assert german == by_locale != english
    assert "/ip firewall connection tracking set udp-timeout=3m" in german


def test_a_closed_pipe_is_no_drama() -> None:
    command = f"{sys.executable} -m auditor check --file {FAILING} | head -n 1"
    result = subprocess.run(command, shell=True, capture_output=True, timeout=60, check=False)  # noqa: S602 - a fixed pipe
    assert result.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [["vendors"], ["vendors", "linux"], ["ports"], ["--version"], ["--help"], ["check", "--help"]],
)
def test_what_is_known_can_be_listed(arguments: list[str]) -> None:
    result = auditor(*arguments)
    assert result.returncode == 0
    assert result.stdout.strip()


def test_every_command_that_a_vendor_types_is_shown() -> None:
    page = auditor("vendors", "mikrotik_routeros").stdout.decode()
    assert "/ip firewall connection tracking print without-paging" in page
    assert "udp-stream-timeout" in page
    assert json.loads(auditor("vendors", "--format", "json").stdout)
