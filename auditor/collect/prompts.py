"""When an answer is whole: what the prompt looks like, and how long silence has to last before it proves the end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.collect.terminal import TAIL, behind_echo, last_lines, shown
from auditor.profiles.schema import Session

SETTLE = 0.15  # seconds of silence after which a prompt is taken for the prompt
CERTAIN = 0.0
_EMPTY = 1.0  # where nothing but the prompt came: a prompt that is shown twice looks the same
_NO_ECHO = 5.0  # where the command never came back: the prompt may be the one before it
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt that was learnt, and the lines that the device throws in at any time."""

    text: str
    noise: tuple[str, ...]

    @property
    def height(self) -> int:
        """Number of its lines."""
        return self.text.count("\n") + 1

    def stands_in(self, text: str) -> bool:
        """Tell whether a text is the prompt; clocks and counters in it may have moved on."""
        return _without_numbers(text.strip()) == _without_numbers(self.text)

    def silence_behind(self, raw: str, command: str) -> float | None:
        """Return after how many seconds of silence the answer is whole; None while it cannot be."""
        closed = self.stands_in(last_lines(raw, self.height))
        if not closed and not self._stands_before_noise(raw):
            return None
        behind = behind_echo(shown(raw), command)
        if behind is None:
            return _NO_ECHO if self._trimmed(shown(raw)) else None
        if not self._trimmed(behind):
            return _EMPTY
        # A bare `#` may also be the start of a line of the output.
        return CERTAIN if closed and len(re.findall(r"\w", self.text)) > 1 else SETTLE

    def body(self, raw: str, command: str) -> str:
        """Return the output alone: no echo, and no prompt that closed it."""
        text = shown(raw)
        behind = behind_echo(text, command)
        return "\n".join(self._trimmed(text if behind is None else behind)).strip("\n")

    def _trimmed(self, text: str) -> list[str]:
        """Return the lines without what stands at their end and is no output."""
        lines = text.split("\n")
        while lines:
            if self.stands_in("\n".join(lines[-self.height :])):
                del lines[-self.height :]
            elif not self._is_output(lines[-1]):
                lines.pop()
            else:
                break
        return lines

    def _is_output(self, line: str) -> bool:
        return bool(line.strip()) and not (self._is_noise(line) or self._is_noise(self._behind_prompt(line)))

    def _stands_before_noise(self, raw: str) -> bool:
        """Tell whether the last that came, but for lines thrown in behind it, is the prompt."""
        if not self.noise:
            return False
        for line in reversed(shown(raw[-TAIL:]).split("\n")):
            if self.stands_in(line) or self._is_noise(self._behind_prompt(line)):
                return True
            if line.strip() and not self._is_noise(line):
                return False
        return False

    def _behind_prompt(self, line: str) -> str:
        return line.strip().removeprefix(self.text).lstrip() if line.strip().startswith(self.text) else ""

    def _is_noise(self, line: str) -> bool:
        return any(re.search(pattern, line) for pattern in self.noise)


def prompt_in(text: str, pattern: str, session: Session) -> str:
    """Return the prompt that stands at the end; lines thrown in behind it do not count. Empty if there is none."""
    tail = last_lines(text, session.prompt_lines)
    if match := re.search(pattern, tail):
        return tail[tail.rfind("\n", 0, match.start()) + 1 :].strip()
    start = re.compile(pattern.removesuffix("$"))
    for line in reversed(shown(text[-TAIL:]).split("\n")):
        found = start.match(line)
        if found and any(re.search(mark, line[found.end() :].lstrip()) for mark in session.noise):
            return found[0].strip()
        if line.strip() and not any(re.search(mark, line) for mark in session.noise):
            return ""
    return ""


def _without_numbers(line: str) -> str:
    return _NUMBER.sub("0", line)
