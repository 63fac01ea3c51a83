"""Talking with one device: the prompt is learnt once, every command is sent once, reading waits instead of polling."""

from __future__ import annotations

import codecs
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.collect.failures import line_dropped, not_offered, time_is_up
from auditor.collect.prompts import CERTAIN, SETTLE, Prompt, prompt_in
from auditor.collect.redact import redact
from auditor.collect.terminal import TAIL, behind_echo, printable, shown
from auditor.model.capture import Outcome
from auditor.model.errors import CommandTimedOut, ConnectionLost, LoginRefused, PromptNotFound
from auditor.model.text import _
from auditor.profiles.marks import stands
from auditor.profiles.schema import Answered, Enable, Session

if TYPE_CHECKING:
    from auditor.collect.connection import Shell
    from auditor.collect.line import Line
    from auditor.collect.old_shell import OldShell

_LARGEST = 20_000_000  # characters of one command's output
_LONGEST_SETTLE = 2.0  # seconds, however slowly the line drips


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command gave: its text without echo and prompt, and whether the prompt closed it."""

    text: str
    outcome: Outcome
    detail: str = ""


class _Silent(Exception):
    """No prompt came in time. `text` is what came instead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Closed(_Silent):
    """The device hung up before its prompt."""


class DeviceSession:
    """An open session. Everything that is sent comes from the profile."""

    def __init__(
        self, shell: Shell | OldShell, line: Line, profile: Session, secrets: tuple[str, ...] = ()
    ) -> None:
        self._shell = shell
        self._line = line
        self._options = line.options
        self._profile = profile
        self._secrets = secrets
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_prompt = False
        self._settle = SETTLE
        self._answering = False  # whether a part of a line came since the last one was typed
        self.prompt = ""
        self.screen = ""  # with what stood above the prompt

    def use(self, profile: Session) -> None:
        """Go on with this vendor's ways, once its prompt is known."""
        self._profile = profile

    def learn_prompt(self) -> None:
        """Wait for the first prompt and remember it; `PromptNotFound` if it does not come."""
        try:
            self._wait_for(self._profile.prompt, self._line.login_by)
        except _Closed as error:
            if time.monotonic() >= self._line.deadline:
                raise self._lost() from None
            raise LoginRefused(
                _("{host} took the log-in and closed the session at once.").format(host=self._line.host),
                advice=_("The user may have no right to a shell. The device said: {text}").format(
                    text=self._quoted(error.text) or _("nothing")
                ),
            ) from None
        except _Silent as error:
            raise self._no_prompt(error.text) from None

    def navigate(self, secret: str | None) -> None:
        """Take the profile's way from the first prompt to the one at which its commands are understood."""
        try:
            for step in self._profile.enter:
                if re.search(step.when_prompt, self.prompt):
                    if not stands(step.only_if_shown, self.screen):
                        raise not_offered(self._line.host, self._quoted(self.screen))
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
        limit = self._options.command_timeout
        end = time.monotonic() + limit
        try:
            self._discard(end)
            self._type(line)
            text = self._wait_for(self._profile.prompt, end, echo=line)
        except _Closed:
            raise self._lost() from None
        except _Silent as error:
            raise CommandTimedOut(self._no_end(limit, behind_echo(shown(error.text), line) or "")) from None
        return behind_echo(shown(text), line) or ""

    def run(self, command: str, timeout: float | None = None) -> Answer:
        """Send one command and return what it gave."""
        limit = timeout or self._options.command_timeout
        end = time.monotonic() + limit
        prompt = Prompt(self.prompt, self._profile.noise)
        raw, size, outcome, detail = "", 0, Outcome.OK, ""
        try:
            self._discard(end)
            self._type(command)
            while True:
                data = self._more(prompt.silence_behind(raw, command), end)
                if data is None:
                    break
                size += len(data)
                raw = self._answered(raw + data)
                if size > _LARGEST:
                    outcome, detail = Outcome.CUT_OFF, _("more than 20 MB of output")
                    break
        except TimeoutError:
            outcome, detail = Outcome.TIMED_OUT, self._no_end(limit, prompt.body(raw, command))
        except ConnectionLost as error:
            outcome, detail = Outcome.CUT_OFF, error.message
        self._at_prompt = outcome is Outcome.OK
        return Answer(text=prompt.body(raw, command), outcome=outcome, detail=detail)

    def _no_end(self, seconds: float, text: str) -> str:
        """Say that no prompt came, and what stands where it should: it may be a question."""
        last = self._quoted(text.rpartition("\n")[2])
        if not last:
            return _("no prompt within {seconds:g} s").format(seconds=seconds)
        return _('no prompt within {seconds:g} s; the last line is "{text}"').format(
            seconds=seconds, text=last
        )

    def leave(self) -> None:
        """Say good-bye as the profile does; a device that is gone already, or busy, is left without a word."""
        with suppress(ConnectionLost):
            for word in self._profile.leave if self._at_prompt else ():
                self._type(word)

    def _type(self, line: str) -> None:
        self._at_prompt = self._answering = False
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
        start = time.monotonic()
        try:
            data = self._shell.receive(min(timeout, left))
        except TimeoutError:
            if timeout >= left:
                raise self._lost() from None
            raise
        except (OSError, EOFError) as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        if self._answering:  # a line that drips must be silent for longer than its pauses
            pause = 2 * (time.monotonic() - start)
            self._settle = min(max(self._settle, pause), _LONGEST_SETTLE)
        self._answering = not data.endswith(
            (b"\r", b"\n")
        )  # behind a whole line, such as the echo, it thinks
        return self._decoder.decode(data)

    def _wait_for(self, pattern: str, end: float | None = None, echo: str = "") -> str:
        """Remember as the prompt the line that matches, behind its echo or with silence behind it; return all."""
        end = end or time.monotonic() + self._options.login_timeout
        text = ""
        while True:
            found = prompt_in(text, pattern, self._profile)
            try:
                certain = found and echo and behind_echo(shown(text), echo) is not None
                silence = 0 if certain and not self._shell.waiting() else self._settle
                text += self._receive(silence if found else end - time.monotonic())
            except TimeoutError:
                if not found:
                    raise _Silent(text) from None
                break
            except ConnectionLost:
                raise _Closed(text) from None
            if self._answer(text, self._profile.questions):
                text = ""
        self.prompt = found
        self.screen = shown(text)
        self._at_prompt = True
        return text

    def _discard(self, end: float) -> None:
        """Drop what came unasked behind the prompt: it answers nothing."""
        while self._shell.waiting():
            self._receive(end - time.monotonic())

    def _more(self, silence: float | None, end: float) -> str | None:
        """Return the next piece of an answer, None if so much silence proves that there is none."""
        left = end - time.monotonic()
        if silence is None:
            return self._receive(left)
        if silence == CERTAIN and not self._shell.waiting():
            return None
        silence = max(silence, self._settle)
        try:
            return self._receive(min(silence, left))
        except TimeoutError:
            if silence > left:
                raise
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
        tail = shown(raw[-TAIL:])
        for question in known:
            if re.search(f"(?:{question.pattern})\\s*$", tail):
                self._send(question.answer)
                return True
        return False

    def _lost(self) -> ConnectionLost:
        if time.monotonic() >= self._line.deadline:
            return time_is_up(self._line.host, self._options.total_timeout)
        return line_dropped(self._line.host)

    def _no_prompt(self, text: str) -> PromptNotFound:
        return PromptNotFound(
            _("{host} took the log-in, but no prompt came within {seconds:g} s.").format(
                host=self._line.host, seconds=self._options.login_timeout
            ),
            advice=_(
                'The last that it showed: "{text}". Another --vendor, or a longer --login-timeout may help.'
            ).format(text=self._quoted(text))
            if text.strip()
            else _("It showed nothing. Another --vendor, or a longer --login-timeout may help."),
        )

    def _quoted(self, text: str) -> str:
        return printable(redact(shown(text[-TAIL:]), self._secrets))
