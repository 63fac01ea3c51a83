"""A firewall behind a numbered menu: a shell, a config in XML, and a packet filter that takes it over at a reload.

What a script changes stands in the config at once and in the running filter only after a reload. Whoever is not root has
a shell of his own, without the menu, and reads what needs root through `sudo`.
"""

from __future__ import annotations

import copy
import re
import shlex
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply

_PATH = r'\$config((?:\["[a-z_]+"\])+)'
_SET = re.compile(rf'{_PATH}\s*=\s*"([^"$\\]*)"')
_UNSET = re.compile(rf"unset\({_PATH}\)")
_WRITE = re.compile(r'write_config\((?:"[^"$\\]*")?\)')
_LOADS = frozenset({'require_once("config.inc")', "require_once('config.inc')"})
_SUDO = "sudo -n "


class XmlConsoleData(Strict):
    """The device as data.

    `menu` is shown before each choice; `shell` and `leave` are the choices that do something here. `shown` are commands
    with what they print, `rootless` those of them that anybody may run, `denied` what the others say. `timers` has a
    table for each value of the config's `profile` leaf, `otherwise` for any other; `rules` has lines of the generated
    rules likewise. `config` is the tree of the config below `root`: a list repeats its element, null is an empty one.
    """

    name: str
    menu: str
    shell: str
    leave: str
    root: str
    config: dict[str, Any]
    profile: tuple[str, ...]
    timers: dict[str, dict[str, str]]
    rules: dict[str, tuple[str, ...]]
    commands: dict[str, str]
    shown: dict[str, str]
    rootless: tuple[str, ...]
    denied: dict[str, str]


class XmlDevice:
    """The config of one device, and the profile that its filter runs with."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = XmlConsoleData.model_validate(data)
        self.config = copy.deepcopy(self.data.config)
        self.lock = threading.Lock()
        self.running = self.chosen

    @property
    def chosen(self) -> str:
        """Return the profile that the config names."""
        node: Any = self.config
        for name in self.data.profile:
            node = node.get(name) if isinstance(node, dict) else None
        return str(node) if node in self.data.timers else "otherwise"

    def open(self, *, user: str, may_write: bool, width: int) -> XmlConsole:
        """Start a session: root sees the menu first."""
        del width
        return XmlConsole(self, user=user, root=may_write)

    def text(self) -> str:
        """Return the config as the device writes it."""
        lines = _written(self.data.root, self.config, 0)
        return '<?xml version="1.0"?>\n' + "".join(f"{line}\n" for line in lines)

    def reload(self) -> None:
        """Give the config to the filter."""
        self.running = self.chosen

    def timers(self) -> str:
        """Return the table of the running timers."""
        table = {**self.data.timers["otherwise"], **self.data.timers.get(self.running, {})}
        return "".join(f"{name:<20}{value:>12}\n" for name, value in table.items())

    def rules(self) -> str:
        """Return the options at the head of the generated rules."""
        return "".join(f"{line}\n" for line in self.data.rules[self.running])


class XmlConsole:
    """One session: in the menu, in the shell, or in a shell inside it."""

    def __init__(self, device: XmlDevice, *, user: str, root: bool) -> None:
        self._device = device
        self._user = user
        self._root = root
        self._shells = 0 if root else 1

    @property
    def prompt(self) -> str:
        """Return the menu, or the prompt of the innermost shell."""
        data = self._device.data
        if not self._shells:
            return data.menu
        if self._shells > 1:
            return "# " if self._root else "$ "
        return f"{self._user}@{data.name}:~ {'#' if self._root else '%'} "

    def run(self, line: str) -> Reply:
        """Make a choice in the menu, or run a command in the shell."""
        with self._device.lock:
            return self._in_shell(line.strip()) if self._shells else self._in_menu(line.strip())

    def _in_menu(self, choice: str) -> Reply:
        if choice == self._device.data.leave:
            return Reply(leaves=True)
        if choice == self._device.data.shell:
            self._shells = 1
            return Reply(text="\n")
        return Reply(text="\n" if not choice else "\nThis choice is not simulated.\n")

    def _in_shell(self, line: str) -> Reply:
        if not line:
            return Reply()
        if line in {"exit", "logout"}:
            self._shells -= 1
            return Reply(leaves=not self._root and not self._shells)
        if line == "sh":
            self._shells += 1
            return Reply()
        may, command = self._root, line
        if line.startswith(_SUDO):
            may, command = True, line.removeprefix(_SUDO)
        return Reply(text=self._command(command, may=may))

    def _command(self, line: str, *, may: bool) -> str:
        try:
            words = shlex.split(line)
        except ValueError:
            return "Unmatched '\"'.\n"
        data = self._device.data
        job = data.commands.get(line) or data.commands.get(" ".join(words[:2]))
        if job is None and line not in data.shown:
            return f"{words[0]}: not found\n" if self._shells > 1 else f"{words[0]}: Command not found.\n"
        if not may and line not in data.rootless:
            return data.denied.get(words[0], "Permission denied.") + "\n"
        jobs: Mapping[str, Callable[[], str]] = {
            "config": self._device.text,
            "timers": self._device.timers,
            "rules": self._device.rules,
            "reload": self._reload,
            "script": lambda: self._script(words[2:]),
        }
        return jobs[job]() if job else data.shown[line]

    def _reload(self) -> str:
        self._device.reload()
        return "OK\n"

    def _script(self, words: list[str]) -> str:
        """Run the few statements that change a config; anything else is an error, and then nothing is changed."""
        if len(words) != 1:
            return "No input file specified.\n"
        config, loaded, written = copy.deepcopy(self._device.config), False, False
        statements = [part.strip() for part in words[0].split(";")]
        if statements.pop():
            return "PHP Parse error:  syntax error, unexpected end of file\n"
        for statement in statements:
            if statement in _LOADS:
                loaded = True
            elif statement == "global $config":
                continue
            elif _WRITE.fullmatch(statement):
                if not loaded:
                    return "PHP Fatal error:  Uncaught Error: Call to undefined function write_config()\n"
                written = True
            elif not (loaded and _changed(config, statement)):
                return f'PHP Parse error:  syntax error near "{statement}"\n'
        if written:
            self._device.config = config
        return ""


def _changed(config: dict[str, Any], statement: str) -> bool:
    """Carry out an assignment or an `unset`; tell whether the statement is one."""
    setting, taking = _SET.fullmatch(statement), _UNSET.fullmatch(statement)
    match = setting or taking
    if match is None:
        return False
    *above, last = re.findall(r'"([a-z_]+)"', match[1])
    for name in above:
        config = config.setdefault(name, {})
    if setting:
        config[last] = setting[2]
    else:
        config.pop(last, None)
    return True


def _written(name: str, value: Any, depth: int) -> Iterator[str]:
    """Yield the lines of an element; a list is the element several times."""
    indent = "  " * depth
    if isinstance(value, list):
        for one in value:
            yield from _written(name, one, depth)
    elif isinstance(value, Mapping):
        attributes = "".join(f' {key[1:]}="{escape(str(v))}"' for key, v in value.items() if key[0] == "@")
        yield f"{indent}<{name}{attributes}>"
        for key, below in value.items():
            if key[0] != "@":
                yield from _written(key, below, depth + 1)
        yield f"{indent}</{name}>"
    elif value is None or value == "":
        yield f"{indent}<{name}/>"
    else:
        yield f"{indent}<{name}>{escape(str(value))}</{name}>"
