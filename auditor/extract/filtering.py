"""May a forwarded packet pass the filter? Walks the forward chains with what is known of the packet."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from auditor.extract.chains import Chains, Match, Step
from auditor.extract.view import View
from auditor.model.facts import Answer, PortForward
from auditor.model.ports import PortRange
from auditor.profiles.schema import FilterTable


class Filter:
    """The filter rules of a device, asked about one forward at a time."""

    def __init__(self, view: View, spec: FilterTable) -> None:
        self._spec = spec
        self._view = view
        self._sets = [
            Chains([f for f in view.records(spec.section) if f.source is doc], spec.fields, spec.jump)
            for doc in view.documents
        ]

    def permits(self, forward: PortForward) -> Answer:
        """Return whether the first packet of a forwarded flow passes every chain that it meets."""
        if next(self._view.not_understood(self._spec.section), None):
            return Answer.UNKNOWN
        answers = [
            self._chain(chains, name, forward)
            for chains in self._sets
            for name in chains.names()
            if name.partition(":")[0] in self._spec.start
        ]
        if Answer.NO in answers:
            return Answer.NO
        if not self._view.absence(self._spec.section).known:
            return Answer.UNKNOWN
        if not answers:
            return self._policy("")
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES

    def _chain(self, chains: Chains, name: str, forward: PortForward) -> Answer:
        sure = True
        for step in chains.walk(name):
            verdict = self._verdict(step.action)
            if verdict is None or not step.enabled:
                continue
            hit = self._catches(step, forward)
            if hit is Answer.YES:
                return verdict if sure else Answer.UNKNOWN
            if hit is Answer.UNKNOWN:
                sure = False
        return self._policy(name) if sure else Answer.UNKNOWN

    def _verdict(self, action: str) -> Answer | None:
        if action in self._spec.accept:
            return Answer.YES
        return Answer.NO if action in self._spec.drop else None

    def _policy(self, chain: str) -> Answer:
        if self._spec.policy is None:
            return self._spec.policy_default
        for value, found in self._view.pick(self._spec.policy):
            if found.record.values.get("chain", "") == chain:
                return self._verdict(value) or Answer.UNKNOWN
        return self._spec.policy_default

    def _catches(self, step: Step, forward: PortForward) -> Answer:
        """Tell whether a rule catches the flow: surely, surely not, or perhaps."""
        values = step.found.record.values
        answers = [
            _protocol(step.match, forward),
            _address(step.match.address, forward.internal_address),
            _ports(step.match.ports, forward.internal_ports),
            self._interface(step.match.interface, forward.interface),
            _same(step.match.source, None if forward.source == "any" else forward.source),
            *self._states(values),
        ]
        if step.match.impossible or Answer.NO in answers:
            return Answer.NO
        extra = set(values) - self._known_keys()
        return Answer.UNKNOWN if Answer.UNKNOWN in answers or extra or step.match.unreadable else Answer.YES

    def _interface(self, wanted: str | None, have: str | None) -> Answer:
        answer = _same(wanted, have)
        if answer is not Answer.UNKNOWN or not self._spec.exact_interfaces or wanted is None or have is None:
            return answer
        name = wanted.lstrip("! ")
        fits = have.startswith(name[:-1]) if name[-1:] in {"*", "+"} else have == name
        return Answer.YES if fits != wanted.startswith("!") else Answer.NO

    def _states(self, values: Mapping[str, str]) -> list[Answer]:
        return [
            _state(values[key], wanted)
            for where in (self._spec.new_flows, self._spec.translated)
            for key, wanted in where.items()
            if values.get(key)
        ]

    def _known_keys(self) -> set[str]:
        fields, spec = self._spec.fields, self._spec
        single = (fields.chain, fields.action, fields.jump_target, fields.protocol)
        several = (
            fields.external_address, fields.interface, fields.source, fields.external_ports, fields.name,
            tuple(fields.disabled), tuple(spec.new_flows), tuple(spec.translated), spec.inert,
        )  # fmt: skip
        return {key for key in single if key} | {key for keys in several for key in keys}


def _state(text: str, wanted: tuple[str, ...]) -> Answer:
    negated = text.startswith("!")
    held = {part.strip() for part in text.lstrip("!").split(",")}
    fits = bool(held & set(wanted))
    return Answer.YES if fits != negated else Answer.NO


def _protocol(match: Match, forward: PortForward) -> Answer:
    if match.protocol in {"any", forward.protocol}:
        return Answer.YES
    return Answer.UNKNOWN if forward.protocol == "any" else Answer.NO


def _ports(wanted: tuple[PortRange, ...] | None, ports: PortRange) -> Answer:
    if wanted is None or any(one.covers(ports) for one in wanted):
        return Answer.YES
    return Answer.UNKNOWN if any(one.overlaps(ports) for one in wanted) else Answer.NO


def _same(wanted: str | None, have: str | None) -> Answer:
    if wanted is None:
        return Answer.YES
    if have is None:
        return Answer.UNKNOWN
    if wanted.startswith("!"):
        return Answer.NO if wanted[1:].strip() == have else Answer.UNKNOWN
    return Answer.YES if wanted == have else Answer.UNKNOWN


def _address(wanted: str | None, have: str) -> Answer:
    if wanted is None:
        return Answer.YES
    negated = wanted.startswith("!")
    try:
        network = ipaddress.ip_network(wanted.lstrip("! "), strict=False)
        address = ipaddress.ip_address(have.split("/", maxsplit=1)[0])
    except ValueError:
        return Answer.UNKNOWN
    inside = address in network
    return Answer.YES if inside != negated else Answer.NO
