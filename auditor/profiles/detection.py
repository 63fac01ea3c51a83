"""Which vendor is this? From a text, an SSH banner or a prompt; certain, or unknown with the candidates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from auditor.profiles.marks import any_stands, stands
from auditor.profiles.schema import Signs

Known = TypeVar("Known", bound=Signs)

PROOF = 10
_HEAD, _TAIL = 100_000, 20_000  # characters in which every text shows whose it is


def weigh_text(text: str, profile: Signs) -> int:
    """Return how much a text speaks for a vendor: 0 nothing, 10 and more proof."""
    if not any_stands((mark.pattern for mark in profile.detect.text), text) or is_of_a_relative(
        text, profile
    ):
        return 0
    return sum(mark.weight for mark in profile.detect.text if stands(mark.pattern, text))


def detect_text(text: str, profiles: Iterable[Known]) -> tuple[Known | None, tuple[Known, ...]]:
    """Return the vendor whose marks the text carries, or None, and the candidates, likeliest first.

    The winner needs proof (10) and more weight than any other. Of a long text, its beginning and its end are looked at.
    """
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD].rpartition(chr(10))[0]}\n{text[-_TAIL:].partition(chr(10))[2]}"
    weighed = [(weigh_text(text, profile), profile) for profile in profiles]
    ranked = sorted((pair for pair in weighed if pair[0]), key=lambda pair: -pair[0])
    candidates = tuple(profile for _weight, profile in ranked)
    if not ranked or ranked[0][0] < PROOF or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None, candidates
    return candidates[0], candidates


def detect_session(
    banner: str, prompt: str, profiles: Iterable[Known], screen: str = ""
) -> tuple[Known, ...]:
    """Return the vendors that the SSH banner, failing that the screen, failing that the prompt points to.

    A banner is no proof against the prompt: appliances carry the banner of the system that they are made from. With an
    empty prompt (none is known yet) the banner is all there is.
    """
    everyone = tuple(profiles)
    by_banner = tuple(p for p in everyone if _any_matches(p.detect.banner, banner))
    if by_banner:
        return tuple(p for p in by_banner if not prompt or _fits(prompt, p))
    by_screen = tuple(p for p in everyone if any_stands(p.detect.greeting, screen))
    by_prompt = tuple(p for p in everyone if _any_matches(p.detect.prompt, prompt))
    return by_screen or by_prompt


def has_common_looks(profile: Signs, screen: str) -> bool:
    """Tell whether nothing but a prompt that other systems have as well speaks for this vendor."""
    return profile.detect.common_prompt and not any_stands(profile.detect.greeting, screen)


def is_of_a_relative(text: str, profile: Signs) -> bool:
    """Tell whether a text carries a mark of a near relative of this vendor's system."""
    return any_stands(profile.detect.never, text)


def _fits(prompt: str, profile: Signs) -> bool:
    """Tell whether a prompt may be this vendor's behind its banner."""
    possible = (*profile.detect.prompt, *profile.detect.behind_banner)
    return not possible or _any_matches(possible, prompt)


def _any_matches(patterns: Iterable[str], text: str) -> bool:
    """Tell whether a banner or a prompt matches; a prompt of several lines counts as one text."""
    return any(re.search(pattern, text) for pattern in patterns)
