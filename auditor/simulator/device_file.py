"""A simulated device as data: `devices/<slug>.yaml`, or any file of that form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from auditor.model.errors import ConfigurationError
from auditor.model.text import _
from auditor.profiles.schema import Strict
from auditor.profiles.yaml_lines import LinedYaml

_DEVICES = Path(__file__).resolve().parent / "devices"
_OPTION = re.compile(r"(\d+)([wh])|([a-z])")


class Question(Strict):
    """A question before the first prompt, answered with one key; some answers show a text."""

    ask: str
    shows: dict[str, str] = Field(default_factory=dict)


class Pager(Strict):
    """How long output stops: the text at the foot, and the keys that go on. `rows`: whatever the terminal's height."""

    text: str
    rows: int = 0
    dump: str = ""
    leave: str = ""


class LoginOptions(Strict):
    """Console options behind the user name: letters, and numbers with `w` (columns) or `h` (rows)."""

    after: str
    no_colours: str = ""  # the letter that turns colours and repainting off
    plain: str = ""  # the options that make a terminal without either, as people type them


class DeviceFile(Strict):
    """How a device appears on the line, and `console`: what its config language needs to know."""

    language: Literal[
        "block_console",
        "config_console",
        "indented_console",
        "menu_console",
        "posix_shell",
        "set_console",
        "tree_console",
        "uci_shell",
        "xml_console",
    ]
    demo: bool = False
    banner: str
    user: str = "admin"  # who logs in, unless a test names somebody else
    colours: bool = False  # paints its terminal unless the log-in asks for none
    login_options: LoginOptions | None = None
    greeting: str = ""
    first_login: tuple[Question, ...] = ()
    pager: Pager | None = None
    before: tuple[str, ...] = ()  # what a person types first, to get to where commands are understood
    by_hand: str = ""  # what the demo types where the repair is not a command but something done by hand
    no_rights: str = "permission denied"  # to a user who may do nothing at all
    waits_with: tuple[str, ...]  # regular expressions: every prompt behind which a line may be typed
    console: dict[str, Any]


class Wishes(Strict):
    """What a log-in asked for: the bare user name and the terminal."""

    user: str
    options: bool = False
    colours: bool = True
    width: int | None = None
    height: int | None = None


def read_device(device: str | Path) -> DeviceFile:
    """Return the device of this slug or file; `ConfigurationError` if there is none or it is not understood."""
    path = device if isinstance(device, Path) or device.endswith(".yaml") else _DEVICES / f"{device}.yaml"
    try:
        return DeviceFile.model_validate(LinedYaml(Path(path)).data)
    except OSError as error:
        raise ConfigurationError(
            _("There is no simulated device {device}.").format(device=device),
            advice=_("Known devices: {names}.").format(names=", ".join(device_slugs())),
        ) from error
    except ValidationError as error:
        raise ConfigurationError(
            _("The simulated device {device} is not understood: {reason}").format(device=device, reason=error)
        ) from error


def device_slugs() -> tuple[str, ...]:
    """Return the slugs of the devices that ship with the tool, sorted."""
    return tuple(sorted(path.stem for path in _DEVICES.glob("*.yaml")))


def demo_device() -> str:
    """Return the slug of the device that the demo shows unless told otherwise: the first that says `demo: true`."""
    slugs = device_slugs()
    return next((slug for slug in slugs if read_device(slug).demo), slugs[0])


def read_user_name(name: str, options: LoginOptions | None) -> Wishes:
    """Take the console options off a user name such as `admin+cet1000w`."""
    user, mark, text = name.partition(options.after) if options else (name, "", "")
    if options is None or not mark:
        return Wishes(user=name)
    letters = {match.group(3) for match in _OPTION.finditer(text) if match.group(3)}
    sizes = {match.group(2): int(match.group(1)) for match in _OPTION.finditer(text) if match.group(2)}
    return Wishes(
        user=user,
        options=True,
        colours=options.no_colours not in letters,
        width=sizes.get("w"),
        height=sizes.get("h"),
    )
