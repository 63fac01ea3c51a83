"""A shell with a configuration mode: `configure`, `set`, `delete`, `commit`, `save`, `exit`.

What is set is a candidate until `commit`; what is committed runs, and is gone with a restart unless it is saved.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable, Sequence
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.config_nodes import Config, ConfigRefused, Node
from auditor.simulator.console import Reply

_FILTER = re.compile(r"\s\|\s(?:match|grep)\s+(?P<quote>[\"']?)(?P<pattern>.*?)(?P=quote)$")
_NO_MORE = re.compile(r"\s\|\s*no-more$")
_VALUE = re.compile(r"<([^<>|]+)\|([^<>|]*)>")


class Shown(Strict):
    """A command of the shell and what it shows; `<path|otherwise>` in the text is the value that runs there.

    `when` and `unless` are paths: the text is shown only where such a statement runs, or none does.
    """

    command: str
    text: str
    when: str = ""
    unless: str = ""
    pages: bool = False


class ConfigConsoleData(Strict):
    """A console as data: its prompts (fields user and name), nodes by path, and first statements, as `set` takes them.

    `quotes`: values are printed between quotation marks. `texts` are refusals, with the field word: command, path, value,
    nothing (to delete), pending, rights; and what commit and save say.
    """

    name: str
    prompt: str
    configuring: str
    quotes: bool
    nodes: dict[str, Node]
    config: tuple[str, ...]
    shows: tuple[Shown, ...]
    texts: dict[str, str]


class ConfigDevice:
    """The state of one device: what runs, and what was saved."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = ConfigConsoleData.model_validate(data)
        nodes = {tuple(path.split()): node for path, node in self.data.nodes.items()}
        self.running = Config(nodes, quotes=self.data.quotes, values={})
        for line in self.data.config:
            self.running.set(shlex.split(line))
        self.saved = self.running.copy()
        self.lock = threading.Lock()

    def open(self, *, user: str, may_write: bool, width: int) -> ConfigConsole:
        """Start a session in the shell."""
        del width
        return ConfigConsole(self, user=user, may_write=may_write)


class ConfigConsole:
    """One session, with its candidate while it configures."""

    def __init__(self, device: ConfigDevice, *, user: str, may_write: bool) -> None:
        self._device = device
        self._user = user
        self._may_write = may_write
        self._candidate: Config | None = None
        self._commands: dict[str, Callable[[Config, Sequence[str]], str]] = {
            "set": self._set, "delete": self._delete, "commit": self._commit, "save": self._save,
            "compare": self._compare,
        }  # fmt: skip

    @property
    def prompt(self) -> str:
        """Return the prompt of the mode."""
        data = self._device.data
        text = data.prompt if self._candidate is None else data.configuring
        return text.format(user=self._user, name=data.name)

    def run(self, line: str) -> Reply:
        """Do what the line says, in the mode that holds."""
        with self._device.lock:
            try:
                words = shlex.split(line)
                if not words:
                    return Reply()
                if words[0] == "exit":
                    return self._exit(words)
                if self._candidate is None:
                    return self._shell(line, words)
                return Reply(text=self._configure(self._candidate, words))
            except ConfigRefused as refusal:
                return Reply(text=self._text(refusal.kind, refusal.word))
            except ValueError:
                return Reply(text=self._text("command", line))

    def _text(self, kind: str, word: str = "") -> str:
        return self._device.data.texts[kind].format(word=word) + "\n"

    def _exit(self, words: Sequence[str]) -> Reply:
        if self._candidate is None:
            return Reply(leaves=True)
        if self._candidate != self._device.running and words[1:] != ["discard"]:
            return Reply(text=self._text("pending"))
        self._candidate = None
        return Reply(text="exit\n")

    def _shell(self, line: str, words: Sequence[str]) -> Reply:
        if words == ["configure"]:
            if not self._may_write:
                raise ConfigRefused("rights", "configure")
            self._candidate = self._device.running.copy()
            return Reply()
        plain, wanted = _NO_MORE.sub("", line.strip()), _FILTER.search(line.strip())
        if plain.startswith("show configuration commands"):
            text = "".join(f"set {one}\n" for one in self._device.running.lines())
            return Reply(text=_only(text, wanted), pages=plain == line.strip() and not wanted)
        known = [shown for shown in self._device.data.shows if shown.command == plain]
        if not known:
            raise ConfigRefused("command", words[0])
        running = self._device.running
        text = "".join(
            _VALUE.sub(lambda match: running.value(match[1].split()) or match[2], shown.text)
            for shown in known
            if (not shown.when or running.has(shown.when.split()))
            and not (shown.unless and running.has(shown.unless.split()))
        )
        return Reply(text=text, pages=known[0].pages and plain == line.strip())

    def _configure(self, candidate: Config, words: Sequence[str]) -> str:
        command = self._commands.get(words[0])
        if command is None:
            raise ConfigRefused("command", words[0])
        return command(candidate, words[1:])

    def _set(self, candidate: Config, words: Sequence[str]) -> str:
        candidate.set(words)
        return ""

    def _delete(self, candidate: Config, words: Sequence[str]) -> str:
        candidate.delete(words)
        return ""

    def _commit(self, candidate: Config, words: Sequence[str]) -> str:
        if words:
            raise ConfigRefused("value", " ".join(words))
        if candidate == self._device.running:
            return self._text("unchanged")
        self._device.running = candidate.copy()
        return ""

    def _save(self, candidate: Config, words: Sequence[str]) -> str:
        del candidate
        if words:
            raise ConfigRefused("value", " ".join(words))
        self._device.saved = self._device.running.copy()
        return self._text("saved")

    def _compare(self, candidate: Config, words: Sequence[str]) -> str:
        del words
        old, new = self._device.running.lines(), candidate.lines()
        gone = [f"-{line}\n" for line in old if line not in new]
        return "".join([*gone, *(f"+{line}\n" for line in new if line not in old)])


def _only(text: str, wanted: re.Match[str] | None) -> str:
    if wanted is None:
        return text
    return "".join(line for line in text.splitlines(keepends=True) if re.search(wanted["pattern"], line))
