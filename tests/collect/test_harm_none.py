"""Nothing but the profile's own lines ever reaches a device, whatever it does; and none of these lines can write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from every_device import DEVICES, PROBES, answers_of, may_be_typed, navigation_of, session_of
from routers import captured

from auditor.model.audit import AuditOptions, Verdict
from auditor.model.capture import Capture, Document, Outcome
from auditor.model.errors import AuditorError
from auditor.model.facts import Facts, Origin
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import command_problem, load_profile, profile_paths
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.server import SimulatedRouter

LIVE = tuple(slug for slug in profile_paths() if load_profile(slug).session)
ASKS = "Delete the whole configuration? [Y/n]: "
MOODS = {
    "calm": NO_FAULTS,
    "pages": Faults(page_anyway=True),
    "refuses all": Faults(refuse_commands=((".", "% unknown"),)),
    "no rights": Faults(no_rights=True),
    "asks at once": Faults(question=ASKS),
    "asks instead of a prompt": Faults(prompt=ASKS),
    "asks in a reply": Faults(question=ASKS, question_at="command 2"),
    "late": Faults(delay_per_reply=0.4),
    "drops at once": Faults(drop_after_bytes=3),
    "drops in a reply": Faults(drop_in_command=2),
    "hangs": Faults(hang_at="command 2"),
    "paints": Faults(ansi=True),
    "repeats the echo": Faults(repeat_echo=True),
    "paints, repeats and pages": Faults(ansi=True, repeat_echo=True, page_anyway=True),
    "another language": Faults(other_language=True),
    "floods": Faults(flood=True),
    "never prompts": Faults(never_prompt=True),
    "a log line in every reply": Faults(inject_log_line="% kernel: link of port 3 is up"),
}
CALM: dict[str, Facts] = {}


def calm(slug: str, folder: Path) -> Facts:
    """Return the facts of the device when nothing is wrong with it."""
    if slug not in CALM:
        with SimulatedRouter(slug) as router:
            CALM[slug] = _facts(captured(router, folder, slug))
        (folder / "known_hosts").unlink()
    return CALM[slug]


def _facts(capture: Capture) -> Facts:
    return audit(capture, AuditOptions(), Vendors()).facts


def test_every_profile_that_types_has_its_device() -> None:
    assert set(DEVICES) == set(LIVE)


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("slug", DEVICES)
def test_nothing_but_the_profiles_lines_reaches_the_device(slug: str, mood: str, tmp_path: Path) -> None:
    is_known = may_be_typed(slug)
    with SimulatedRouter(slug, faults=MOODS[mood]) as router:
        documents: tuple[Document, ...] = ()
        with suppress(AuditorError):
            documents = captured(
                router, tmp_path, slug, login_timeout=3.0, command_timeout=1.5, total_timeout=60.0
            ).documents
        assert router.logins == 1
        assert [line for line in router.received if not is_known(line)] == []
        commands = {spec.command for _kind, spec in load_profile(slug).commands}
        typed = Counter(line for line in router.received if line in commands)
        wanted = Counter(document.name.rpartition("; ")[2] for document in documents)
        assert typed <= wanted, "a command is typed once for its document, whatever came of it"


@pytest.mark.parametrize("slug", DEVICES)
def test_every_command_reaches_the_device_in_its_order(slug: str, tmp_path: Path) -> None:
    with SimulatedRouter(slug) as router:
        capture = captured(router, tmp_path, None)
        received = list(router.received)
    if received[0] in PROBES:
        del received[0]
    typed = [
        line
        for document in capture.documents
        if document.outcome is not Outcome.SKIPPED
        for line in document.name.split("; ")
    ]
    assert [line for line in received if line in typed] == typed
    outcomes = {document.outcome for document in capture.documents}
    assert Outcome.OK in outcomes
    assert not outcomes & {Outcome.TIMED_OUT, Outcome.CUT_OFF, Outcome.NO_PRIVILEGE}


@pytest.mark.parametrize("question_at", ["prompt", "command 2"])
@pytest.mark.parametrize("slug", DEVICES)
def test_after_a_question_that_nobody_expects_nothing_more_is_typed(
    slug: str, question_at: str, tmp_path: Path
) -> None:
    with SimulatedRouter(slug, faults=Faults(question=ASKS, question_at=question_at)) as router:
        with suppress(AuditorError):
            captured(router, tmp_path, slug, login_timeout=1.0, command_timeout=1.0)
        assert len([line for line in router.received if line.strip()]) == (2 if "2" in question_at else 0)


@pytest.mark.parametrize("slug", DEVICES)
def test_another_language_says_nothing_and_proves_nothing(slug: str, tmp_path: Path) -> None:
    before = calm(slug, tmp_path)
    with SimulatedRouter(slug, faults=Faults(other_language=True)) as router:
        capture = captured(router, tmp_path, slug)
    found = audit(capture, AuditOptions(), Vendors())
    assert found.verdict is not Verdict.PASS
    assert [timer for timer in found.facts.udp_timers if timer.origin is Origin.DEFAULT] == []
    bare = [replace(timer, evidence=None) for timer in before.udp_timers]
    assert [timer for timer in found.facts.udp_timers if replace(timer, evidence=None) not in bare] == []


@pytest.mark.parametrize("faults", [Faults(no_rights=True), Faults(refuse_commands=((".", "% unknown"),))])
@pytest.mark.parametrize("slug", DEVICES)
def test_a_device_that_tells_nothing_is_unknown(slug: str, faults: Faults, tmp_path: Path) -> None:
    with SimulatedRouter(slug, faults=faults) as router:
        try:
            capture = captured(router, tmp_path, slug)
        except AuditorError:
            return
    found = audit(capture, AuditOptions(), Vendors())
    assert found.verdict is Verdict.UNKNOWN
    assert found.facts.udp_timers == ()


# --- What a profile lists cannot write -------------------------------------------------------------------------------

READERS = {"show", "get", "display", "print", "ls", "dir", "cat", "list", "grep", "pgrep", "uname", "info"}
WRITERS = {
    "add", "append", "apply", "boot", "cfg", "chmod", "chown", "clear", "commit", "conf", "config", "configure", "copy",
    "cp", "create", "dd", "debug", "default", "delete", "del", "disable", "discard", "do", "edit", "erase", "exec",
    "execute", "factory-reset", "flash", "flush", "format", "halt", "import", "insert", "install", "kill", "load",
    "modprobe", "move", "mv", "no", "passwd", "ping", "poweroff", "purge", "reboot", "reload", "remove", "rename",
    "request", "reset", "reset-configuration", "restart", "restore", "rm", "rmmod", "rollback", "run", "save", "service",
    "set", "sh", "shutdown", "start", "stop", "sudo", "tee", "test", "touch", "undo", "unset", "unselect", "update",
    "upgrade", "upload", "wget", "curl", "write", "wr", "system-view", "tab",
}  # fmt: skip
# Options that make a reading tool write, by its name.
WRITING_OPTIONS = {
    "sysctl": r"-w|--write|-p.*|--load.*|-f|--system|.*=.*",
    "conntrack": r"-[DFIUAX]|--(?:delete|flush|create|update|add|load.*)",
    "nft": r"-f|--file|-i|--interactive|add|create|delete|destroy|flush|insert|replace|reset|rename",
    "ip": r"add|del|delete|set|flush|change|replace|append|-b.*|-batch",
    "pfctl": r"-[a-zA-Z]*[fFedkKzTtAOR][a-zA-Z]*(?<!-st)",
    "iptables-save": r"-f.*|--file.*|-M.*|--modprobe.*",
    "iptables-legacy-save": r"-f.*|--file.*|-M.*|--modprobe.*",
    "grep": r"--.*",
    "cat": r"-.*",
}  # fmt: skip
# A block has its own door: going in creates nothing, for names come from the device's own list.
TERMINAL = {"set cli screen-width 511", "set cli complete-on-space off"}
DOORS = {"config global", "config vdom", "edit {vdom}", *TERMINAL}
# What is named like a change and holds for the session alone: pages.
OF_THE_SESSION = {"screen-length disable"}
MARKS = ";|&`$<>\n\r\0"


def _may_write(line: str) -> bool:
    """Tell whether a writing verb stands where one would be obeyed: before a verb that reads, or alone."""
    words = re.split(r"[ /]+", line.strip().lower().lstrip("/"))
    tool = line.split(maxsplit=1)[0].rpartition("/")[2] if line.split() else ""
    reads = next((index for index, word in enumerate(words) if word in READERS), len(words))
    options = WRITING_OPTIONS.get(tool)
    return bool(WRITERS & set(words[:reads])) or bool(
        options and any(re.fullmatch(options, word) for word in line.split()[1:])
    )


@pytest.mark.parametrize("slug", LIVE)
def test_no_line_of_a_profile_can_write(slug: str) -> None:
    profile = load_profile(slug)
    commands = [spec.command or "" for _kind, spec in profile.commands]
    probe = [profile.detect.probe] if profile.detect.probe else []
    lines = [
        *commands,
        *probe,
        *(line for line in navigation_of(profile) if line not in DOORS | OF_THE_SESSION),
    ]
    assert commands
    assert [line for line in lines if _may_write(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "configure terminal", "no ip nat service", "set /Setup/SIP-ALG/Operating No", "/ip firewall nat add x",
        "/system reboot", "config firewall policy", "/sbin/sysctl -w x=1", "sysctl -p", "nft flush ruleset", "pfctl -f x",
        "conntrack -D -p udp", "ip link set eth0 down", "clear ip nat translation *", "write memory", "rm -f /etc/x",
        "pfctl -F all", "del /Setup/x", "/system script run x", "iptables-save -f /etc/x",
    ],
)  # fmt: skip
def test_the_test_itself_knows_what_writes(line: str) -> None:
    assert _may_write(line)


@pytest.mark.parametrize("slug", LIVE)
def test_answers_are_short_and_consent_to_nothing(slug: str) -> None:
    for answer in answers_of(load_profile(slug)):
        assert re.fullmatch(r"[A-Za-z ]?\r?", answer), answer
        assert answer.strip().lower() not in {"y", "yes"}, answer


@pytest.mark.parametrize("slug", LIVE)
def test_harmless_patterns_admit_no_second_command(slug: str) -> None:
    profile = load_profile(slug)
    commands = [spec.command or "" for _kind, spec in profile.commands]
    assert session_of(profile).harmless
    for pattern in session_of(profile).harmless:
        # A mark stands in a pattern only as itself, and only where a listed command needs it.
        own = {
            mark
            for mark in MARKS
            for command in commands
            if re.fullmatch(pattern, command) and mark in command
        }
        assert set(_admitted(_parser.parse(pattern))) <= own, pattern


@pytest.mark.parametrize("slug", LIVE)
def test_a_command_with_something_behind_or_before_it_is_not_typed(slug: str) -> None:
    profile = load_profile(slug)
    for _kind, spec in profile.commands:
        command = spec.command or ""
        for mark in MARKS:
            for more in (f"{command}{mark}reboot", f"{command} {mark} reboot", f"reboot{mark}{command}"):
                assert command_problem(profile, more), more


def _admitted(parsed: Any) -> Iterator[str]:
    """Yield the marks that a pattern takes: as themselves, or in a class that is too wide."""
    for operation, argument in parsed:
        if operation in {_constants.ANY, _constants.NOT_LITERAL}:
            yield "too wide"
        elif operation is _constants.LITERAL and chr(argument) in MARKS:
            yield chr(argument)
        elif operation is _constants.IN:
            yield from ("too wide" for kind, value in argument if _is_wide(kind, value))
        elif isinstance(argument, tuple | list):
            yield from _admitted_within(argument)


def _admitted_within(argument: Any) -> Iterator[str]:
    for part in argument:
        if isinstance(part, _parser.SubPattern):
            yield from _admitted(part)
        elif isinstance(part, list):
            yield from _admitted_within(part)


def _is_wide(kind: Any, value: Any) -> bool:
    if kind is _constants.RANGE:
        return any(value[0] <= ord(mark) <= value[1] for mark in MARKS)
    if kind is _constants.LITERAL:
        return chr(value) in MARKS
    return kind is _constants.NEGATE or value is not _constants.CATEGORY_DIGIT


@pytest.mark.parametrize(
    "pattern",
    [
        "show .*",
        r"show [^x]+",
        r"show \S+",
        r"show \w+",
        "show [!-~]+",
        "(?:ls|a;b)",
        r"(x)\s",
        "(?:ls [;])?",
    ],
)
def test_the_test_itself_knows_what_is_too_wide(pattern: str) -> None:
    assert list(_admitted(_parser.parse(pattern)))
