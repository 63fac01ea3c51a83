"""What every config language gives to the terminal: a prompt, and a reply to a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from auditor.simulator.device_file import DeviceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a line brought: text (lines end with a newline), whether it may be paged, and whether the session ends.

    `asks_secret`: the next line is a secret, which is neither shown nor kept.
    """

    text: str = ""
    pages: bool = False
    leaves: bool = False
    asks_secret: bool = False


class Console(Protocol):
    """One session on a device."""

    @property
    def prompt(self) -> str:
        """Return what is shown before the next line is typed."""

    def run(self, line: str) -> Reply:
        """Do what the line says."""


class SimulatedDevice(Protocol):
    """The state of a device, shared by its sessions."""

    def open(self, *, user: str, may_write: bool, width: int) -> Console:
        """Start a session."""


def build_device(file: DeviceFile) -> SimulatedDevice:
    """Return a device in its initial state."""
    from auditor.simulator.block_console import BlockDevice
    from auditor.simulator.config_console import ConfigDevice
    from auditor.simulator.indented_console import IndentedDevice
    from auditor.simulator.menu_console import MenuDevice
    from auditor.simulator.posix_shell import PosixDevice
    from auditor.simulator.set_console import SetDevice
    from auditor.simulator.shell_console import ShellDevice
    from auditor.simulator.tree_console import TreeDevice
    from auditor.simulator.xml_console import XmlDevice

    languages: dict[str, Callable[[dict[str, Any]], SimulatedDevice]]
    languages = {
        "block_console": BlockDevice,
        "config_console": ConfigDevice,
        "indented_console": IndentedDevice,
        "menu_console": MenuDevice,
        "posix_shell": PosixDevice,
        "set_console": SetDevice,
        "tree_console": TreeDevice,
        "uci_shell": ShellDevice,
        "xml_console": XmlDevice,
    }
    return languages[file.language](file.console)
