"""What may be repaired by command."""

from __future__ import annotations

from typing import Literal

from auditor.profiles.schema.base import Strict, Texts
from auditor.profiles.schema.picks import Case, Pick


class Variable(Strict):
    """A name that remediation templates may ask for.

    Its value is the `gives` of the first case that holds, else the one value that stands in all places of `picks`,
    else `otherwise`.
    """

    cases: tuple[Case, ...] = ()
    picks: tuple[Pick, ...] = ()
    otherwise: str = ""


class Remedies(Strict):
    """What may be repaired by command. `quote` is the vendor's quoting filter; `manual` says why a remedy is not.

    `sets` holds the seconds that the repair gives to timers of which the system offers no other value.
    """

    quote: Literal["posix_shell", "menu", "double_quotes", "none"] = "none"
    timers: Texts = ()  # names of timers that the macro can set
    range: tuple[int, int] | None = None
    sets: dict[str, int] = {}
    variables: dict[str, Variable] = {}
    manual: dict[str, str] = {}
