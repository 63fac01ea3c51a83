"""A session with one device: the prompt is learnt once, every command is sent once, reading waits instead of polling."""

from __future__ import annotations

import codecs
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.collect.credentials import Credentials
from auditor.collect.failures import no_ssh, of_connect, of_login
from auditor.collect.terminal import shown, without_echo
from auditor.model.capture import Outcome
from auditor.model.errors import AuditorError, ConnectionLost, LoginRefused, PromptNotFound
from auditor.model.text import _
from auditor.profiles.schema import Answered, Enable, Session

if TYPE_CHECKING:
    from auditor.collect.connection import Shell

_SETTLE = 0.15  # seconds of silence after which a prompt is taken for the prompt
_LARGEST = 20_000_000  # bytes of one command's output
_UNKNOWN_VENDOR = Session(prompt=r"[^\r\n]*[>#$%\]] ?$")  # until its prompt tells who it is
_TAIL = 4000  # characters in which prompts, pagers and questions are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Port, limits in seconds, and host key policy. `total_timeout` ends the session whatever it is doing."""

    port: int = 22
    connect_timeout: float = 10.0
    login_timeout: float = 20.0
    command_timeout: float = 30.0
    total_timeout: float = 180.0
    known_hosts: Path | None = None
    accept_new_host_keys: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command gave: its text without echo and prompt, and whether the prompt closed it."""

    text: str
    outcome: Outcome
    detail: str = ""


def read_banner(host: str, options: SessionOptions) -> str:
    """Return the line by which the SSH server names itself; nothing is sent."""
    with _connected(host, options) as sock:
        sock.settimeout(options.login_timeout)
        received = b""
        with suppress(TimeoutError, ConnectionError):
            while len(received) < _TAIL and (data := sock.recv(1024)):
                received += data
                lines = received.decode("utf-8", "replace").splitlines(keepends=True)
                for line in lines:
                    if line.startswith("SSH-") and line.endswith("\n"):
                        return line.strip()
    raise no_ssh(host, options.port)


@contextmanager
def _connected(host: str, options: SessionOptions) -> Iterator[socket.socket]:
    try:
        sock = socket.create_connection((host, options.port), timeout=options.connect_timeout)
    except (OSError, UnicodeError) as error:
        raise of_connect(
            error if isinstance(error, OSError) else OSError(str(error)), host, options.port
        ) from error
    with sock:
        yield sock


class DeviceSession:
    """An open session. Everything that is sent comes from the profile."""

    def __init__(
        self, shell: Shell, host: str, options: SessionOptions, deadline: float, profile: Session
    ) -> None:
        self._shell = shell
        self._host = host
        self._options = options
        self._deadline = deadline
        self._profile = profile
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.prompt = ""

    def use(self, profile: Session) -> None:
        """Go on with this vendor's ways, once its prompt is known."""
        self._profile = profile

    def learn_prompt(self) -> None:
        """Wait for the prompt and remember it; `PromptNotFound` if it does not come."""
        pattern = re.compile(self._profile.prompt)
        end = min(self._deadline, time.monotonic() + self._options.login_timeout)
        text = ""
        while True:
            try:
                text += self._receive(_SETTLE if pattern.search(_last_line(text)) else end - time.monotonic())
            except TimeoutError:
                if pattern.search(_last_line(text)):
                    break
                raise self._no_prompt(text) from None
            except ConnectionLost as error:
                said = _quoted(text) or _("nothing")
                raise LoginRefused(
                    _("{host} took the log-in and closed the session at once.").format(host=self._host),
                    advice=_("The user may have no right to a shell. The device said: {text}").format(
                        text=said
                    ),
                ) from error
            if self._answer(text, self._profile.questions):
                text = ""
        self.prompt = _last_line(text).strip()

    def _no_prompt(self, text: str) -> PromptNotFound:
        return PromptNotFound(
            _("{host} took the log-in, but no prompt came within {seconds:g} s.").format(
                host=self._host, seconds=self._options.login_timeout
            ),
            advice=_("The last that it showed: {text}").format(text=_quoted(text))
            if text.strip()
            else _("It showed nothing. Another --vendor, or a longer --login-timeout may help."),
        )

    def enable(self, how: Enable, secret: str | None) -> None:
        """Enter the privileged mode where the prompt says that this is not it."""
        if secret is None or not re.search(how.when_prompt, self.prompt):
            return
        self._send(how.command)
        text = ""
        end = min(self._deadline, time.monotonic() + self._options.command_timeout)
        while not re.search(how.asks, text):
            if text and _last_line(text).strip() == self.prompt:
                return
            text += self._receive(end - time.monotonic())
        self._send(secret)
        self.learn_prompt()

    def run(self, command: str, timeout: float | None = None) -> Answer:
        """Send one command and return what it gave."""
        limit = timeout or self._options.command_timeout
        end = min(self._deadline, time.monotonic() + limit)
        raw, size, outcome, detail = "", 0, Outcome.OK, ""
        try:
            self._send(command)
            while not self._closed(raw, command):
                raw += (data := self._receive(end - time.monotonic()))
                size += len(data)
                if size > _LARGEST:
                    outcome, detail = Outcome.CUT_OFF, _("more than 20 MB of output")
                    break
                if self._answer(raw, self._profile.pagers):
                    raw = self._without_pager(raw)
                elif self._answer(raw, self._profile.questions):
                    raw += "\n"
        except TimeoutError:
            outcome = Outcome.TIMED_OUT
            detail = _("no prompt within {seconds:g} s").format(seconds=limit)
        except ConnectionLost as error:
            outcome, detail = Outcome.CUT_OFF, error.message
        return Answer(
            text=self._body(raw, command, closed=outcome is Outcome.OK), outcome=outcome, detail=detail
        )

    def leave(self) -> None:
        """Say good-bye as the profile does; a device that is gone already is no matter."""
        with suppress(Exception):
            for word in self._profile.leave:
                self._send(word)

    def _send(self, line: str) -> None:
        try:
            self._shell.send(line + self._profile.line_end)
        except (OSError, EOFError) as error:
            raise self._lost() from error

    def _receive(self, timeout: float) -> str:
        """Return the next piece of text; `TimeoutError`, or `ConnectionLost` once the line is closed."""
        if timeout <= 0:
            raise TimeoutError
        try:
            data = self._shell.receive(timeout)
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        return self._decoder.decode(data)

    def _lost(self) -> ConnectionLost:
        if time.monotonic() >= self._deadline:
            return ConnectionLost(
                _("The session with {host} was ended after {seconds:g} s, its limit in all.").format(
                    host=self._host, seconds=self._options.total_timeout
                ),
                advice=_("Raise --timeout if the router is slow."),
            )
        return ConnectionLost(
            _("{host} closed the connection in the middle of the session.").format(host=self._host),
            advice=_("Try again; some routers end sessions when their log-in limit is reached."),
        )

    def _closed(self, raw: str, command: str) -> bool:
        """Tell whether the prompt stands behind the output; the prompt before the echo does not count."""
        if self.prompt not in raw[-_TAIL:]:
            return False
        if _last_line(raw).strip() != self.prompt:
            return False
        return bool(without_echo(shown(raw), command) != shown(raw)) or raw.count("\n") > 1

    def _answer(self, raw: str, known: tuple[Answered, ...]) -> bool:
        tail = shown(raw[-_TAIL:])
        for question in known:
            if re.search(f"(?:{question.pattern})\\s*$", tail):
                self._shell.send(question.answer)
                return True
        return False

    def _without_pager(self, raw: str) -> str:
        text = shown(raw)
        for pager in self._profile.pagers:
            text = re.sub(f"(?:{pager.pattern})\\s*$", "", text)
        return text

    def _body(self, raw: str, command: str, *, closed: bool) -> str:
        text = without_echo(shown(raw), command)
        if closed:
            head, _newline, _prompt = text.rpartition("\n")
            text = head
        return text.strip("\n")


def _last_line(text: str) -> str:
    return shown(text[-_TAIL:]).rpartition("\n")[2]


def _quoted(text: str) -> str:
    from auditor.collect.redact import redact

    return redact(" ".join(shown(text).split())[-200:])


@contextmanager
def open_session(
    host: str, *, credentials: Credentials, options: SessionOptions, profile: Session | None
) -> Iterator[DeviceSession]:
    """Connect, check the host key, log in once and learn the prompt; the session ends with the block or its deadline."""
    from auditor.collect.connection import Shell

    deadline = time.monotonic() + options.total_timeout
    spec = profile or _UNKNOWN_VENDOR
    login = credentials.user + spec.login.suffix
    with _connected(host, options) as sock:
        shell = Shell(
            host=host,
            credentials=replace(credentials, user=login),
            options=options,
            sock=sock,
            size=(spec.width, spec.height),
        )
        watchdog = threading.Timer(options.total_timeout, sock.close)
        watchdog.daemon = True
        watchdog.start()
        try:
            try:
                shell.open_shell()
            except AuditorError:
                raise
            except Exception as error:
                raise of_login(error, host, options.port, login) from error
            session = DeviceSession(shell, host, options, deadline, spec)
            session.learn_prompt()
            yield session
            session.leave()
        finally:
            watchdog.cancel()
            shell.disconnect()
