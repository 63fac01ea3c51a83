"""One shell on a simulated device, from the first question to the good-bye."""

from __future__ import annotations

import itertools
import re

from auditor.simulator.console import Console, Reply
from auditor.simulator.device_file import DeviceFile, Question
from auditor.simulator.faults import Faults
from auditor.simulator.terminal import LineClosed, Terminal


class ShellSession:
    """Plays the console's replies on a terminal, with the faults that were asked for."""

    def __init__(
        self,
        terminal: Terminal,
        console: Console,
        *,
        file: DeviceFile,
        faults: Faults,
        delay: float,
        received: list[str],
    ) -> None:
        self._terminal = terminal
        self._console = console
        self._file = file
        self._faults = faults
        self._delay = delay + faults.delay_per_reply
        self._received = received
        self._commands = 0
        self._secret = False

    def serve(self, questions: tuple[Question, ...] = ()) -> None:
        """Ask, greet, and answer lines until the session ends."""
        try:
            self._greet(questions)
            leaves = False
            while not leaves:
                leaves = self._turn()
        except LineClosed:
            return

    def _greet(self, questions: tuple[Question, ...]) -> None:
        for question in questions:
            self._terminal.write(question.ask)
            key = self._terminal.read_key()
            self._received.append(key.strip())
            self._terminal.write(f"{key.strip()}\n{question.shows.get(key.lower(), '')}")
        self._terminal.write(self._file.greeting)
        if self._faults.hang_at == "prompt":
            self._terminal.hang()

    def _turn(self) -> bool:
        prompt = "" if self._faults.never_prompt else self._console.prompt
        line = self._terminal.read_line(prompt, echo=not self._secret)
        if self._secret:
            self._secret = False
        else:
            self._received.append(line)
        if line.strip():
            self._commands += 1
            self._spoil()
        reply = self._reply_to(line)
        self._secret = reply.asks_secret
        self._show(reply, line)
        return reply.leaves

    def _spoil(self) -> None:
        """Play the faults that replace a reply."""
        if self._faults.hang_at == f"command {self._commands}":
            self._terminal.hang()
        if self._delay:
            self._terminal.pause(self._delay)
        if self._faults.flood:
            for number in itertools.count(1):
                self._terminal.write(f"{number}\n")

    def _reply_to(self, line: str) -> Reply:
        for pattern, text in self._faults.refuse_commands:
            if re.search(pattern, line):
                return Reply(text=f"{text}\n")
        return self._console.run(line)

    def _show(self, reply: Reply, line: str) -> None:
        text = self._with_log_line(reply.text) if line.strip() else reply.text
        if self._faults.drop_in_command == self._commands and line.strip():
            self._terminal.write(text[: len(text) // 2])
            self._terminal.cut()
        if self._terminal.screen.paints:
            text = (
                re.sub(r"(?m)^([^\n]*)$", "\x1b[m\\1\x1b[K", text.removesuffix("\n")) + "\n" if text else ""
            )
        pager = self._file.pager
        if pager and (reply.pages or self._faults.page_anyway):
            self._terminal.page(
                text,
                foot=pager.text,
                dump=pager.dump,
                leave=pager.leave,
                answered=self._received,
                rows=pager.rows,
            )
        else:
            self._terminal.write(text)

    def _with_log_line(self, text: str) -> str:
        if not self._faults.inject_log_line:
            return text
        lines = text.splitlines(keepends=True)
        lines.insert(len(lines) // 2, f"{self._faults.inject_log_line}\n")
        return "".join(lines)
