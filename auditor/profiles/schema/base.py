"""What all parts of the schema share: strictness, and the forms in which YAML gives texts."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """Frozen, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def as_tuple(value: Any) -> Any:
    """Return a single value as a tuple of one: YAML may leave the brackets out."""
    return (value,) if isinstance(value, str | int | bool | dict) else value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_texts(value: Any) -> Any:
    return (
        tuple(_as_text(item) for item in value)
        if isinstance(value, list | tuple)
        else as_tuple(_as_text(value))
    )


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(as_tuple)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Values = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
Where = dict[str, Values]
Confidence = Literal[
    "documented", "seen", "source", "measured", "inferred", "unverified", "memory", "conflicting"
]
USABLE: frozenset[str] = frozenset({"documented", "seen", "source", "measured"})
