"""Devices in every mood: the audit tells the same facts or says unknown, and nothing else is ever typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import DEVICE, Auditor, Done
from scripted_device import ScriptedDevice, Stage, session_with

from auditor.model.capture import Outcome
from auditor.model.errors import PromptNotFound
from auditor.profiles.loading import load_profile
from auditor.profiles.schema import Session
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter

# What it says would change every fact if it were taken for output.
LOG_LINE = "17:20:06 echo: system,info udp-timeout: 5m udp-stream-timeout: 5m enabled: no"
PROFILE = load_profile(DEVICE)
assert PROFILE.session is not None
MAY_BE_TYPED = {
    *(spec.command for _kind, spec in PROFILE.commands),
    *PROFILE.session.leave,
    *(pager.answer for pager in PROFILE.session.pagers),
    *(question.answer for question in PROFILE.session.questions),
}
PROMPT = "[admin@Gw] > "
SPEC = PROFILE.session
CALM: dict[str, Any] = {}


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


def facts_of(done: Done) -> dict[str, Any]:
    """Return what was read, without the place where it stands."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(part) for key, part in value.items() if key not in {"evidence", "unknown"}}
        return [bare(part) for part in value] if isinstance(value, list) else value

    facts: dict[str, Any] = bare(done.report["facts"])
    return facts


@pytest.fixture
def calm(auditor: Auditor) -> dict[str, Any]:
    """The facts of the device when nothing is wrong with it."""
    if not CALM:
        with SimulatedRouter(DEVICE) as router:
            CALM.update(facts_of(auditor(router)))
        auditor.known_hosts.unlink()
    return CALM


@pytest.mark.parametrize(
    "faults",
    [
        Faults(inject_log_line=LOG_LINE),
        Faults(repeat_echo=True),
        Faults(ansi=True),
        Faults(ansi=True, repeat_echo=True, inject_log_line=LOG_LINE),
        Faults(page_anyway=True),
        Faults(bytes_per_second=8000),
        Faults(delay_per_reply=0.3),
    ],
    ids=lambda faults: str(faults).partition("(")[2][:40],
)
def test_moods_that_change_no_fact(faults: Faults, calm: dict[str, Any], auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=faults) as router:
        done = auditor(router)
        assert done.code == 1, done.err
        assert facts_of(done) == calm
        assert set(router.received) <= MAY_BE_TYPED
        assert router.logins == 1


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (Faults(refuse_commands=((r"service-port", "not enough permissions (9)"),)), 1),
        (
            Faults(
                refuse_commands=((r"connection tracking", "bad command name tracking (line 1 column 4)"),)
            ),
            1,
        ),
        (Faults(refuse_commands=((r".", "not enough permissions (9)"),)), 4),
        (Faults(drop_in_command=1), 4),
        (Faults(drop_in_command=4), 1),
        (Faults(never_prompt=True), 3),
        (Faults(flood=True), 4),
        (Faults(refuse_login_options=True), 3),
        (Faults(wrong_password=True), 3),
        (Faults(changed_host_key=True), 3),
        (Faults(old_cryptography=True), 3),
    ],
    ids=lambda value: str(value).partition("(")[2][:40],
)
def test_moods_that_hide_facts(faults: Faults, code: int, calm: dict[str, Any], auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=faults) as router:
        done = auditor(router, "--login-timeout", "3", "--command-timeout", "1")
        assert done.code == code, done.err
        assert "Traceback" not in done.err
        assert set(router.received) <= MAY_BE_TYPED
        assert router.logins <= 1
        if code == 3:
            assert done.out == ""
            return
        for name, value in facts_of(done).items():
            if name == "udp_timers":
                assert all(timer in calm[name] for timer in value)
            elif name == "sip_alg" and value["state"] != "unknown":
                assert value == calm[name]


def test_the_first_questions_are_answered(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, first_login=True) as router:
        assert auditor(router).code == 1
        assert router.received[0] == "n"
        assert set(router.received) <= MAY_BE_TYPED


def test_a_late_device_costs_one_wait_for_each_command(auditor: Auditor) -> None:
    commands = len(PROFILE.commands)
    with SimulatedRouter(DEVICE, faults=Faults(delay_per_reply=0.5)) as router:
        start = time.monotonic()
        assert auditor(router).code == 1
        assert time.monotonic() - start < commands * 0.5 * 2 + 5
        assert router.received[:commands] == [spec.command for _kind, spec in PROFILE.commands]
        assert len(router.received) <= commands + 1


def output(stage: Stage, *, count: int = 2) -> None:
    for number in range(count):
        stage.say(f"line {number}\r\n")


def asked(
    play: Callable[[Stage], None], folder: Path, *, commands: int = 1, command_timeout: float = 10.0
) -> list[tuple[str, str]]:
    """Let a script play and return outcome and text of so many commands."""
    with (
        ScriptedDevice(play) as device,
        session_with(device, folder, SPEC, command_timeout=command_timeout) as session,
    ):
        answers = [session.run("/x print") for _number in range(commands)]
        assert set(device.received) <= {"/x print"}
    return [(answer.outcome.value, answer.text) for answer in answers]


WHOLE = ("ok", "line 0\nline 1")


def test_log_lines_behind_the_prompt(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(f"{PROMPT}17:20:06 echo: system,info one\r\n")
        for _command in range(2):
            stage.line()
            output(stage)
            stage.say(f"{PROMPT}17:20:06 echo: system,info one\r\n17:20:07 echo: system,info two\r\n")
        stage.line()

    assert asked(play, tmp_path, commands=2) == [WHOLE, WHOLE]


def test_a_log_line_and_a_new_prompt_before_the_echo(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line(echo=False)
        stage.say(f"\r\n17:20:06 echo: system,info one\r\n17:20:06 echo: system,info two\r\n{PROMPT}")
        stage.pause(0.6)  # longer than any silence that proves an end
        stage.say("/x print\r\n")
        output(stage)
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [WHOLE]


@pytest.mark.parametrize("noise", ["17:20:06 echo: system,info one", "an unheard-of kind of log line"])
def test_a_log_line_between_echo_and_output(noise: str, tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        stage.say(f"{noise}\r\n")
        stage.pause(0.4)
        output(stage)
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [("ok", f"{noise}\n{WHOLE[1]}")]


def test_an_echo_that_is_repeated_late(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        stage.say(PROMPT)
        stage.pause(0.5)
        stage.say("/x print\r\n")
        output(stage)
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [WHOLE]


def test_a_device_without_an_echo(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line(echo=False)
        output(stage)
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [WHOLE]


def test_a_line_that_drips(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.drip(PROMPT, 0.02)
        stage.line()
        stage.drip(f"line 0\r\n{PROMPT[:3]} no prompt\r\n", 0.05)
        stage.drip(PROMPT, 0.25)
        stage.line()

    assert asked(play, tmp_path) == [("ok", "line 0\n[ad no prompt")]


def test_a_bare_prompt_that_also_begins_a_line_of_the_output(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("# ")
        stage.line()
        stage.say("# a comment\r\n# ")
        stage.pause(0.05)
        stage.say("another\r\nline 1\r\n# ")
        stage.line()

    spec = Session(prompt="# ?$", line_end="\r")
    with ScriptedDevice(play) as device, session_with(device, tmp_path, spec) as session:
        assert session.run("show").text == "# a comment\n# another\nline 1"


def test_a_prompt_with_a_clock(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        for second in range(8, 12):
            stage.say(f"[admin@Gw 12:59:{second:02d}] > ")
            stage.line()
            output(stage)

    assert asked(play, tmp_path, commands=3) == [WHOLE] * 3


def test_a_prompt_that_becomes_another_one(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        output(stage)
        stage.say("[admin@Other] > ")
        stage.line()

    assert asked(play, tmp_path, command_timeout=0.5) == [("timed_out", "line 0\nline 1\n[admin@Other] > ")]


def test_a_prompt_of_another_shape(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say("Main menu\r\n 1) Status\r\nYour choice: ")
        stage.line()

    with ScriptedDevice(play) as device:
        with (
            pytest.raises(PromptNotFound, match="Your choice"),
            session_with(device, tmp_path, SPEC, login_timeout=0.8),
        ):
            pass
        assert device.received == []


def test_unexpected_questions_are_not_answered(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        stage.say("Really reset the router? [y/N]: ")
        stage.line()

    (answer,) = asked(play, tmp_path, command_timeout=0.5)
    assert answer[0] == Outcome.TIMED_OUT


def test_expected_questions_and_pagers_in_a_commands_output(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        stage.say("line 0\r\n-- [Q quit|D dump|down]")
        assert stage._channel.recv(1) == b"D"
        stage.say("\r                       \rline 1\r\n")
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [WHOLE]


def test_what_a_drop_leaves_is_kept_as_cut_off(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        output(stage)

    assert asked(play, tmp_path) == [("cut_off", WHOLE[1])]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    def play(stage: Stage) -> None:
        stage.say(PROMPT)
        stage.line()
        for piece in (b"B\xc3", b"\xbcro \xff\x00\r\n"):
            stage._channel.sendall(piece)
            stage.pause(0.05)
        stage.say(PROMPT)
        stage.line()

    assert asked(play, tmp_path) == [("ok", "Büro \ufffd")]
