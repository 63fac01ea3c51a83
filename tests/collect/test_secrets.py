"""No secret of the user leaves the log-in: not on the screen, not in a file, not in a log, not in a traceback."""

from __future__ import annotations

import logging
import pickle
import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import DEVICE, Auditor
from scripted_device import USER, ScriptedDevice, Stage, known, session_with

from auditor.cli.app import run
from auditor.collect.credentials import Credentials
from auditor.model.errors import AuditorError
from auditor.profiles.schema import Session
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter

PASSWORD, SECRET, PASSPHRASE = "pw-Zx81-planted", "en-Zx82-planted", "ph-Zx83-planted"


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


class _Everything(logging.Handler):
    """Keeps every record of the libraries, with its arguments and its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._full = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self._full.format(record)} {record.msg!r} {record.args!r}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged anywhere, down to DEBUG."""
    handler = _Everything()
    loggers = [logging.getLogger(name) for name in ("", "paramiko", "netmiko", "auditor")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield handler.lines
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(wrong_password=True),
        Faults(never_prompt=True),
        Faults(drop_in_command=2),
        Faults(hang_at="auth"),
        Faults(hang_at="command 2"),
    ],
    ids=str,
)
def test_the_password_is_nowhere(
    faults: Faults, auditor: Auditor, logged: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUDITOR_DEBUG", "1")
    written = tmp_path / "capture.json"
    with SimulatedRouter(DEVICE, faults=faults, password=PASSWORD) as router:
        limits = ("--login-timeout", "1", "--command-timeout", "0.5")
        done = auditor(router, "-o", str(written), *limits, command="capture")
        assert len(logged) > 10  # else nothing listened
    kept = written.read_text(encoding="utf-8") if written.exists() else ""
    assert PASSWORD not in done.out + done.err + kept + "".join(logged)


def test_a_device_that_shows_the_secrets_back(
    auditor: Auditor, tmp_path: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedRouter(
        DEVICE, password=PASSWORD, faults=Faults(inject_log_line=f"user said {PASSWORD} {SECRET} there")
    ) as router:
        auditor(router)
        monkeypatch.setenv("AUDITOR_PASSWORD", PASSWORD)
        monkeypatch.setenv("AUDITOR_ENABLE_SECRET", SECRET)
        written = tmp_path / "capture.json"
        assert run([
            "capture", router.host, "--port", str(router.port), "-u", router.user, "--no-agent",
            "--known-hosts", str(known(router, tmp_path)), "-o", str(written),
        ]) == 0  # fmt: skip
        text = written.read_text(encoding="utf-8")
        assert "user said *** *** there" in text
        assert PASSWORD not in text + "".join(logged)
        assert SECRET not in text + "".join(logged)


@pytest.mark.parametrize("place", ["banner", "enable"])
def test_what_is_quoted_from_the_device_holds_no_secret(
    place: str, tmp_path: Path, logged: list[str]
) -> None:
    def play(stage: Stage) -> None:
        if place == "banner":
            stage.say(f"Welcome {PASSWORD} {SECRET}\r\n")
            stage.pause(5)
        stage.say("gateway> ")
        stage.line()
        stage.say("Password: ")
        stage.line()  # echoed
        stage.pause(5)

    spec = Session(
        prompt=r"gateway[>#] ?$",
        line_end="\r",
        enable={"when_prompt": ">$", "command": "enable", "asks": r"Password: ?$"},  # type: ignore[arg-type]
    )
    given = Credentials(user=USER, password="sesame-0815", enable_secret=SECRET, use_agent=False)
    if place == "banner":
        given = Credentials(user=USER, password=PASSWORD, enable_secret=SECRET, use_agent=False)
    with ScriptedDevice(play, password=given.password) as device:
        with pytest.raises(AuditorError) as caught:
            enable(device, tmp_path, spec, given)
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value) + "".join(logged)
    assert "The last that it showed" in str(caught.value)
    assert PASSWORD not in shown
    assert SECRET not in shown


def enable(device: ScriptedDevice, folder: Path, spec: Session, given: Credentials) -> None:
    with session_with(device, folder, spec, credentials=given, login_timeout=1) as session:
        session.navigate(given.enable_secret)


def test_credentials_do_not_show_or_store_themselves() -> None:
    given = Credentials(user=USER, password=PASSWORD, enable_secret=SECRET)
    assert PASSWORD not in f"{given!r} {given}"
    assert SECRET not in f"{given!r} {given}"
    with pytest.raises(TypeError):
        pickle.dumps(given)


def test_a_keys_passphrase_is_never_asked_for(auditor: Auditor, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", PASSPHRASE, "-f", str(key)], check=True)
    with SimulatedRouter(DEVICE) as router:
        done = auditor(router, "--key", str(key), "--no-agent", password=None)
        assert done.code == 2
        assert "ssh-add" in done.err
        assert router.logins == 0


def test_nothing_of_the_log_in_stays_in_the_libraries(auditor: Auditor) -> None:
    logger = logging.getLogger("netmiko")
    before = list(logger.filters)
    with SimulatedRouter(DEVICE, faults=Faults(wrong_password=True)) as router:
        auditor(router)
    with SimulatedRouter(DEVICE) as router:
        auditor(router, "--accept-new-host-keys")
    assert logger.filters == before


def test_a_device_cannot_paint_the_users_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def play(stage: Stage) -> None:
        stage.say("\x1b]0;title\x07\x1b[2JYou are \x1b[31mred\u202e and hidden\r\n")

    with ScriptedDevice(play) as device, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUDITOR_PASSWORD", "sesame-0815")
        code = run([
            "check", device.host, "--port", str(device.port), "-u", USER, "--vendor", DEVICE, "--no-agent",
            "--known-hosts", str(known(device, tmp_path)),
        ])  # fmt: skip
    err = capsys.readouterr().err
    assert code == 3
    assert "You are" in err
    assert err.rstrip("\n").isprintable()
