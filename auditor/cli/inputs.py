"""What check, snippet and capture ask for alike, as groups of options that a command takes as one argument."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.cli import options
from auditor.model.errors import UsageError
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.collect.credentials import Credentials
    from auditor.collect.options import SessionOptions
    from auditor.model.audit import Audit, AuditOptions
    from auditor.model.capture import Capture
    from auditor.pipeline import Vendors

_MOST_KEYS = 3


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to log in."""

    user: options.User = None
    port: options.Port = None
    jump: options.Jump = None
    ssh_config: options.SshConfigFile = None
    old_cryptography: options.OldCryptography = False
    key: options.Key = None
    agent: options.Agent = True
    ask_password: options.AskPassword = False
    ask_enable: options.AskEnable = False
    known_hosts: options.KnownHosts = None
    accept_new_host_keys: options.AcceptNew = False
    connect_timeout: options.ConnectTimeout = 10.0
    login_timeout: options.LoginTimeout = 20.0
    command_timeout: options.CommandTimeout = 30.0
    timeout: options.TotalTimeout = 180.0

    def credentials(self, host: str) -> Credentials:
        """Return what the log-in needs; asks on the terminal where told to, or where nothing else is given."""
        from auditor.collect.credentials import Credentials
        from auditor.collect.ssh_config import SshConfig

        keys = tuple(self.key or ())
        if len(keys) > _MOST_KEYS:
            raise UsageError(_("At most three keys are tried, so that no log-in is locked out."))
        for key in keys:
            if not key.is_file():
                raise UsageError(_("There is no key file {path}.").format(path=key))
        place = SshConfig(self.ssh_config).place(host, port=self.port, jumps=self.jump)
        keys = keys or place.key_files[:_MOST_KEYS]
        user = self.user or os.environ.get("AUDITOR_USER") or place.user
        if not user:
            raise UsageError(_("The user name on the router is missing."), advice=_("Name it with --user."))
        return Credentials(
            user=user,
            password=self._password(user, host, bool(keys)),
            key_files=keys,
            use_agent=self.agent,
            enable_secret=self._enable_secret(),
            jump_password=os.environ.get("AUDITOR_JUMP_PASSWORD"),
        )

    def _password(self, user: str, host: str, has_keys: bool) -> str | None:
        given = os.environ.get("AUDITOR_PASSWORD")
        if given and not self.ask_password:
            return given
        has_agent = self.agent and bool(os.environ.get("SSH_AUTH_SOCK"))
        if self.ask_password or (not has_keys and not has_agent and sys.stdin.isatty()):
            return _ask(_("Password of {user} on {host}: ").format(user=user, host=host)) or None
        return None

    def _enable_secret(self) -> str | None:
        if self.ask_enable:
            return _ask(_("Enable secret: ")) or None
        return os.environ.get("AUDITOR_ENABLE_SECRET")

    def session_options(self) -> SessionOptions:
        """Return port, time limits and host key policy."""
        from auditor.collect.options import SessionOptions

        return SessionOptions(
            port=self.port,
            jumps=self.jump,
            ssh_config=self.ssh_config,
            old_cryptography=self.old_cryptography,
            connect_timeout=self.connect_timeout,
            login_timeout=self.login_timeout,
            command_timeout=self.command_timeout,
            total_timeout=self.timeout,
            known_hosts=self.known_hosts,
            accept_new_host_keys=self.accept_new_host_keys,
        )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What has to hold."""

    scenario: options.ScenarioName = "cloud"
    feature: options.Feature = None
    pbx: options.Pbx = None
    source: options.KnownSource = None
    keepalive: options.Keepalive = 60
    target: options.TargetSeconds = 180

    def audit_options(self) -> AuditOptions:
        """Return the audit's options; `UsageError` where they contradict each other."""
        from auditor.model.audit import AuditOptions, Scenario

        pbx = _pbx(self.pbx, self.scenario)
        if self.target <= self.keepalive:
            raise UsageError(
                _(
                    "--target {target} is too short: a timer has to outlive the keepalive of {keepalive} s."
                ).format(target=self.target, keepalive=self.keepalive),
                advice=_("Give at least {least}.").format(least=self.keepalive + 1),
            )
        return AuditOptions(
            scenario=Scenario(self.scenario),
            features=tuple(dict.fromkeys(self.feature or ("phones",))),
            pbx=pbx,
            keepalive=self.keepalive,
            target_seconds=self.target,
            sources=tuple(dict.fromkeys(_network(source) for source in self.source or ())),
        )


def _pbx(value: str | None, scenario: str) -> str | None:
    """Return the address of the PBX; `UsageError` where it is none, or where no PBX stands behind the router."""
    import ipaddress

    if value is None:
        return None
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError as error:
        raise _no_address("--pbx", value) from error
    if scenario != "onprem":
        raise UsageError(
            _("--pbx is the address of a PBX behind this router, but the scenario is {scenario}.").format(
                scenario=scenario
            ),
            advice=_("Add --scenario onprem, or leave --pbx out."),
        )
    return str(address)


def _network(value: str) -> str:
    """Return an address or a network as it is compared; `UsageError` where it is none, or everybody."""
    import ipaddress

    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError as error:
        raise _no_address("--source", value) from error
    if network.prefixlen == 0:
        raise UsageError(
            _("--source {value} is the whole internet.").format(value=value),
            advice=_("Name the addresses of those who have to use the forward."),
        )
    return str(network).removesuffix("/32")


def _no_address(option: str, value: str) -> UsageError:
    return UsageError(_("{option} {value} is not an IPv4 address.").format(option=option, value=value))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Where the router's texts come from."""

    file: options.File = None
    command: options.Command = None
    vendor: options.Vendor = None
    vendor_dir: options.VendorDir = None

    def vendors(self) -> Vendors:
        """Return the vendors that count."""
        from auditor.pipeline import Vendors

        return Vendors(folder=self.vendor_dir)

    def capture(self, host: str | None, connection: Connection) -> Capture:
        """Collect from the host or from the file, whichever is named."""
        from auditor.cli.shortfall import tell
        from auditor.model.capture import Target
        from auditor.pipeline import capture_file, capture_live

        if (not host) == (self.file is None):
            raise UsageError(_("Name either a host to log in to or a --file."))
        vendors = self.vendors()
        if self.vendor:
            vendors.one(self.vendor)  # a wrong slug is told before anybody is asked for a password
        if self.file is not None:
            return capture_file(self.file, Target(vendor=self.vendor), vendors, self.command)
        if self.command is not None:
            raise UsageError(_("--command names what a --file holds; live, the vendor's profile decides."))
        host = str(host)
        credentials = connection.credentials(host)  # before the progress: it would paint over the question
        with _progress(host) as progress:
            collected = capture_live(
                Target(host=host, vendor=self.vendor),
                vendors,
                credentials,
                connection.session_options(),
                progress,
            )
        tell(collected, vendors.one(collected.vendor))
        return collected


def run_audit(host: str | None, reading: Reading, connection: Connection, wanted: Wanted) -> Audit:
    """Collect and audit one target."""
    from auditor.pipeline import audit

    audit_options = wanted.audit_options()
    return audit(reading.capture(host, connection), audit_options, reading.vendors())


def _ask(prompt: str) -> str:
    import getpass

    if not sys.stdin.isatty():
        raise UsageError(
            _("There is no terminal to ask for a password."),
            advice=_("Put it into AUDITOR_PASSWORD for this one command."),
        )
    return getpass.getpass(prompt, stream=sys.stderr)


@contextmanager
def _progress(host: str) -> Iterator[Callable[[str], None] | None]:
    """Show on a terminal what the session is doing; print nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status(Text(host)) as status:
        yield lambda text: status.update(Text(f"{host}: {text}"))


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """Spread a command's groups of options into its signature, where typer looks for them."""
    hints = typing.get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and dataclasses.is_dataclass(hint)
    }
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name not in groups:
            parameters.append(
                parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            )
            continue
        group = groups[parameter.name]
        fields = typing.get_type_hints(group, include_extras=True)
        parameters.extend(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=fields[field.name],
            )
            for field in dataclasses.fields(group)
        )

    @functools.wraps(command)
    def run(**values: Any) -> None:
        built = {
            name: group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
            for name, group in groups.items()
        }
        command(**values, **built)

    del run.__wrapped__  # else typer would read the signature that is spread here
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
