"""Options that several commands share: one name, one meaning, one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from auditor.model.text import _

_LOGIN, _WHAT, _HOW = _("Log-in"), _("What is checked"), _("Input and output")

Host = Annotated[str | None, typer.Argument(metavar="HOST", help=_("Router to log in to: name or address."))]
File = Annotated[
    str | None,
    typer.Option(
        "--file",
        "-f",
        metavar="PATH",
        help=_(
            "Read this instead of logging in: a saved config, a capture, a pasted session, or one command's output; - is standard input."
        ),
        rich_help_panel=_HOW,
    ),
]
Command = Annotated[
    str | None,
    typer.Option(
        "--command", metavar="TEXT", help=_("The command whose output the file is."), rich_help_panel=_HOW
    ),
]
Vendor = Annotated[
    str | None,
    typer.Option(
        "--vendor",
        metavar="SLUG",
        help=_("Vendor of the router; without it, it is detected."),
        rich_help_panel=_HOW,
    ),
]
VendorDir = Annotated[
    Path | None,
    typer.Option(
        "--vendor-dir",
        metavar="DIR",
        help=_("Folder with vendor profiles that add to ours or replace them."),
        rich_help_panel=_HOW,
    ),
]
Lang = Annotated[
    Literal["en", "de"] | None,
    typer.Option(
        "--lang", help=_("Language of the texts; without it, that of the locale."), rich_help_panel=_HOW
    ),
]

ScenarioName = Annotated[
    Literal["cloud", "onprem"],
    typer.Option(
        "--scenario",
        help=_("Where the PBX stands: in the STARFACE cloud, or behind this router."),
        rich_help_panel=_WHAT,
    ),
]
Feature = Annotated[
    list[str] | None,
    typer.Option(
        "--feature",
        metavar="NAME",
        help=_(
            "What is used, repeatable: phones (default), desktop-app, mobile-app, sip-trunk, sip-trunk-static, home-office, home-office-vpn, anlagenverbund, ldap."
        ),
        rich_help_panel=_WHAT,
    ),
]
Pbx = Annotated[
    str | None,
    typer.Option(
        "--pbx",
        metavar="ADDRESS",
        help=_("Address of the PBX in the LAN (scenario onprem)."),
        rich_help_panel=_WHAT,
    ),
]
KnownSource = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="NETWORK",
        help=_("Address from which a forward may be used (provider, partner, home office), repeatable."),
        rich_help_panel=_WHAT,
    ),
]
Keepalive = Annotated[
    int,
    typer.Option(
        "--keepalive",
        metavar="SECONDS",
        min=1,
        max=3600,
        help=_("Seconds between two keepalives of a phone."),
        rich_help_panel=_WHAT,
    ),
]
TargetSeconds = Annotated[
    int,
    typer.Option(
        "--target",
        metavar="SECONDS",
        min=2,
        max=86400,
        help=_("What snippets set UDP timers to."),
        rich_help_panel=_WHAT,
    ),
]

User = Annotated[
    str | None,
    typer.Option("--user", "-u", metavar="NAME", help=_("User name on the router."), rich_help_panel=_LOGIN),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=1,
        max=65535,
        help=_("SSH port; without it, that of the SSH configuration, else 22."),
        rich_help_panel=_LOGIN,
    ),
]
Jump = Annotated[
    str | None,
    typer.Option(
        "--jump",
        "-J",
        metavar="HOSTS",
        help=_(
            "Hosts to jump over, nearest first: user@host:port, by commas; none for the direct way. Without it, as ProxyJump says."
        ),
        rich_help_panel=_LOGIN,
    ),
]
SshConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--ssh-config",
        metavar="FILE",
        help=_("SSH configuration; without it, ~/.ssh/config."),
        rich_help_panel=_LOGIN,
    ),
]
OldCryptography = Annotated[
    bool,
    typer.Option(
        "--old-cryptography",
        help=_("Reach this router although it offers only SHA-1, DSS or CBC; name one router at a time."),
        rich_help_panel=_LOGIN,
    ),
]
Key = Annotated[
    list[Path] | None,
    typer.Option(
        "--key", "-i", metavar="FILE", help=_("Private key, at most three."), rich_help_panel=_LOGIN
    ),
]
Agent = Annotated[
    bool, typer.Option("--agent/--no-agent", help=_("Use the keys of the SSH agent."), rich_help_panel=_LOGIN)
]
AskPassword = Annotated[
    bool,
    typer.Option(
        "--ask-password",
        "-p",
        help=_("Ask for the password; AUDITOR_PASSWORD in the environment does without."),
        rich_help_panel=_LOGIN,
    ),
]
AskEnable = Annotated[
    bool,
    typer.Option(
        "--ask-enable",
        help=_("Ask for the enable secret; AUDITOR_ENABLE_SECRET in the environment does without."),
        rich_help_panel=_LOGIN,
    ),
]
KnownHosts = Annotated[
    Path | None,
    typer.Option(
        "--known-hosts", metavar="FILE", help=_("File with the known host keys."), rich_help_panel=_LOGIN
    ),
]
AcceptNew = Annotated[
    bool,
    typer.Option(
        "--accept-new-host-keys",
        help=_("Trust a host seen for the first time and remember its key."),
        rich_help_panel=_LOGIN,
    ),
]
ConnectTimeout = Annotated[
    float,
    typer.Option(
        "--connect-timeout",
        min=0.1,
        metavar="SECONDS",
        help=_("Limit for the connection."),
        rich_help_panel=_LOGIN,
    ),
]
LoginTimeout = Annotated[
    float,
    typer.Option(
        "--login-timeout",
        min=0.1,
        metavar="SECONDS",
        help=_("Limit for the log-in, up to the first prompt."),
        rich_help_panel=_LOGIN,
    ),
]
CommandTimeout = Annotated[
    float,
    typer.Option(
        "--command-timeout",
        min=0.1,
        metavar="SECONDS",
        help=_("Limit for each command."),
        rich_help_panel=_LOGIN,
    ),
]
TotalTimeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        metavar="SECONDS",
        help=_("Limit for the whole session."),
        rich_help_panel=_LOGIN,
    ),
]
