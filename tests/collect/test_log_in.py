"""One log-in: what is tried, in which order, how often, and what a refusal looks like."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from command_line import DEVICE, Auditor
from scripted_device import PASSWORD, USER, ScriptedDevice, Stage, known, session_with

from auditor.collect.credentials import Credentials
from auditor.collect.live import Lookup, collect
from auditor.collect.options import SessionOptions
from auditor.model.capture import Capture, Target
from auditor.model.errors import LoginRefused, UsageError
from auditor.pipeline import Vendors, capture_live
from auditor.profiles.schema import Session
from auditor.simulator.faults import Faults
from auditor.simulator.host_keys import new_key
from auditor.simulator.server import SimulatedRouter

PROMPT = "gateway# "
SPEC = Session(prompt=r"gateway[>#] ?$", line_end="\r")


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


def prompting(stage: Stage) -> None:
    stage.answer(PROMPT, {})


def keygen(folder: Path, name: str, *options: str) -> tuple[Path, str]:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", str(path), *options], check=True)
    return path, " ".join(path.with_suffix(".pub").read_text().split()[:2])


def collected(router: SimulatedRouter, folder: Path, credentials: Credentials) -> Capture:
    options = SessionOptions(port=router.port, known_hosts=known(router, folder))
    return capture_live(Target(host=router.host, vendor=DEVICE), Vendors(), credentials, options)


def test_a_password_from_the_environment(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE) as router:
        done = auditor(router)
        assert done.code == 1, done.err
        assert done.report["target"]["vendor"] == DEVICE
        assert router.logins == 1


def test_a_password_that_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    with SimulatedRouter(DEVICE, password="not to be seen") as router:
        main, terminal = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if k not in {"AUDITOR_PASSWORD", "SSH_AUTH_SOCK"}}
        process = subprocess.Popen(
            [
                sys.executable, "-m", "auditor", "check", router.host, "--port", str(router.port), "-u", router.user,
                "--known-hosts", str(known(router, tmp_path)), "--lang", "en", "--vendor", DEVICE,
            ],
            stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        shown = ""
        try:
            shown = read_until(main, "Password of admin on 127.0.0.1: ")
            os.write(main, b"not to be seen\n")
            shown += read_until(main, "FAIL")
            read_until(main, None)
        finally:
            code = process.wait(60)
            os.close(main)
        assert code == 1, shown
        assert "not to be seen" not in shown


def read_until(descriptor: int, mark: str | None, within: float = 60.0) -> str:
    """Return what a terminal shows up to a mark; up to its end if there is none."""
    shown = ""
    end = time.monotonic() + within
    while mark is None or mark not in shown:
        assert select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0], shown
        try:
            data = os.read(descriptor, 4096)
        except OSError:  # how Linux tells that the other side has closed
            data = b""
        if not data:
            assert mark is None, shown
            return shown
        shown += data.decode("utf-8", "replace")
    return shown


@pytest.mark.parametrize(
    "options", [("-t", "ed25519"), ("-t", "rsa", "-b", "2048"), ("-t", "ecdsa"), ("-t", "ecdsa", "-m", "PEM")]
)
def test_key_files(options: tuple[str, ...], tmp_path: Path) -> None:
    path, public = keygen(tmp_path, "key", *options)
    with SimulatedRouter(DEVICE, authorized_keys=(public,)) as router:
        collected(router, tmp_path, Credentials(user=router.user, key_files=(path,), use_agent=False))
        assert router.logins == 1


def test_at_most_three_keys_and_then_the_password_once(tmp_path: Path) -> None:
    keys = tuple(keygen(tmp_path, f"key{number}", "-t", "ed25519")[0] for number in range(4))
    given = Credentials(user=USER, password="wrong", key_files=keys, use_agent=False)
    with ScriptedDevice(prompting, methods="publickey,password") as device:
        with (
            pytest.raises(LoginRefused, match="refused the log-in of admin"),
            session_with(device, tmp_path, SPEC, credentials=given),
        ):
            pass
        assert device.attempts == ["publickey"] * 3 + ["password"]
        assert device.connections == 1


def test_a_key_is_not_tried_where_the_device_takes_none(tmp_path: Path) -> None:
    keys = tuple(keygen(tmp_path, f"key{number}", "-t", "ed25519")[0] for number in range(3))
    given = Credentials(user=USER, password=PASSWORD, key_files=keys, use_agent=False)
    with ScriptedDevice(prompting) as device, session_with(device, tmp_path, SPEC, credentials=given):
        assert device.attempts == ["publickey", "password"]


def test_a_device_that_wants_a_key_and_a_password(tmp_path: Path) -> None:
    key, _public = keygen(tmp_path, "key", "-t", "ed25519")
    given = Credentials(user=USER, password=PASSWORD, key_files=(key,), use_agent=False)
    with ScriptedDevice(prompting, methods="publickey", key_needed_too=True) as device:
        with session_with(device, tmp_path, SPEC, credentials=given):
            assert device.attempts == ["publickey", "password"]


def test_a_device_that_only_asks_questions(tmp_path: Path) -> None:
    with ScriptedDevice(prompting, methods="keyboard-interactive") as device:
        with session_with(device, tmp_path, SPEC):
            assert device.attempts[-1] == "keyboard-interactive"


def test_a_device_that_asks_more_than_the_password_gets_nothing(tmp_path: Path) -> None:
    asks = ("Password: ", "One-time code: ")
    with ScriptedDevice(prompting, methods="keyboard-interactive", questions=asks) as device:
        with pytest.raises(LoginRefused), session_with(device, tmp_path, SPEC):
            pass
        assert device.connections == 1


@pytest.mark.parametrize("hangs_up", [False, True])
@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_refused_password_is_given_once(method: str, hangs_up: bool, tmp_path: Path) -> None:
    wrong = Credentials(user=USER, password="wrong", use_agent=False)
    with ScriptedDevice(prompting, methods=method, hangs_up_when_refusing=hangs_up) as device:
        with (
            pytest.raises(LoginRefused, match="refused the log-in"),
            session_with(device, tmp_path, SPEC, credentials=wrong),
        ):
            pass
        assert device.attempts.count(method) <= 1
        assert device.connections == 1


def test_a_device_that_takes_no_password_says_what_it_takes(tmp_path: Path) -> None:
    with ScriptedDevice(prompting, methods="publickey") as device:
        with pytest.raises(LoginRefused, match="publickey"), session_with(device, tmp_path, SPEC):
            pass


def test_a_refused_log_in_ends_with_exit_code_3(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(wrong_password=True)) as router:
        done = auditor(router)
        assert (done.code, done.out, router.logins, router.received) == (3, "", 1, [])
        assert "refused the log-in of admin" in done.err
        assert "not tried again" in done.err


@pytest.mark.parametrize("named", [False, True])
def test_detection_needs_no_second_log_in(named: bool, auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE) as router:
        assert auditor(router, *(("--vendor", DEVICE) if named else ())).code == 1
        assert router.logins == 1


def test_a_banner_that_says_nothing_is_made_up_for_by_the_prompt(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.answer("[admin@Gw] > ", {})

    with ScriptedDevice(play) as device:
        capture = collect(
            Target(host=device.host),
            profile=None,
            signs=Vendors().signs(),
            profile_of=Vendors().one,
            credentials=Credentials(user=USER, password=PASSWORD, use_agent=False),
            options=SessionOptions(
                port=device.port, known_hosts=known(device, tmp_path), command_timeout=0.3
            ),
            lookup=Lookup(fill=lambda *_arguments: (), holds=lambda *_arguments: True),
        )
        assert capture.vendor == DEVICE
        assert (device.attempts, device.connections) == (["password"], 1)


def test_keys_that_cannot_be_used_are_told_before_anything_is_tried(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", str(locked)], check=True)
    garbage = tmp_path / "garbage"
    garbage.write_text("not a key\n", encoding="utf-8")
    with SimulatedRouter(DEVICE) as router:
        for path, reason in (
            (locked, "passphrase"),
            (garbage, "not a private key"),
            (tmp_path, "not a private key"),
        ):
            with pytest.raises(UsageError, match=reason):
                collected(router, tmp_path, Credentials(user="admin", key_files=(path,), use_agent=False))
        with pytest.raises(UsageError, match="nothing to log in with"):
            collected(router, tmp_path, Credentials(user="admin", use_agent=False))
        assert router.logins == 0


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real SSH agent that knows no key yet."""
    place = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 10
        while not place.exists() and time.monotonic() < end:
            time.sleep(0.02)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
        yield place
        process.terminate()


def test_the_agents_keys_and_no_more_than_three(agent: Path, tmp_path: Path) -> None:
    publics = []
    for number in range(4):
        path, public = keygen(tmp_path, f"key{number}", "-t", "ed25519" if number else "rsa")
        subprocess.run(["ssh-add", "-q", str(path)], check=True)
        publics.append(public)
    given = Credentials(user="admin")
    with SimulatedRouter(DEVICE, authorized_keys=(publics[0],)) as router:
        collected(router, tmp_path, given)
        assert router.logins == 1
    with SimulatedRouter(DEVICE, authorized_keys=(publics[3],)) as router:
        with pytest.raises(LoginRefused):
            collected(router, tmp_path, given)
        assert router.logins == 3


def test_an_agent_that_is_none_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nobody"))
    with SimulatedRouter(DEVICE) as router:
        collected(router, tmp_path, Credentials(user="admin", password=router.password))
        assert router.logins == 1


ENABLE = Session(
    prompt=r"gateway[>#] ?$",
    line_end="\r",
    enable={"when_prompt": ">$", "command": "enable", "asks": r"Password: ?$"},  # type: ignore[arg-type]
)


def enabling(secret: str | None) -> ScriptedDevice:
    """Return a device that asks for this enable secret up to three times, or for none."""

    def play(stage: Stage) -> None:
        stage.say("gateway> ")
        assert stage.line() == "enable"
        for _attempt in range(3):
            if secret is None:
                break
            stage.say("Password: ")
            if stage.line(echo=False) == secret:
                break
            stage.say("\r\n")
        else:
            stage.say("% Bad secrets\r\ngateway> ")
            stage.line()
        stage.answer("\r\ngateway# ", {"show it": "it\r\n"})

    return ScriptedDevice(play)


@pytest.mark.parametrize("secret", ["enable-me", None])
def test_the_enable_secret_is_accepted_or_not_asked_for(secret: str | None, tmp_path: Path) -> None:
    with enabling(secret) as device, session_with(device, tmp_path, ENABLE) as session:
        session.navigate("enable-me")
        assert session.prompt == "gateway#"
        assert session.run("show it").text == "it"
        assert device.received.count("enable-me") == (secret is not None)


def test_a_refused_enable_secret_is_given_once(tmp_path: Path) -> None:
    with enabling("another") as device, session_with(device, tmp_path, ENABLE) as session:
        with pytest.raises(LoginRefused, match="enable secret"):
            session.navigate("enable-me")
        assert device.received == ["enable", "enable-me"]


def test_the_account_without_a_shell(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("This account is not available.\r\n")

    with ScriptedDevice(play) as device:
        with (
            pytest.raises(LoginRefused, match="This account is not available"),
            session_with(device, tmp_path, SPEC),
        ):
            pass


@pytest.mark.parametrize("what", ["session", "shell"])
def test_a_device_that_gives_no_terminal(what: str, tmp_path: Path) -> None:
    with ScriptedDevice(prompting, sessions=what != "session", shell=what != "shell") as device:
        with pytest.raises(LoginRefused, match="no terminal"), session_with(device, tmp_path, SPEC):
            pass


def test_a_key_as_paramiko_would_write_it_is_read(tmp_path: Path) -> None:
    key = new_key("rsa")
    assert isinstance(key, paramiko.RSAKey)
    path = tmp_path / "key"
    key.write_private_key_file(str(path))
    with SimulatedRouter(DEVICE, authorized_keys=(f"{key.get_name()} {key.get_base64()}",)) as router:
        collected(router, tmp_path, Credentials(user="admin", key_files=(path,), use_agent=False))
