"""Talking with one device: the prompt is learnt once, every command is sent once, reading waits instead of polling."""

from __future__ import annotations

import codecs
import enum
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.collect.failures import line_dropped, not_offered, time_is_up
from auditor.collect.redact import redact
from auditor.collect.terminal import behind_echo, printable, shown
from auditor.model.capture import Outcome
from auditor.model.errors import ConnectionLost, LoginRefused, PromptNotFound
from auditor.model.text import _
from auditor.profiles.schema import Answered, Enable, Session

if TYPE_CHECKING:
    from auditor.collect.connection import Shell
    from auditor.collect.sessions import Line

_SETTLE = 0.15  # seconds of silence after which a prompt is taken for the prompt
_LARGEST = 20_000_000  # characters of one command's output
_TAIL = 4000  # characters in which prompts, pagers and questions are looked for
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command gave: its text without echo and prompt, and whether the prompt closed it."""

    text: str
    outcome: Outcome
    detail: str = ""


class _End(enum.Enum):
    """Whether what was received is the whole answer."""

    NOT_YET = enum.auto()
    IF_SILENT = enum.auto()  # a prompt that something else may still follow
    CERTAIN = enum.auto()


class _Silent(Exception):
    """No prompt came in time. `text` is what came instead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Closed(_Silent):
    """The device hung up before its prompt."""


class DeviceSession:
    """An open session. Everything that is sent comes from the profile."""

    def __init__(self, shell: Shell, line: Line, profile: Session) -> None:
        self._shell = shell
        self._line = line
        self._options = line.options
        self._profile = profile
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_prompt = False
        self.prompt = ""
        self.screen = ""  # with what stood above the prompt

    def use(self, profile: Session) -> None:
        """Go on with this vendor's ways, once its prompt is known."""
        self._profile = profile

    def learn_prompt(self) -> None:
        """Wait for the first prompt and remember it; `PromptNotFound` if it does not come."""
        try:
            self._wait_for(self._profile.prompt)
        except _Closed as error:
            if time.monotonic() >= self._line.deadline:
                raise self._lost() from None
            raise LoginRefused(
                _("{host} took the log-in and closed the session at once.").format(host=self._line.host),
                advice=_("The user may have no right to a shell. The device said: {text}").format(
                    text=_quoted(error.text) or _("nothing")
                ),
            ) from None
        except _Silent as error:
            raise self._no_prompt(error.text) from None

    def navigate(self, secret: str | None) -> None:
        """Take the profile's way from the first prompt to the one at which its commands are understood."""
        try:
            for step in self._profile.enter:
                if re.search(step.when_prompt, self.prompt):
                    if not re.search(step.only_if_shown, self.screen, re.MULTILINE):
                        raise not_offered(self._line.host, _quoted(self.screen))
                    self._type(step.send)
                    self._wait_for(self._profile.prompt)
            if self._profile.enable is not None and secret is not None:
                self._enable(self._profile.enable, secret)
        except _Closed:
            raise self._lost() from None
        except _Silent as error:
            raise self._no_prompt(error.text) from None

    def _enable(self, how: Enable, secret: str) -> None:
        """Enter the privileged mode; the secret is given once."""
        if not re.search(how.when_prompt, self.prompt):
            return
        either = f"(?:{self._profile.prompt})|(?:{how.asks})"
        self._type(how.command)
        self._wait_for(either)
        if re.search(how.asks, self.prompt):
            self._type(secret)
            self._wait_for(either)
        if re.search(how.asks, self.prompt) or re.search(how.when_prompt, self.prompt):
            raise LoginRefused(
                _("{host} refused the enable secret.").format(host=self._line.host),
                advice=_("It is not tried again, so that nothing is locked."),
            )

    def go(self, line: str) -> str:
        """Send one line of navigation, learn the prompt behind it, and return what the device said to it."""
        try:
            self._discard()
            self._type(line)
            text = self._wait_for(self._profile.prompt)
        except _Closed:
            raise self._lost() from None
        except _Silent as error:
            raise self._no_prompt(error.text) from None
        return behind_echo(shown(text), line) or ""

    def run(self, command: str, timeout: float | None = None) -> Answer:
        """Send one command and return what it gave."""
        limit = timeout or self._options.command_timeout
        end = time.monotonic() + limit
        raw, size, outcome, detail = "", 0, Outcome.OK, ""
        try:
            self._discard()
            self._type(command)
            while (state := self._state(raw, command)) is not _End.CERTAIN:
                data = self._more(state, end)
                if data is None:
                    break
                size += len(data)
                raw = self._answered(raw + data)
                if size > _LARGEST:
                    outcome, detail = Outcome.CUT_OFF, _("more than 20 MB of output")
                    break
        except TimeoutError:
            outcome, detail = Outcome.TIMED_OUT, _("no prompt within {seconds:g} s").format(seconds=limit)
        except ConnectionLost as error:
            outcome, detail = Outcome.CUT_OFF, error.message
        self._at_prompt = outcome is Outcome.OK
        return Answer(text=self._body(raw, command), outcome=outcome, detail=detail)

    def leave(self) -> None:
        """Say good-bye as the profile does; a device that is gone already, or busy, is left without a word."""
        with suppress(ConnectionLost):
            for word in self._profile.leave if self._at_prompt else ():
                self._type(word)

    def _type(self, line: str) -> None:
        self._at_prompt = False
        self._send(line + self._profile.line_end)

    def _send(self, text: str) -> None:
        try:
            self._shell.send(text)
        except (OSError, EOFError) as error:
            raise self._lost() from error

    def _receive(self, timeout: float) -> str:
        """Return the next piece of text; `TimeoutError`, or `ConnectionLost` once the line is closed."""
        left = self._line.deadline - time.monotonic()
        if left <= 0:
            raise self._lost()
        if timeout <= 0:
            raise TimeoutError
        try:
            data = self._shell.receive(min(timeout, left))
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        return self._decoder.decode(data)

    def _wait_for(self, pattern: str) -> str:
        """Remember as the prompt the line that matches and behind which the device stays silent; return all that came."""
        wanted = re.compile(pattern)
        end = time.monotonic() + self._options.login_timeout
        text = ""
        while True:
            found = wanted.search(_last_line(text))
            try:
                text += self._receive(_SETTLE if found else end - time.monotonic())
            except TimeoutError:
                if not found:
                    raise _Silent(text) from None
                break
            except ConnectionLost:
                raise _Closed(text) from None
            if self._answer(text, self._profile.questions):
                text = ""
        self.prompt = _last_line(text).strip()
        self.screen = shown(text)
        self._at_prompt = True
        return text

    def _discard(self) -> None:
        """Drop what came unasked behind the prompt: it answers nothing."""
        while self._shell.waiting():
            self._receive(_SETTLE)

    def _state(self, raw: str, command: str) -> _End:
        """Tell whether the prompt stands behind the output; the prompt before the echo does not count."""
        if not self._is_prompt(_last_line(raw)):
            return _End.NOT_YET
        text = shown(raw)
        behind = behind_echo(text, command)
        if behind is None:
            return _End.IF_SILENT if text.count("\n") > 1 else _End.NOT_YET
        if self._is_prompt(behind) or self._shell.waiting():
            return _End.IF_SILENT
        return _End.CERTAIN

    def _is_prompt(self, line: str) -> bool:
        """Tell whether a line is the prompt; clocks and counters in it may have moved on."""
        return _without_numbers(line.strip()) == _without_numbers(self.prompt)

    def _more(self, state: _End, end: float) -> str | None:
        """Return the next piece of an answer, None if the silence proves that there is none."""
        if state is _End.NOT_YET:
            return self._receive(end - time.monotonic())
        try:
            return self._receive(_SETTLE)
        except TimeoutError:
            return None

    def _answered(self, raw: str) -> str:
        """Answer a pager or a question at the end of the text; return the text without it."""
        if self._answer(raw, self._profile.pagers):
            text = shown(raw)
            for pager in self._profile.pagers:
                text = re.sub(f"(?:{pager.pattern})\\s*$", "", text)
            return text
        return raw + "\n" if self._answer(raw, self._profile.questions) else raw

    def _answer(self, raw: str, known: tuple[Answered, ...]) -> bool:
        tail = shown(raw[-_TAIL:])
        for question in known:
            if re.search(f"(?:{question.pattern})\\s*$", tail):
                self._send(question.answer)
                return True
        return False

    def _body(self, raw: str, command: str) -> str:
        """Return the output alone: no echo, and no prompt that closed it."""
        text = shown(raw)
        behind = behind_echo(text, command)
        lines = (text if behind is None else behind).split("\n")
        while lines and (not lines[-1].strip() or self._is_prompt(lines[-1]) or self._is_noise(lines[-1])):
            lines.pop()
        return "\n".join(lines).strip("\n")

    def _is_noise(self, line: str) -> bool:
        return any(re.search(pattern, line) for pattern in self._profile.noise)

    def _lost(self) -> ConnectionLost:
        if time.monotonic() >= self._line.deadline:
            return time_is_up(self._line.host, self._options.total_timeout)
        return line_dropped(self._line.host)

    def _no_prompt(self, text: str) -> PromptNotFound:
        return PromptNotFound(
            _("{host} took the log-in, but no prompt came within {seconds:g} s.").format(
                host=self._line.host, seconds=self._options.login_timeout
            ),
            advice=_("The last that it showed: {text}").format(text=_quoted(text))
            if text.strip()
            else _("It showed nothing. Another --vendor, or a longer --login-timeout may help."),
        )


def _last_line(text: str) -> str:
    return shown(text[-_TAIL:]).rpartition("\n")[2]


def _without_numbers(line: str) -> str:
    return _NUMBER.sub("0", line)


def _quoted(text: str) -> str:
    return redact(printable(text))
