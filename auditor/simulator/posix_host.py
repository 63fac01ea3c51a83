"""The state behind a simulated shell: kernel keys, files, tables of rules, and the phones whose entries they keep."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from auditor.profiles.schema import Strict, Texts
from auditor.simulator.nft_tables import Tables

_KEYS = "/proc/sys/"
_VERSION = "/proc/version"
_SIP_TIMEOUT = "/sys/module/nf_conntrack_sip/parameters/sip_timeout"
_WRITABLE = ("/etc/", "/root/", "/tmp/")  # noqa: S108 - on the simulated host
_KEEPALIVE = 60  # seconds between two packets of a phone
_PREFIX = "net.netfilter.nf_conntrack_"


class PosixShellData(Strict):
    """A host as data.

    `prompt` has the fields user, name and mark. `keys` are the kernel's by their dotted names, `files` texts by path,
    `folders` paths that only exist, `nft` is a file for `nft -f`, and `outputs` are what commands without a state
    print, pipes as whole lines. `phones` are addresses with their ports, `pbx` and `wan` addresses. `administration` are the tools in folders
    that the search path of an ordinary user lacks.
    """

    prompt: str
    name: str
    kernel: str
    keys: dict[str, str]
    files: Mapping[str, str] = MappingProxyType({})
    folders: Texts = ()
    nft: str = ""
    outputs: Mapping[str, str] = MappingProxyType({})
    phones: Texts = ()
    pbx: str
    wan: str
    administration: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of connection tracking, by what it was made with."""

    helper: bool
    timers: dict[str, int]


class PosixHost:
    """One host, shared by its sessions."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = PosixShellData.model_validate(data)
        self.lock = threading.Lock()
        self.keys = dict(self.data.keys)
        self.files = dict(self.data.files)
        self.tables = Tables(self.data.nft)
        self._entries: dict[str, _Entry] = {}

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file or folder."""
        return path in self.data.folders or self.read(path) is not None

    def read(self, path: str) -> str | None:
        """Return a file's text, None if there is none."""
        if path.startswith(_KEYS):
            value = self.keys.get(path.removeprefix(_KEYS).replace("/", "."))
            return None if value is None else f"{value}\n"
        if path == _VERSION:
            return f"Linux version {self.data.kernel} (builder@host) #1 SMP\n"
        return self.files.get(path)

    def write(self, path: str, text: str) -> bool:
        """Write a file; False where there is no such folder."""
        if path.startswith(_WRITABLE) and not path.endswith("/"):
            self.files[path] = text
            return True
        return False

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return the files that a pattern of the shell stands for."""
        return tuple(sorted(path for path in self.files if fnmatch.fnmatchcase(path, pattern)))

    def phones_call(self) -> None:
        """Let every phone send a packet: an entry that is gone by then is made anew, as things stand now."""
        for phone in self.data.phones:
            entry = self._entries.get(phone)
            if entry is None or self._life(entry) < _KEEPALIVE:
                self._entries[phone] = _Entry(
                    helper=self.keys.get(f"{_PREFIX}helper") == "1", timers=self.tables.sip_timers()
                )

    def entries(self) -> tuple[str, ...]:
        """Return the phones' entries as they are listed."""
        data = self.data
        return tuple(
            f"udp      17 {self._life(entry) - 1} src={phone} dst={data.pbx} sport=5060 dport=5060 "
            f"src={data.pbx} dst={data.wan} sport=5060 dport=5060 [ASSURED] mark=0 "
            f"{'helper=sip ' if entry.helper else ''}use=1"
            for phone, entry in self._entries.items()
        )

    def clear(self) -> None:
        """Delete the phones' entries."""
        self._entries.clear()

    def _life(self, entry: _Entry) -> int:
        """Return after how many seconds of silence an entry ends: the shorter timer decides between two packets."""
        if entry.helper:
            return int(self.files[_SIP_TIMEOUT])
        timers = entry.timers if self.tables.sip_timers() else {}
        unreplied = timers.get("unreplied") or int(self.keys[f"{_PREFIX}udp_timeout"])
        replied = timers.get("replied") or int(self.keys[f"{_PREFIX}udp_timeout_stream"])
        return min(unreplied, replied)
