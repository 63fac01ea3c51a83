"""What can go wrong with a device, as values: each test asks for exactly one mood of the router."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Faults of a simulated device; the default has none.

    Args:
        refuse_commands: pairs of a regular expression (searched in the typed line) and the text that refuses it.
        hang_at: `"banner"`, `"auth"`, `"prompt"` or `"command N"` (1-based): from there on the device is silent.
        drop_after_bytes: the connection breaks after so many bytes of terminal output.
        drop_in_command: the connection breaks in the middle of the reply to command N (1-based).
        never_prompt: everything works, but no prompt is ever shown.
        page_anyway: long output is paged even when the command asks for none of it.
        inject_log_line: a line that is thrown into the middle of every reply.
        delay_per_reply: seconds that the device thinks before each reply.
        bytes_per_second: speed of all terminal output.
        flood: the first command is answered with output that never ends.
        ansi: colours and repainting, whatever the log-in asked for.
        repeat_echo: the typed line is shown a second time, behind a second prompt, before the reply.
        prompt: every prompt is this text instead of the device's own.
        question: the device asks this and waits for a line.
        question_at: where it asks: `"prompt"` (before the first prompt) or `"command N"` (1-based, instead of the reply).
        other_language: every word of every reply is one that nobody knows; numbers and marks stay.
        no_rights: whatever is typed, the user has no right to it.
        wrong_password: every password is refused.
        refuse_login_options: a user name with console options behind it is unknown here.
        changed_host_key: the published host key is another one than the device has.
        old_cryptography: only a key exchange that nobody accepts any more is offered.
    """

    refuse_commands: tuple[tuple[str, str], ...] = ()
    hang_at: str | None = None
    drop_after_bytes: int | None = None
    drop_in_command: int | None = None
    never_prompt: bool = False
    page_anyway: bool = False
    inject_log_line: str = ""
    delay_per_reply: float = 0.0
    bytes_per_second: float | None = None
    flood: bool = False
    ansi: bool = False
    repeat_echo: bool = False
    prompt: str | None = None
    question: str = ""
    question_at: str = "prompt"
    other_language: bool = False
    no_rights: bool = False
    wrong_password: bool = False
    refuse_login_options: bool = False
    changed_host_key: bool = False
    old_cryptography: bool = False


NO_FAULTS = Faults()
