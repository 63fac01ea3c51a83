"""What a log-in needs; never written, never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User name, and one authentication: agent keys and key files (at most three in all), then the password once."""

    user: str
    password: str | None = field(default=None, repr=False)
    key_files: tuple[Path, ...] = ()
    use_agent: bool = True
    enable_secret: str | None = field(default=None, repr=False)
    jump_password: str | None = field(
        default=None, repr=False
    )  # for the hosts in between; never the target's

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be shown."""
        return tuple(secret for secret in (self.password, self.enable_secret, self.jump_password) if secret)

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to be written down."""
        raise TypeError("credentials are not written anywhere")
