"""What the tests of every simulated device share: one read of a device, and what may be typed into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor.pipeline import Vendors
from auditor.profiles.loading import load_profile
from auditor.profiles.schema import Profile, Session
from auditor.simulator.device_file import device_slugs

DEVICES = device_slugs()
PROBES = {
    probe for vendor in Vendors().signs() if (probe := vendor.detect.probe)
}  # relatives are asked each other's
_VALUE = "[A-Za-z0-9_.:/-]{1,64}"


def session_of(profile: Profile) -> Session:
    """Return the profile's way to talk, which every simulated device has."""
    assert profile.session is not None
    return profile.session


def navigation_of(profile: Profile) -> Iterator[str]:
    """Yield every line that is typed to get to a place where commands are understood, and away from it."""
    session = session_of(profile)
    yield from (step.send for step in session.enter)
    yield from session.leave
    if session.enable:
        yield session.enable.command
    for _kind, spec in profile.commands:
        yield from (*spec.enter, *spec.leave)


def answers_of(profile: Profile) -> Iterator[str]:
    """Yield every answer to a pager or a question."""
    session = session_of(profile)
    yield from (known.answer for known in (*session.pagers, *session.questions))


def may_be_typed(slug: str) -> Callable[[str], bool]:
    """Return whether a line is one of the profile's: a command, navigation or an answer; or a probe of any vendor."""
    profile = load_profile(slug)
    commands = [spec.command or "" for _kind, spec in profile.commands]
    elevation = session_of(profile).elevation
    raised = [elevation.prefix + command for command in commands] if elevation else []
    lines = [*commands, *raised, *PROBES, *navigation_of(profile), *answers_of(profile)]
    patterns = [re.sub(r"\\\{[a-z_]+\\\}", lambda _match: _VALUE, re.escape(line.strip())) for line in lines]
    return lambda line: any(re.fullmatch(pattern, line.strip()) for pattern in patterns)
