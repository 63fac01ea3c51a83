"""What every config language gives to the terminal: a prompt, and a reply to a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from auditor.simulator.device_file import DeviceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a line brought: text (lines end with a newline), whether it may be paged, and whether the session ends."""

    text: str = ""
    pages: bool = False
    leaves: bool = False


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
    from auditor.simulator.menu_console import MenuDevice
    from auditor.simulator.set_console import SetDevice
    from auditor.simulator.tree_console import TreeDevice

    if file.language == "set_console":
        return SetDevice(file.console)
    if file.language == "tree_console":
        return TreeDevice(file.console)
    return MenuDevice(file.console)
