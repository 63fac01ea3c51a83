"""How a profile points at records: conditions, cases, picks and defaults."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from auditor.model.facts import SipAlgState
from auditor.profiles.schema.base import Confidence, Pattern, Strict, Values, Where, as_tuple


class Condition(Strict):
    """One test; exactly one of `version`, `section`, `document`.

    `version`/`is`: the named version (see `facts.identity`) lies in the range. `section` + `where`: such a record
    exists (`exists: false`: none does, and the text is complete). `document`: one of this kind was read (`exists: false`: none was). With `key` and `is`, the value is one of these;
    with `matches`, it matches. `may_meet`: keys with ports, of which each may include its port; a record without the key
    has all ports. `only_if_shown`: what is not shown counts as not there, for live tables that can prove
    a thing and never its absence.
    """

    version: str | None = None
    section: str | None = None
    document: str | None = None
    where: Where = {}
    key: str | None = None
    is_: Annotated[Values | None, Field(alias="is")] = None
    matches: Pattern | None = None
    may_meet: dict[str, int] = {}
    exists: bool = True
    only_if_shown: bool = False

    @model_validator(mode="after")
    def _one_subject(self) -> Condition:
        if sum(x is not None for x in (self.version, self.section, self.document)) != 1:
            raise ValueError("a condition has exactly one of version, section, document")
        if self.version is not None and (not self.is_ or len(self.is_) != 1):
            raise ValueError("version needs is: a range such as '>=5.0,<6.0'")
        return self


class Case(Strict):
    """A value that holds when all conditions do. Cases are tried in order; an undecidable one makes it unknown."""

    when: tuple[Condition, ...] = ()
    gives: str
    why: str = ""
    source: str = ""
    confidence: Confidence | None = None


class Pick(Strict):
    """Where a value stands. `pattern` takes its first group out of the value."""

    section: str
    where: Where = {}
    key: str
    pattern: Pattern | None = None
    split: str | None = None


class Default(Strict):
    """A value that applies when nothing is configured. Several seconds: one of them, by release.

    `when`: it applies where these hold, such as the profile of timers that another setting chooses.
    """

    versions: str = "*"
    when: tuple[Condition, ...] = ()
    seconds: Annotated[tuple[int, ...] | None, BeforeValidator(as_tuple)] = None
    never: bool = False
    state: SipAlgState | None = None
    source: str
    confidence: Confidence
