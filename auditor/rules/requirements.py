"""What STARFACE needs of the router, read from `starface.yaml`: ports, exposure, and what each feature calls for."""

from __future__ import annotations

import difflib
import enum
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from auditor.model.audit import AuditOptions, Scenario
from auditor.model.errors import RequirementsError, UsageError
from auditor.model.ports import PortRange
from auditor.model.text import _

DATA = Path(__file__).with_name("starface.yaml")


class Exposure(enum.StrEnum):
    """Whether a forward may be open to the whole internet."""

    NEVER = "never"
    RESTRICT_SOURCE = "restrict_source"
    WARN_IF_ANY = "warn_if_any"


class Requirement(enum.StrEnum):
    """How much a port is needed; `none`: not in STARFACE's table."""

    REQUIRED = "required"
    FEATURE = "feature"
    OPTIONAL = "optional"
    INFORMATIONAL = "informational"
    NONE = "none"


class Users(enum.StrEnum):
    """Who has to be able to use a forward."""

    ANY = "any"
    PROVIDER = "provider"
    PARTNER = "partner"
    KNOWN_ADDRESSES = "known_addresses"
    CLOUD_PBX = "cloud_pbx"


class Direction(enum.StrEnum):
    """Way of a row of the port matrix."""

    FORWARD = "forward"  # from the internet to a machine behind the router
    OUTBOUND = "outbound"  # from behind the router to the internet; the answers come back by themselves
    NO_FORWARD = "no_forward"  # a forward of it would take packets away from the phones


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_range(value: object) -> object:
    return PortRange(*value) if isinstance(value, list) and len(value) == 2 else value  # noqa: PLR2004 - a pair


class Port(_Strict):
    """A service of the phone system: one range of ports. `beyond`: met only where more than that port is open."""

    range: Annotated[PortRange, BeforeValidator(_as_range)]
    protocols: tuple[str, ...]
    purpose: str
    requirement: Requirement
    exposure: Exposure
    confidence: str
    sources: tuple[str, ...]
    beyond: str | None = None


class Need(_Strict):
    """A forward that a feature calls for: one of these ports, usable by these."""

    any_of: tuple[str, ...]
    source: Users


class Row(_Strict):
    """One line of the scenario table."""

    title: str
    forwards: tuple[Need, ...] = ()
    outbound: tuple[str, ...] = ()


class Feature(_Strict):
    """In which scenario the feature exists, and its row there."""

    cloud: str | None = None
    onprem: str | None = None

    def row(self, scenario: Scenario) -> str | None:
        """Return the row of this scenario."""
        return self.cloud if scenario is Scenario.CLOUD else self.onprem


class Requirements(_Strict):
    """The whole of `starface.yaml`."""

    sources: dict[str, str]
    ports: dict[str, Port]
    high_exposure: tuple[str, ...]
    forbidden_in_cloud: tuple[str, ...]
    rows: dict[str, Row]
    features: dict[str, Feature]

    @model_validator(mode="after")
    def _names_exist(self) -> Requirements:
        used = {*self.high_exposure, *self.forbidden_in_cloud}
        for row in self.rows.values():
            used.update(row.outbound, *(need.any_of for need in row.forwards))
        used.update(port.beyond for port in self.ports.values() if port.beyond)
        rows = {row for feature in self.features.values() for row in (feature.cloud, feature.onprem) if row}
        cited = {source for port in self.ports.values() for source in port.sources}
        for kind, lost in (
            ("port", used - self.ports.keys()),
            ("row", rows - self.rows.keys()),
            ("source", cited - self.sources.keys()),
        ):
            if lost:
                raise ValueError(f"no such {kind}: {', '.join(sorted(lost))}")
        return self

    def selected(self, scenario: Scenario, features: tuple[str, ...]) -> tuple[str, ...]:
        """Return the rows that the features stand for; `UsageError` names the features that there are."""
        rows = []
        for name in features:
            row = self.features[name].row(scenario) if name in self.features else None
            if row is None:
                raise UsageError(
                    _("There is no feature {name} with --scenario {scenario}.").format(
                        name=name, scenario=scenario.value
                    ),
                    advice=_("There are: {features}.").format(
                        features=", ".join(self._nearest_first(name, scenario))
                    ),
                )
            rows.append(row)
        return tuple(dict.fromkeys(rows))

    def _nearest_first(self, name: str, scenario: Scenario) -> list[str]:
        there = [slug for slug, feature in self.features.items() if feature.row(scenario)]
        return sorted(there, key=lambda slug: -difflib.SequenceMatcher(None, name.lower(), slug).ratio())


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What one audit asks for: the rows, and the forwards needed with those who have to be able to use them."""

    requirements: Requirements
    rows: tuple[str, ...]
    needs: tuple[Need, ...]

    @property
    def mixed_users(self) -> bool:
        """Whether several groups of users need forwards, so that a known address may belong to any of them."""
        return len({need.source for need in self.needs} - {Users.ANY}) > 1

    def needed_ports(self) -> frozenset[str]:
        """Return the ids of every port of which a selected feature can call for a forward."""
        return frozenset(port for need in self.needs for port in need.any_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One line of the port matrix. `users` is set for forwards; `sources` are addresses of pages."""

    row: str
    title: str
    port: str
    ports: PortRange
    protocols: tuple[str, ...]
    direction: Direction
    purpose: str
    requirement: Requirement
    exposure: Exposure
    users: Users | None
    alternatives: tuple[str, ...]
    confidence: str
    sources: tuple[str, ...]


@functools.cache
def load(path: Path = DATA) -> Requirements:
    """Return the requirements; `RequirementsError` names the file and the place."""
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Requirements.model_validate(data)
    except (OSError, yaml.YAMLError) as error:
        raise RequirementsError(
            _("{file} cannot be read: {reason}").format(file=path.name, reason=error)
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RequirementsError(
            _("{file}, {place}: {reason}").format(file=path.name, place=place, reason=first["msg"])
        ) from error


def select(options: AuditOptions) -> Selection:
    """Return what the scenario and the features ask for; `UsageError` where they do not go together."""
    requirements = load()
    rows = requirements.selected(options.scenario, options.features)
    needs = _merged([need for row in rows for need in requirements.rows[row].forwards])
    if needs and options.scenario is Scenario.ONPREM and options.pbx is None:
        raise UsageError(
            _(
                "These features need port forwards to the phone system, but its address is not known: {features}."
            ).format(features=", ".join(options.features)),
            advice=_("Name its address in the LAN with --pbx."),
        )
    return Selection(requirements=requirements, rows=rows, needs=needs)


def _merged(needs: list[Need]) -> tuple[Need, ...]:
    """Count a forward once for the same users; where one feature needs it for anybody, it is for anybody."""
    for_anybody = {need.any_of for need in needs if need.source is Users.ANY}
    return tuple(
        need for need in dict.fromkeys(needs) if need.source is Users.ANY or need.any_of not in for_anybody
    )


def matrix(scenario: Scenario, features: tuple[str, ...] = ("phones",)) -> tuple[MatrixRow, ...]:
    """Return the port matrix: forwards first, then what has to get out, then what must not be forwarded."""
    requirements = load()
    lines: list[MatrixRow] = []
    for name in requirements.selected(scenario, features):
        row = requirements.rows[name]
        for need in row.forwards:
            lines += [_line(requirements, name, port, Direction.FORWARD, need) for port in need.any_of]
        lines += [_line(requirements, name, port, Direction.OUTBOUND) for port in row.outbound]
        if scenario is Scenario.CLOUD:
            lines += [
                _line(requirements, name, port, Direction.NO_FORWARD)
                for port in requirements.forbidden_in_cloud
            ]
    return tuple(lines)


def _line(
    requirements: Requirements, row: str, name: str, direction: Direction, need: Need | None = None
) -> MatrixRow:
    port = requirements.ports[name]
    return MatrixRow(
        row=row,
        title=_(requirements.rows[row].title),
        port=name,
        ports=port.range,
        protocols=port.protocols,
        direction=direction,
        purpose=_(port.purpose),
        requirement=port.requirement,
        exposure=port.exposure,
        users=need.source if need else None,
        alternatives=tuple(other for other in need.any_of if other != name) if need else (),
        confidence=port.confidence,
        sources=tuple(requirements.sources[source] for source in port.sources),
    )
