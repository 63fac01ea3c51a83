"""Every limit of time ends what it is for, says which one it was, and keeps what was collected."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import DEVICE, Auditor
from scripted_device import ScriptedDevice, Stage, session_with

from auditor.collect import line
from auditor.model.capture import Outcome
from auditor.model.errors import ConnectionLost, HostUnreachable, PromptNotFound
from auditor.profiles.loading import load_profile
from auditor.profiles.schema import Session
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter

MARGIN = 8.0  # seconds for a machine that does other things too
SPEC = Session(prompt=r"gateway# ?$", line_end="\r")


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


@contextmanager
def within(seconds: float, *, already_running: bool = False) -> Iterator[None]:
    """Fail if the block takes much longer than its limit, or ends before it, unless the limit began before the block."""
    start = time.monotonic()
    yield
    least = 0 if already_running else seconds * 0.9
    assert least <= time.monotonic() - start <= seconds + MARGIN


@pytest.mark.parametrize(
    ("fault", "limit", "message"),
    [
        ("banner", "--login-timeout", "does not speak SSH, or not in time"),
        ("auth", "--login-timeout", "did not finish the log-in in time"),
        ("prompt", "--login-timeout", "no prompt came within 0.8 s"),
        ("banner", "--timeout", "does not speak SSH, or not in time"),
        ("auth", "--timeout", "ended after 0.8 s, its limit in all"),
        ("prompt", "--timeout", "ended after 0.8 s, its limit in all"),
    ],
)
def test_before_the_first_command(fault: str, limit: str, message: str, auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(hang_at=fault)) as router:
        with within(0.8):
            done = auditor(router, limit, "0.8")
        assert (done.code, done.out) == (3, "")
        assert message in done.err
        assert router.logins == (fault != "banner")
        assert router.received == []


def test_a_connection_that_nobody_answers(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE) as router, socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _number in range(3)]
        for sock in waiting:  # the kernel answers nobody any more once the queue is full
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        router.port = full.getsockname()[1]
        with within(0.5):
            done = auditor(router, "--connect-timeout", "0.5")
        for sock in waiting:
            sock.close()
        router.port = router._listener.getsockname()[1]
    assert done.code == 3
    assert "does not answer on port" in done.err


def test_the_time_is_shared_by_all_addresses_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
    ):
        waiting = [socket.socket() for _number in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        addresses = [(*kind, full.getsockname()), (*kind, server.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: addresses)
        start = time.monotonic()
        line._dial("gw.example", 22, start + 1).close()
        assert 0.4 <= time.monotonic() - start <= 1 + MARGIN
        for sock in waiting:
            sock.close()


def test_a_log_in_that_is_slow_at_every_step_has_one_limit(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        for _line in range(50):
            stage.pause(0.2)
            stage.say("Welcome\r\n")

    with ScriptedDevice(play) as device:
        with (
            within(1.0),
            pytest.raises(PromptNotFound, match="Welcome"),
            session_with(device, tmp_path, SPEC, login_timeout=1),
        ):
            pass


def test_a_device_that_never_answers_the_wish_for_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(stage: Stage) -> None:
        del stage

    def hold(device: ScriptedDevice, *_arguments: object) -> bool:
        return not device._stopping.wait()

    monkeypatch.setattr(ScriptedDevice, "check_channel_pty_request", hold)
    with ScriptedDevice(play) as device:
        with (
            within(0.8),
            pytest.raises(HostUnreachable, match="log-in in time"),
            session_with(device, tmp_path, SPEC, login_timeout=0.8),
        ):
            pass


@pytest.mark.parametrize(("limit", "outcome"), [("--command-timeout", "timed_out"), ("--timeout", "cut_off")])
def test_after_the_first_command_the_audit_still_runs(limit: str, outcome: str, auditor: Auditor) -> None:
    seconds = 1.0 if limit == "--command-timeout" else 3.0
    with SimulatedRouter(DEVICE, faults=Faults(hang_at="command 4")) as router:
        with within(seconds):
            done = auditor(router, limit, str(seconds))
        assert done.code == 1, done.err  # the timer of 10 s was read before
        assert done.report["unreplied_udp_timeout"]["seconds"] == 10
        assert done.report["facts"]["sip_alg"]["state"] == "unknown"
        assert "/quit" not in router.received
        profile = load_profile(DEVICE)
        assert router.received == [spec.command for _kind, spec in profile.commands][:4]
        output = auditor.known_hosts.parent / "capture.json"
        kept = auditor(router, limit, str(seconds), "-o", str(output), command="capture")
        assert kept.code == 0
        assert kept.err.count(f": {outcome} ") == 1
        assert kept.err.count(": skipped ") == len(profile.commands) - 4


def test_what_hangs_at_once_is_unknown_and_no_pass(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(hang_at="command 1")) as router:
        done = auditor(router, "--command-timeout", "0.5")
        assert done.code == 4
        assert done.report["verdict"] == "unknown"


def test_the_limit_in_all_ends_a_flood(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("gateway# ")
        stage.line()
        while True:
            stage.say("a line of a flood\r\n" * 1000)
            stage.pause(0.05)  # or the limit of what one command may print comes first

    with ScriptedDevice(play) as device:
        with session_with(device, tmp_path, SPEC, total_timeout=1.5) as session:
            with within(1.5, already_running=True):
                answer = session.run("show it")
            assert answer.outcome is Outcome.CUT_OFF
            assert "limit in all" in answer.detail
            assert answer.text.startswith("a line of a flood\na line")


def test_a_device_that_floods_its_prompt_is_left_in_time(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("gateway# ")
        stage.pause(0.5)
        while True:
            stage.say("noise\r\n" * 1000)

    with ScriptedDevice(play) as device:
        with session_with(device, tmp_path, SPEC, command_timeout=1.0) as session:
            time.sleep(0.8)
            with within(1.0, already_running=True):
                assert session.run("show it").outcome is Outcome.TIMED_OUT


def test_a_dropped_line_before_the_first_command(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(drop_after_bytes=3)) as router:
        done = auditor(router)
        assert done.code == 3
        assert "closed the session at once" in done.err


def test_navigation_that_is_cut(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("gateway# ")
        stage.line()

    spec = Session(prompt=r"gateway# ?$", line_end="\r", enter=({"send": "paging off"},))  # type: ignore[arg-type]
    with ScriptedDevice(play) as device, session_with(device, tmp_path, spec) as session:
        with pytest.raises(ConnectionLost, match="closed the connection"):
            session.navigate(None)
