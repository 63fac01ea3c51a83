"""Who the vendor is, how to talk to its devices, and how to know them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.profiles.schema.base import Pattern, Patterns, Strict, Texts


class Vendor(Strict):
    """Name and standing of the vendor's system. `status` is captured once a real device is among the cases."""

    name: str
    language: str  # what the config is written in, for people
    versions: str
    status: Literal["documented", "captured"]
    maintainer: str
    notes: Texts = ()


class Refusal(Strict):
    """A text that means: not done."""

    pattern: Pattern
    means: Literal["refused", "no_privilege"]


class Answered(Strict):
    """A question that the device may ask, and the session-local answer."""

    pattern: Pattern
    answer: str


class Login(Strict):
    """Options that are appended to the user name, with the texts that mean that the device does not take them."""

    suffix: str = ""


class Elevation(Strict):
    """How a log-in without privileges reads what needs them: a prefix to the command."""

    when_prompt: Pattern
    prefix: str


class Step(Strict):
    """Navigation: what is typed where the prompt says that this is not yet the place for commands (empty: always).

    `only_if_shown` has to stand on the screen above that prompt; else nothing is typed and the session ends.
    """

    when_prompt: Pattern = ""
    only_if_shown: Pattern = ""
    send: str


class Enable(Strict):
    """Navigation to a privileged mode with the enable secret."""

    when_prompt: Pattern
    command: str
    asks: Pattern


class Session(Strict):
    """How to talk to the device: everything that is ever typed stands here or under `documents`.

    `prompt` matches the prompt at the end of what was received; `pasted_prompt` (else `prompt`) the start of a line of a
    terminal session that people paste, its group `menu` the place where the command is typed and its group `context` the
    part of the device (VDOM) that it speaks of, its group `host` the device's name. Both look at as many lines as `prompt_lines` says, for a prompt may take
    several. `harmless` are full matches of commands that cannot
    change the device; every command is checked against it when the profile is loaded. `noise` are lines that the
    device throws into the output.
    """

    prompt: Pattern
    prompt_lines: int = Field(default=1, ge=1, le=4)
    pasted_prompt: Pattern | None = None
    line_end: str = "\n"
    width: int = 511
    height: int = 1000
    login: Login = Login()
    enter: tuple[Step, ...] = ()
    leave: Texts = ()
    pagers: tuple[Answered, ...] = ()
    questions: tuple[Answered, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    noise: Patterns = ()
    harmless: Patterns = ()
    elevation: Elevation | None = None
    enable: Enable | None = None


class Fingerprint(Strict):
    """A pattern in a text and how much it proves: 10 is proof, less adds up."""

    pattern: Pattern
    weight: int = Field(ge=1, le=10)


class Detect(Strict):
    """How to know the vendor: from the SSH banner, what is on the screen at the first prompt, the prompt, or a text.

    `probe` is the one command that is run where banner and prompt do not tell one vendor; its answer is such a text.
    """

    banner: Patterns = ()
    greeting: Patterns = ()
    prompt: Patterns = ()
    behind_banner: Patterns = ()  # further prompts, which say nothing without the banner
    common_prompt: bool = (
        False  # other systems have this prompt as well: what the probe says has to prove the vendor
    )
    probe: str | None = None
    text: tuple[Fingerprint, ...] = ()
    never: Patterns = ()  # a near relative's mark
