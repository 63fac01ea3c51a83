"""How long a session may take, and which host keys it trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Limits in seconds, host key policy, and how to get there; `total_timeout` ends the session whatever it is doing.

    `port` and `jumps` (`user@host:port`, by commas, nearest first) outrank the SSH configuration in `ssh_config` (None:
    the user's own). `old_cryptography` lets this one target use what is no longer safe.
    """

    port: int | None = None
    jumps: str | None = None
    ssh_config: Path | None = None
    old_cryptography: bool = False
    connect_timeout: float = 10.0
    login_timeout: float = 20.0
    command_timeout: float = 30.0
    total_timeout: float = 180.0
    known_hosts: Path | None = None
    accept_new_host_keys: bool = False
