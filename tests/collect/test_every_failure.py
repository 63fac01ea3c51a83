"""Every failure on every device: a name and an advice of its own, within its limit, and what was read before is kept."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Auditor
from every_device import DEVICES, session_of
from routers import captured

from auditor.model.capture import Outcome
from auditor.model.errors import (
    AuditorError,
    CollectionError,
    HostKeyRejected,
    HostUnreachable,
    LoginRefused,
    OldCryptography,
    PromptNotFound,
)
from auditor.profiles.loading import load_profile
from auditor.simulator.console import build_device
from auditor.simulator.device_file import read_device
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.host_keys import known_hosts_line, new_key
from auditor.simulator.server import SimulatedRouter

LIMIT = 1.0  # seconds for the log-in
MARGIN = 8.0  # seconds for a machine that does other things too
QUESTION = "Really erase everything? [y/N]: "


def _closed_port(router: SimulatedRouter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        router.port = server.getsockname()[1]


def _odd_name(router: SimulatedRouter) -> None:
    router.host = "no-such-host.invalid"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What is wrong before the first command, and how it is told."""

    error: type[CollectionError]
    says: str
    advises: str
    faults: Faults = NO_FAULTS
    known: Callable[[SimulatedRouter], str] = field(default=lambda router: router.host_key_line)
    displaced: Callable[[SimulatedRouter], None] | None = None


NO_PROMPT = "took the log-in, but no prompt came within 1 s"
BEFORE = {
    "name not found": Failure(
        displaced=_odd_name, error=HostUnreachable, says="is not known", advises="Check the name"
    ),
    "refused": Failure(
        displaced=_closed_port, error=HostUnreachable, says="refuses connections on port", advises="--port"
    ),
    "silent before its banner": Failure(
        faults=Faults(hang_at="banner"),
        error=HostUnreachable,
        says="does not speak SSH, or not in time",
        advises="--port",
    ),
    "silent in the log-in": Failure(
        faults=Faults(hang_at="auth"),
        error=HostUnreachable,
        says="did not finish the log-in in time",
        advises="--login-timeout",
    ),
    "silent before its prompt": Failure(
        faults=Faults(hang_at="prompt"), error=PromptNotFound, says=NO_PROMPT, advises="--login-timeout"
    ),
    "no prompt": Failure(
        faults=Faults(never_prompt=True), error=PromptNotFound, says=NO_PROMPT, advises="--login-timeout"
    ),
    "another prompt": Failure(
        faults=Faults(prompt="Your choice: "), error=PromptNotFound, says=NO_PROMPT, advises="Your choice:"
    ),
    "a question for a prompt": Failure(
        faults=Faults(question=QUESTION),
        error=PromptNotFound,
        says=NO_PROMPT,
        advises="Really erase everything",
    ),
    "one byte a second": Failure(
        faults=Faults(bytes_per_second=1),
        error=PromptNotFound,
        says=NO_PROMPT,
        advises="--login-timeout",
    ),
    "host key unknown": Failure(
        known=lambda _router: "", error=HostKeyRejected, says="not known", advises="--accept-new-host-keys"
    ),
    "host key changed": Failure(
        known=lambda router: known_hosts_line(new_key("ed25519"), host=router.host, port=router.port),
        error=HostKeyRejected,
        says="has changed",
        advises="",
    ),
    "no common algorithm": Failure(
        faults=Faults(old_cryptography=True),
        error=OldCryptography,
        says="no longer safe: diffie-hellman-group1-sha1",
        advises="--old-cryptography",
    ),
    "log-in refused": Failure(
        faults=Faults(wrong_password=True),
        error=LoginRefused,
        says="refused the log-in of",
        advises="not tried again",
    ),
    "closed behind the log-in": Failure(
        faults=Faults(drop_after_bytes=1),
        error=LoginRefused,
        says="took the log-in and closed the session at once",
        advises="no right to a shell",
    ),
}


def _failed(slug: str, failure: Failure, folder: Path) -> tuple[AuditorError, list[str]]:
    with SimulatedRouter(slug, faults=failure.faults) as router:
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(failure.known(router) + "\n", encoding="utf-8")
        port = router.port
        if failure.displaced:
            failure.displaced(router)
        start = time.monotonic()
        with pytest.raises(AuditorError) as caught:
            captured(router, folder, slug, login_timeout=LIMIT)
        assert time.monotonic() - start < LIMIT + MARGIN
        assert router.logins <= 1
        router.port, router.host = port, "127.0.0.1"
    return caught.value, router.received


@pytest.mark.parametrize("name", BEFORE)
@pytest.mark.parametrize("slug", DEVICES)
def test_what_fails_before_the_first_command(slug: str, name: str, tmp_path: Path) -> None:
    failure = BEFORE[name]
    error, received = _failed(slug, failure, tmp_path)
    assert type(error) is failure.error
    assert failure.says in error.message
    assert error.advice
    assert failure.advises in error.advice
    assert received == []


def test_no_two_failures_share_their_words(tmp_path: Path) -> None:
    told = {}
    for name, failure in BEFORE.items():
        if failure.says != NO_PROMPT:  # these differ by what the device showed
            error, _received = _failed(DEVICES[0], failure, tmp_path)
            told[name] = re.sub(r"\d+|SHA256\S+", "", error.message)
    assert len(set(told.values())) == len(told)


# --- In the middle of the session ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Break:
    """What ends the session at its second command, and how the document and the user are told."""

    faults: Callable[[int], Faults]
    outcome: Outcome
    detail: str
    told: str
    limits: dict[str, float]


SHORT = {"command_timeout": LIMIT}
BREAKS = {
    "silent": Break(
        faults=lambda place: Faults(hang_at=f"command {place}"),
        outcome=Outcome.TIMED_OUT,
        detail="no prompt within 1 s",
        told="Raise --command-timeout",
        limits=SHORT,
    ),
    "asks what nobody expects": Break(
        faults=lambda place: Faults(question=QUESTION, question_at=f"command {place}"),
        outcome=Outcome.TIMED_OUT,
        detail='the last line is "Really erase everything? [y/N]:"',
        told="Really erase everything",
        limits=SHORT,
    ),
    "drops the line": Break(
        faults=lambda place: Faults(drop_in_command=place),
        outcome=Outcome.CUT_OFF,
        detail="closed the connection in the middle of the session",
        told="What came before it counts",
        limits=SHORT,
    ),
    "silent up to the limit in all": Break(
        faults=lambda place: Faults(hang_at=f"command {place}"),
        outcome=Outcome.CUT_OFF,
        detail="ended after 4 s, its limit in all",
        told="What came before it counts",
        limits={"total_timeout": 4.0},
    ),
}
PLACES: dict[str, int] = {}


def _second_command(slug: str, folder: Path) -> int:
    """Return how many lines are typed up to the second command, navigation among them."""
    if slug not in PLACES:
        with SimulatedRouter(slug) as router:
            second = captured(router, folder, slug).documents[1].name
            PLACES[slug] = router.received.index(second.rpartition("; ")[2]) + 1
        (folder / "known_hosts").unlink()
    return PLACES[slug]


def _options(limits: dict[str, float]) -> tuple[str, ...]:
    words = {"command_timeout": "--command-timeout", "total_timeout": "--timeout"}
    return tuple(text for name, value in limits.items() for text in (words[name], str(value)))


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("slug", DEVICES)
def test_what_was_read_before_a_break_is_kept(slug: str, name: str, tmp_path: Path) -> None:
    fault, place = BREAKS[name], _second_command(slug, tmp_path)
    with SimulatedRouter(slug, faults=fault.faults(place)) as router:
        limits: dict[str, Any] = dict(fault.limits)
        first, broken, *others = captured(router, tmp_path, slug, **limits).documents
        leaving = [line for line in router.received[place:] if line.strip()]
    assert (first.outcome, broken.outcome) == (Outcome.OK, fault.outcome)
    assert first.text
    assert fault.detail in broken.detail
    assert {(other.outcome, other.detail) for other in others} <= {(Outcome.SKIPPED, broken.detail)}
    assert others
    assert leaving == []


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("slug", DEVICES)
def test_a_break_is_told_with_what_to_do(slug: str, name: str, tmp_path: Path, auditor: Auditor) -> None:
    fault, place = BREAKS[name], _second_command(slug, tmp_path)
    with SimulatedRouter(slug, faults=fault.faults(place)) as router:
        done = auditor(router, "--vendor", slug, *_options(fault.limits))
    assert done.code in {1, 4}, done.err
    assert done.report["verdict"] in {"fail", "unknown"}
    assert fault.told in " ".join(done.err.split())
    assert "more commands were not run" in done.err


DIVIDED = [slug for slug in DEVICES if any(spec.enter for _kind, spec in load_profile(slug).commands)]


def _line_before(slug: str, *, back: bool, folder: Path) -> int:
    """Return the number of the first line that leads into a part of the device, or out of it."""
    specs = [spec for _kind, spec in load_profile(slug).commands if spec.enter]
    with SimulatedRouter(slug) as router:
        captured(router, folder, slug)
        (folder / "known_hosts").unlink()
        lines = [line for line in router.received if line.strip()]  # answers to a pager are none
    first = lines.index(specs[0].enter[0])
    return lines.index(specs[0].leave[0], first) + 1 if back else first + 1


@pytest.mark.parametrize("name", ["silent", "asks what nobody expects", "drops the line"])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("slug", DIVIDED)
def test_a_break_between_two_commands_is_told_as_it_was_and_loses_nothing(
    slug: str, back: bool, name: str, tmp_path: Path
) -> None:
    fault, place = BREAKS[name], _line_before(slug, back=back, folder=tmp_path)
    with SimulatedRouter(slug, faults=fault.faults(place)) as router:
        limits: dict[str, Any] = dict(fault.limits)
        documents = captured(router, tmp_path, slug, **limits).documents
    broken = next(document for document in documents if document.outcome is not Outcome.OK)
    assert broken.outcome is fault.outcome
    assert fault.detail in broken.detail
    assert bool(broken.text) == back
    assert {document.outcome for document in documents[documents.index(broken) + 1 :]} == {Outcome.SKIPPED}


def _own_refusal(slug: str) -> str:
    """Return what the device says to a command that it does not know."""
    file = read_device(slug)
    console = build_device(file).open(user=file.user, may_write=True, width=80)
    return console.run("frobnicate").text.rstrip("\n")


@pytest.mark.parametrize("rights", [True, False])
@pytest.mark.parametrize("slug", DEVICES)
def test_a_refusal_is_told_by_what_it_means(
    slug: str, rights: bool, tmp_path: Path, auditor: Auditor
) -> None:
    said = _own_refusal(slug) if rights else read_device(slug).no_rights
    session = session_of(load_profile(slug))
    meant = [
        refusal.means
        for refusal in session.refusals
        for line in said.split("\n")
        if re.search(refusal.pattern, line.strip())
    ]
    faults = Faults(refuse_commands=((".", said),)) if rights else Faults(no_rights=True)
    with SimulatedRouter(slug, faults=faults) as router:
        done = auditor(router, "--vendor", slug)
    assert done.report["verdict"] == "unknown"
    assert done.report["facts"]["udp_timers"] == []
    if meant:  # where the words of a refusal are known; elsewhere the answer is one that nobody understands
        told = {"refused": "The router does not know", "no_privilege": "Use a user with more rights"}
        assert told[meant[0]] in done.err
