"""A POSIX shell on a small Linux router: quoting, redirection, here-documents, and words of refusal."""

from __future__ import annotations

from typing import Any

from auditor.simulator.console import Reply
from auditor.simulator.posix_commands import Commands
from auditor.simulator.posix_host import PosixHost
from auditor.simulator.posix_words import Command, ShellRefused, commands_of

_CONTINUES = "> "


class PosixDevice:
    """The state of one host."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._host = PosixHost(data)

    def open(self, *, user: str, may_write: bool, width: int) -> PosixShell:
        """Start a session; who may not write is no root. The phones went on in the meantime."""
        del width
        with self._host.lock:
            self._host.phones_call()
        return PosixShell(self._host, user=user, root=may_write)


class PosixShell:
    """One session: who it is, and the here-document that is being typed."""

    def __init__(self, host: PosixHost, *, user: str, root: bool) -> None:
        self._host = host
        self._user = user
        self._root = root
        self._commands = Commands(host, root=root)
        self._open: Command | None = None
        self._lines: list[str] = []

    @property
    def prompt(self) -> str:
        """Return the prompt, or the mark of a here-document."""
        if self._open:
            return _CONTINUES
        data = self._host.data
        return data.prompt.format(user=self._user, name=data.name, mark="#" if self._root else "$")

    def run(self, line: str) -> Reply:
        """Do what the line says."""
        with self._host.lock:
            if self._open:
                return Reply(text=self._document_line(line))
            if "|" in line and line in self._host.data.outputs:
                return Reply(text=self._host.data.outputs[line])
            text = ""
            try:
                for command in commands_of(line):
                    if command.words[:1] in {("exit",), ("logout",)}:
                        return Reply(text=f"{text}logout\n", leaves=True)
                    text += self._started(command)
            except ShellRefused as refusal:
                text += f"{refusal}\n"
        return Reply(text=text)

    def _started(self, command: Command) -> str:
        if command.ends_with:
            self._open, self._lines = command, []
            return ""
        return self._done(command, "")

    def _document_line(self, line: str) -> str:
        """Take a line of a here-document; the last one runs the command."""
        command = self._open
        if command is None or line != command.ends_with:
            self._lines.append(line)
            return ""
        self._open = None
        return self._done(command, "".join(f"{text}\n" for text in self._lines))

    def _done(self, command: Command, given: str) -> str:
        if not command.words:
            return ""
        if command.target and not self._may_write_to(command.target):
            reason = "Permission denied" if not self._root else "No such file or directory"
            return f"-bash: {command.target}: {reason}\n"
        output = self._commands.run(command.words, given)
        if not command.target:
            return output.text + output.error
        self._host.write(command.target, output.text)
        return output.error

    def _may_write_to(self, path: str) -> bool:
        return self._root and self._host.write(path, "")
