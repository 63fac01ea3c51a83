r"""A small shell as routers have it: files, kernel keys, UCI and a few commands, each with its own words of refusal.

A line is one command, `>> FILE` behind it, or two joined by `&&`. Everything else is not found.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from auditor.profiles.schema import Strict, Texts
from auditor.simulator.console import Reply
from auditor.simulator.uci_store import SectionData, UciRefused, UciStore

_APPEND = re.compile(r"(?P<command>.+?)\s*(?P<mark>>>?)\s*(?P<path>/\S+)")
_DELETES = re.compile(r"/\^(?P<line>.*)\$/d")
_HIGHEST = 2**31 - 1


class Answer(Strict):
    """What a command shows: `text`, or `otherwise` while the running `option` is none of `values`."""

    text: str
    option: str = ""
    values: Texts = ()
    otherwise: str = ""


class ShellData(Strict):
    """A shell as data: fixed answers by command, kernel keys, files by path, the package with its sections."""

    prompt: str
    shell: str
    answers: Mapping[str, Answer]
    keys: Mapping[str, str]
    files: Mapping[str, str] = MappingProxyType({})
    package: str
    reload: str
    sections: tuple[SectionData, ...]


class ShellDevice:
    """The state of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = ShellData.model_validate(data)
        self.keys = dict(self.data.keys)
        self.files = dict(self.data.files)
        self.store = UciStore(self.data.package, self.data.sections)
        self.lock = threading.Lock()

    def open(self, *, user: str, may_write: bool, width: int) -> ShellConsole:
        """Start a session."""
        del user, width
        return ShellConsole(self, may_write=may_write)


class _Failed(Exception):
    """A command failed, with these words."""


class ShellConsole:
    """One session."""

    def __init__(self, device: ShellDevice, *, may_write: bool) -> None:
        self._device = device
        self._may_write = may_write
        self._commands: dict[str, Callable[[Sequence[str]], str]] = {
            "sysctl": self._sysctl, "uci": self._uci, "cat": self._cat, "grep": self._grep, "sed": self._sed,
            "cp": self._cp, "printf": self._printf, "command": self._command, device.data.reload: self._init,
        }  # fmt: skip

    @property
    def prompt(self) -> str:
        """Return the prompt."""
        return self._device.data.prompt

    def run(self, line: str) -> Reply:
        """Run a line, its second command only where the first one succeeds."""
        if line.strip() == "exit":
            return Reply(leaves=True)
        text = ""
        with self._device.lock:
            for part in line.split("&&"):
                try:
                    text += self._one(part.strip())
                except (_Failed, UciRefused) as failure:
                    return Reply(text=text + (f"{failure}\n" if str(failure) else ""))
        return Reply(text=text)

    def _one(self, line: str) -> str:
        answer = self._device.data.answers.get(line)
        if answer is not None:
            holds = not answer.option or self._device.store.runs(answer.option) in answer.values
            return answer.text if holds else answer.otherwise
        try:
            appended = _APPEND.fullmatch(line)
            words = shlex.split(appended["command"] if appended else line, comments=True)
        except ValueError as error:
            raise _Failed(f"{self._device.data.shell}: syntax error: unterminated quoted string") from error
        if not words:
            return ""
        command = self._commands.get(words[0])
        if command is None:
            raise _Failed(f"{self._device.data.shell}: {words[0]}: not found")
        text = command(words[1:])
        return self._written(text, appended) if appended else text

    def _permitted(self, path: str) -> None:
        if not self._may_write:
            raise _Failed(f"{self._device.data.shell}: can't create {path}: Permission denied")

    def _written(self, text: str, place: re.Match[str]) -> str:
        if place["path"] != "/dev/null":
            self._permitted(place["path"])
            before = self._device.files.get(place["path"], "") if place["mark"] == ">>" else ""
            self._device.files[place["path"]] = before + text
        return ""

    def _sysctl(self, words: Sequence[str]) -> str:
        if words[:1] == ["-w"]:
            return "".join(self._set_key(word) for word in words[1:])
        shown = ""
        for word in words:
            value = self._device.keys.get(word)
            unknown = f"sysctl: error: '{word}' is an unknown key"
            shown += f"{word} = {value}\n" if value is not None else f"{unknown}\n"
        return shown

    def _set_key(self, assignment: str) -> str:
        key, mark, value = assignment.partition("=")
        if key not in self._device.keys or not mark:
            raise _Failed(f"sysctl: error: '{key}' is an unknown key")
        self._permitted(f"/proc/sys/{key.replace('.', '/')}")
        if not value.isascii() or not value.isdigit() or int(value) > _HIGHEST:
            raise _Failed(f"sysctl: error setting key '{key}': Invalid argument")
        self._device.keys[key] = str(int(value))
        return f"{key} = {value}\n"

    def _uci(self, words: Sequence[str]) -> str:
        store, verb, rest = self._device.store, words[0] if words else "", list(words[1:])
        if len(rest) != (2 if verb == "add" else 1):
            raise UciRefused("uci: Invalid argument")
        if verb == "show":
            return store.show(rest[0])
        if verb == "get":
            return store.get(rest[0])
        self._permitted(f"/tmp/.uci/{store.package}")  # noqa: S108 - where the tool keeps what is entered
        if verb == "set":
            store.set(rest[0])
        elif verb == "delete":
            store.delete(rest[0])
        elif verb in {"add", "commit", "revert"} and rest[0] != store.package:
            raise UciRefused("uci: Entry not found")
        elif verb == "add":
            return store.add(rest[1])
        elif verb == "commit":
            store.commit()
        elif verb == "revert":
            store.revert()
        else:
            raise UciRefused("uci: Invalid argument")
        return ""

    def _init(self, words: Sequence[str]) -> str:
        if list(words) != ["reload"]:
            raise _Failed(f"Syntax: {self._device.data.reload} [command]")
        self._device.store.reload()
        return ""

    def _cat(self, words: Sequence[str]) -> str:
        shown = ""
        for path in words:
            text = self._device.files.get(path)
            shown += text if text is not None else f"cat: can't open '{path}': No such file or directory\n"
        return shown

    def _grep(self, words: Sequence[str]) -> str:
        words = [word for word in words if word != "-s"]
        if not words:
            raise _Failed("BusyBox: Usage: grep PATTERN FILE...")
        wanted = [_path_pattern(word) for word in words[1:]]
        lines = [
            f"{path}:{line}\n" if len(wanted) > 1 else f"{line}\n"
            for shape in wanted
            for path, text in sorted(self._device.files.items())
            if re.fullmatch(shape, path)
            for line in text.splitlines()
            if re.search(words[0], line)
        ]
        return "".join(lines)

    def _sed(self, words: Sequence[str]) -> str:
        shape = _DELETES.fullmatch(words[1]) if len(words) == 3 and words[0] == "-i" else None  # noqa: PLR2004
        if shape is None or words[2] not in self._device.files:
            raise _Failed(f"sed: {words[-1] if words else ''}: No such file or directory")
        self._permitted(words[2])
        lines = self._device.files[words[2]].splitlines(keepends=True)
        kept = [line for line in lines if not re.fullmatch(shape["line"], line.rstrip("\n"))]
        self._device.files[words[2]] = "".join(kept)
        return ""

    def _cp(self, words: Sequence[str]) -> str:
        own = f"/etc/config/{self._device.data.package}"
        if len(words) != 2 or own not in words:  # noqa: PLR2004 - from, to
            raise _Failed(f"cp: can't stat '{words[0] if words else ''}': No such file or directory")
        self._permitted(words[1])
        if words[0] == own:
            self._device.store.save(words[1])
        else:
            self._device.store.restore(words[0])
        return ""

    def _printf(self, words: Sequence[str]) -> str:
        form = words[0].replace("\\n", "\n") if words else ""
        return form.replace("%s", words[1]) if len(words) == 2 else form  # noqa: PLR2004 - form and text

    def _command(self, words: Sequence[str]) -> str:
        known = list(words[:1]) == ["-v"] and len(words) == 2 and words[1] in self._commands  # noqa: PLR2004
        if not known:
            raise _Failed("")
        return f"{words[1]}\n"


def _path_pattern(path: str) -> str:
    return re.escape(path).replace(r"\*", "[^/]*")
