"""Loads vendor profiles: the file name is the slug, a folder named by the user comes first."""

from __future__ import annotations

import difflib
import functools
import re
import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from auditor.model.errors import NoSuchVendor, ProfileError
from auditor.model.text import _
from auditor.profiles.data_files import data_directory
from auditor.profiles.schema import Default, DocumentKind, Profile, Signs
from auditor.profiles.yaml_lines import LinedYaml

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,40}")


def profile_paths(vendor_dir: Path | None = None) -> dict[str, Path]:
    """Return slug → file of every vendor, sorted by slug; those in `vendor_dir` add to ours or shadow them."""
    paths = {path.stem: path for path in data_directory("vendor_profiles").glob("*.yaml")}
    if vendor_dir is not None:
        if not vendor_dir.is_dir():
            raise ProfileError(_("There is no folder {path}.").format(path=vendor_dir))
        paths |= {path.stem: path for path in vendor_dir.glob("*.yaml")}
    return dict(sorted(paths.items()))


def load_profile(slug: str, vendor_dir: Path | None = None) -> Profile:
    """Return the profile of a vendor; `NoSuchVendor` names the nearest slug, `ProfileError` what is wrong in it."""
    paths = profile_paths(vendor_dir)
    if slug not in paths:
        near = difflib.get_close_matches(slug, paths, n=1, cutoff=0.4) or [s for s in paths if slug in s]
        hint = _("Did you mean {slug}?").format(slug=near[0]) if near else ""
        listing = _("Known vendors: {slugs}.").format(slugs=", ".join(paths))
        raise NoSuchVendor(
            _("There is no vendor {slug}.").format(slug=slug), advice=f"{hint} {listing}".strip()
        )
    return read_profile(paths[slug])


def load_profiles(vendor_dir: Path | None = None) -> tuple[Profile, ...]:
    """Return every profile, by slug."""
    return tuple(read_profile(path) for path in profile_paths(vendor_dir).values())


def load_signs(vendor_dir: Path | None = None) -> tuple[Signs, ...]:
    """Return how to know every vendor, by slug. Of our own profiles the rest is not read: there are many of them."""
    paths = profile_paths(vendor_dir)
    own = data_directory("vendor_profiles")
    return tuple(_read_signs(path) if path.parent == own else read_profile(path) for path in paths.values())


@functools.cache
def _read_signs(path: Path) -> Signs:
    sections = LinedYaml.sections(path, Signs.model_fields)
    try:
        return Signs.model_validate({**sections, "slug": path.stem})
    except ValidationError:
        return read_profile(path)


@functools.cache
def read_profile(path: Path) -> Profile:
    """Read and check one profile file."""
    try:
        document = LinedYaml(path)
    except OSError as error:
        raise ProfileError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(
            _("{path} is not YAML: {reason}").format(path=path, reason=" ".join(str(error).split()))
        ) from error
    if not _SLUG.fullmatch(path.stem):
        raise ProfileError(
            _("{path}: the file name is the vendor's slug and may hold a-z, 0-9 and _ only.").format(
                path=path
            )
        )
    if not isinstance(document.data, dict):
        raise ProfileError(_("{path}: line 1: a profile is a mapping of sections.").format(path=path))
    try:
        profile = Profile.model_validate({**document.data, "slug": path.stem})
    except ValidationError as error:
        raise _explained(document, error) from error
    for where, text in _contradictions(profile):
        raise ProfileError(_at(document, where, text))
    return profile


def _at(document: LinedYaml, where: tuple[str | int, ...], text: str) -> str:
    return _("{path}: line {line}: {key}: {text}").format(
        path=document.path, line=document.line_of(where), key=".".join(map(str, where)), text=text
    )


def _explained(document: LinedYaml, error: ValidationError) -> ProfileError:
    found = error.errors(include_url=False, include_context=False)
    # A misspelt key is also a missing one; the misspelling is what a person can act on.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    where = tuple(first["loc"])
    text = first["msg"]
    if first["type"] == "extra_forbidden":
        valid = _valid_keys(where[:-1])
        near = difflib.get_close_matches(str(where[-1]), valid, n=1, cutoff=0.3)
        text = _("there is no such key.")
        if near:
            text += " " + _("The nearest valid key is {key}.").format(key=near[0])
        elif valid:
            text += " " + _("Valid here: {keys}.").format(keys=", ".join(valid))
    elif first["type"] == "missing":
        text = _("this key is missing.")
    return ProfileError(_at(document, where, text))


def _valid_keys(where: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the schema knows at a place, walking field types step by step."""
    kind: Any = Profile
    for step in where:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = next((f for n, f in kind.model_fields.items() if step in {n, f.alias}), None)
            if field is None:
                return ()
            kind = field.annotation
        else:
            kind = next((a for a in reversed(get_args(kind)) if a is not Ellipsis), None)
        kind = _model_in(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return tuple(f.alias or n for n, f in kind.model_fields.items() if n != "slug")
    return ()


def _model_in(kind: Any) -> Any:
    """Take the model out of `X | None`; leave containers for the next step."""
    options = [a for a in get_args(kind) if isinstance(a, type) and issubclass(a, BaseModel)]
    container = getattr(kind, "__origin__", None) in {dict, tuple}
    return options[0] if options and not container else kind


Problem = tuple[tuple[str | int, ...], str]


def _contradictions(profile: Profile) -> Iterator[Problem]:
    """Yield place and reason of everything that the schema allows and the profile must not say."""
    if profile.detect.probe is not None and (problem := command_problem(profile, profile.detect.probe)):
        yield ("detect", "probe"), problem
    for kind, doc in profile.documents.items():
        for key, problem in _document_problems(profile, doc):
            yield ("documents", kind, key), problem
    for index, timer in enumerate(profile.facts.udp_timers):
        here = ("facts", "udp_timers", index)
        if timer.layer not in profile.facts.layers:
            yield (*here, "layer"), _("there is no layer {name}.").format(name=timer.layer)
        if any(default.seconds is None and not default.never for default in timer.defaults):
            yield (*here, "defaults"), _("a default needs seconds or never.")
        yield from _sources(profile, timer.defaults, here)
    for index, layer in enumerate(profile.facts.sip_alg):
        here = ("facts", "sip_alg", index)
        if any(default.state is None for default in layer.defaults):
            yield (*here, "defaults"), _("a default needs a state.")
        yield from _sources(profile, layer.defaults, here)


def _document_problems(profile: Profile, doc: DocumentKind) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what is wrong with one document."""
    others = {
        "instead_of": (doc.instead_of,),
        "beside": doc.beside,
        "twin": (doc.twin.document if doc.twin else None,),
        "complete": doc.complete.elsewhere.values(),
    }
    for key, names in others.items():
        for name in names:
            if name and name not in profile.documents:
                yield key, _("there is no document {name}.").format(name=name)
    if doc.command is None:
        return
    problem = command_problem(profile, doc.command)
    if problem:
        yield "command", problem
    lines = (*doc.enter, doc.command)
    names = {name for line in lines for _text, name, _spec, _conv in string.Formatter().parse(line) if name}
    if names != set(doc.fill):
        yield "command", _("fill does not name its placeholders.")
    if doc.context is not None and doc.context not in doc.fill:
        yield "context", _("fill does not name it.")
    if bool(doc.enter) != bool(doc.leave):
        yield "leave", _("what is entered has to be left again.")


def _sources(profile: Profile, defaults: Sequence[Default], here: tuple[str | int, ...]) -> Iterator[Problem]:
    for number, default in enumerate(defaults):
        if default.source not in profile.sources:
            yield (
                (*here, "defaults", number, "source"),
                _("there is no source {name}.").format(name=default.source),
            )


def command_problem(profile: Profile, command: str) -> str:
    """Return why a command may not be typed, or an empty text. Placeholders count as harmless words."""
    session = profile.session
    if session is None:
        return _("a profile with commands needs a session.")
    if any(not character.isprintable() for character in command):
        return _("it holds a control character.")
    shape = re.sub(r"\{[a-z_]+\}", "x", command)
    if session.elevation and shape.startswith(session.elevation.prefix):
        shape = shape.removeprefix(session.elevation.prefix)
    if not any(re.fullmatch(pattern, shape) for pattern in session.harmless):
        return _("{command} is not among the harmless commands of this vendor.").format(command=command)
    return ""
