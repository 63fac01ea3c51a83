"""The errors that a user can meet.

AuditorError
  ConfigurationError   what the user or a data file said is wrong
    ProfileError         a vendor profile (file, line, key)
    RequirementsError    the requirements data
    TemplateError        a remediation template, or a value that may not enter one
    DataFilesNotFound    the installation lacks its data
    UsageError           options that contradict each other
      NoSuchVendor         a slug that no profile has
  CollectionError      the device could not be read
    HostUnreachable      no route, refused, name not found, time-out before SSH spoke
    HostKeyRejected      unknown or changed host key
    OldCryptography      no common algorithm
    LoginRefused         wrong user, password or key
    PromptNotFound       logged in, but no prompt came
    CommandTimedOut      a command did not end in time
    ConnectionLost       the line dropped
  ExtractionError      the text could not be read
    VendorUnknown        no vendor recognised
    VendorMismatch       the text is another vendor's than the one named
    UnreadableDocument   binary, empty, too large, wrong encoding
"""

from __future__ import annotations


class AuditorError(Exception):
    """Root of all errors: what happened, and what to do next (both shown to the user)."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ConfigurationError(AuditorError):
    """What the user or a data file said is wrong."""


class ProfileError(ConfigurationError):
    """A vendor profile is refused; the message names file, line and key."""


class RequirementsError(ConfigurationError):
    """The requirements data are refused."""


class TemplateError(ConfigurationError):
    """A remediation template failed, or a value may not enter one."""


class DataFilesNotFound(ConfigurationError):
    """The installation lacks vendor profiles or templates."""


class UsageError(ConfigurationError):
    """Options that do not go together."""


class NoSuchVendor(UsageError):
    """A slug that no profile has."""


class CollectionError(AuditorError):
    """A device could not be read."""


class HostUnreachable(CollectionError):
    """No connection: name, route, refusal or time-out before SSH spoke."""


class HostKeyRejected(CollectionError):
    """The host key is unknown or has changed."""


class OldCryptography(CollectionError):
    """The device offers no algorithm that is still allowed."""


class LoginRefused(CollectionError):
    """User, password or key refused; never tried again."""


class PromptNotFound(CollectionError):
    """Logged in, but the device never showed its prompt."""


class CommandTimedOut(CollectionError):
    """A command did not end within its time limit."""


class ConnectionLost(CollectionError):
    """The device closed the connection in the middle of the session."""


class ExtractionError(AuditorError):
    """A text could not be read."""


class VendorUnknown(ExtractionError):
    """No vendor recognised."""


class VendorMismatch(ExtractionError):
    """The text was written by another vendor's system."""


class UnreadableDocument(ExtractionError):
    """Binary, empty, too large or in an unreadable encoding."""
