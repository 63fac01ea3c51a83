"""Where an SSH server is, as the user's own `~/.ssh/config` says: address, port, user, keys, and the hosts in between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import paramiko
from paramiko.ssh_exception import ConfigParseError

from auditor.model.errors import UsageError
from auditor.model.text import _

SSH_PORT = 22
_MOST_JUMPS = 8
_SPEC = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>\[[^\]]+\]|[^:\s\[\]]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An SSH server. `name` is what the user calls it, `key_name` the host under which its key is known.

    `user` and `key_files` are those of the configuration, `jumps` the hosts to pass on the way, nearest first.
    """

    name: str
    address: str
    port: int = SSH_PORT
    key_name: str
    user: str | None = None
    key_files: tuple[Path, ...] = ()
    jumps: tuple[Place, ...] = ()


class SshConfig:
    """A configuration of OpenSSH's form; `file` None is the user's own, which may be missing."""

    def __init__(self, file: Path | None = None) -> None:
        path = file or Path.home() / ".ssh" / "config"
        self._path = path
        try:
            self._config = paramiko.SSHConfig.from_path(str(path))
        except FileNotFoundError as error:
            if file is not None:
                raise UsageError(_("There is no file {path}.").format(path=path)) from error
            self._config = paramiko.SSHConfig()
        except (OSError, ValueError, ConfigParseError) as error:
            raise UsageError(_("{path} cannot be read: {reason}.").format(path=path, reason=error)) from error

    def place(self, host: str, *, port: int | None = None, jumps: str | None = None) -> Place:
        """Return where a host is; `port` and `jumps` (`user@host:port`, by commas, nearest first) outrank the file."""
        return self._place(host, port, jumps, ())

    def _place(
        self, host: str, port: int | None, jumps: str | None, way: tuple[tuple[str, int | None], ...]
    ) -> Place:
        if (host, port) in way or len(way) > _MOST_JUMPS:
            raise UsageError(
                _("{path}: the way to {host} leads through itself.").format(path=self._path, host=host)
            )
        found = self._config.lookup(host)
        address = found["hostname"]
        place = Place(
            name=host,
            address=address,
            port=port or int(found.get("port", SSH_PORT)),
            key_name=found.get("hostkeyalias", address),
            user=found.get("user"),
            key_files=tuple(path for path in map(Path, found.get("identityfile", ())) if path.is_file()),
        )
        specs = _specs(jumps if jumps is not None else found.get("proxyjump", "none"))
        if not specs and found.get("proxycommand", "none") != "none":
            raise UsageError(
                _("{path}: the ProxyCommand of {host} is not run.").format(path=self._path, host=host),
                advice=_("Name the host in between with ProxyJump there, or with --jump."),
            )
        return replace(place, jumps=self._hops(specs, (*way, (host, port))))

    def _hops(self, specs: Sequence[str], way: tuple[tuple[str, int | None], ...]) -> tuple[Place, ...]:
        """Return the hosts in between; only the way to the first of them may lead through more."""
        hops: tuple[Place, ...] = ()
        for spec in specs:
            match = _SPEC.fullmatch(spec)
            if match is None:
                raise UsageError(_("{text} is not a host to jump over.").format(text=spec))
            port = int(match["port"]) if match["port"] else None
            hop = self._place(match["host"].strip("[]"), port, "none" if hops else None, way)
            hops = (*hops, *hop.jumps, replace(hop, user=match["user"] or hop.user, jumps=()))
        return hops


def _specs(text: str) -> tuple[str, ...]:
    return () if text.strip().lower() in {"", "none"} else tuple(part.strip() for part in text.split(","))
