"""May a forwarded packet pass the filter? Walks the forward chains with what is known of the packet."""

from __future__ import annotations

import functools
import heapq
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.extract.chains import Chains, Match
from auditor.extract.view import View
from auditor.model.facts import Answer, PortForward
from auditor.model.ports import PortRange
from auditor.profiles.schema import FilterTable

_BUCKET = 256  # ports
_MANY_BUCKETS = 64


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule that can decide: its verdict, what it asks for, and what is asked of every forward alike."""

    verdict: Answer
    match: Match
    narrowed: bool  # it asks for more than is known of a forward


class Filter:
    """The filter rules of a device, asked about one forward at a time."""

    def __init__(self, view: View, spec: FilterTable) -> None:
        self._spec = spec
        self._known_keys = _keys_of(spec)
        self._readable = next(view.not_understood(spec.section), None) is None
        self._whole = view.absence(spec.section).known
        self._policies = [
            (found.record.values.get("chain", ""), value)
            for value, found in (view.pick(spec.policy) if spec.policy else ())
        ]
        self._chains = [
            (name, _ByPort(self._compiled(chains, name)))
            for doc in view.documents
            for chains in (
                Chains(
                    tuple(f for f in view.records(spec.section) if f.source is doc), spec.fields, spec.jump
                ),
            )
            for name in chains.names()
            if name.partition(":")[0] in spec.start
        ]

    def permits(self, forward: PortForward) -> Answer:
        """Return whether the first packet of a forwarded flow passes every chain that it meets."""
        if not self._readable:
            return Answer.UNKNOWN
        answers = [self._chain(rules, name, forward) for name, rules in self._chains]
        if Answer.NO in answers:
            return Answer.NO
        if not self._whole:
            return Answer.UNKNOWN
        if not answers:
            return self._policy("")
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES

    def _compiled(self, chains: Chains, name: str) -> Iterator[_Compiled]:
        """Yield the rules of a chain that can decide about a new, translated flow, jumps followed."""
        for step in chains.walk(name):
            verdict = self._verdict(step.action)
            values = step.found.record.values
            if (
                verdict is None
                or not step.enabled
                or step.match.impossible
                or Answer.NO in self._states(values)
            ):
                continue
            narrowed = bool(set(values) - self._known_keys) or bool(step.match.unreadable)
            yield _Compiled(verdict, step.match, narrowed)

    def _chain(self, rules: _ByPort, name: str, forward: PortForward) -> Answer:
        for rule in rules.candidates(forward.internal_ports):
            hit = self._catches(rule, forward)
            if hit is Answer.YES:
                return rule.verdict
            if hit is Answer.UNKNOWN:
                return Answer.UNKNOWN  # whatever follows, this rule may come first
        return self._policy(name)

    def _verdict(self, action: str) -> Answer | None:
        if action in self._spec.accept:
            return Answer.YES
        return Answer.NO if action in self._spec.drop else None

    def _policy(self, chain: str) -> Answer:
        stated = next((value for name, value in self._policies if name == chain), None)
        return self._spec.policy_default if stated is None else self._verdict(stated) or Answer.UNKNOWN

    def _catches(self, rule: _Compiled, forward: PortForward) -> Answer:
        """Tell whether a rule catches the flow: surely, surely not, or perhaps."""
        match, sure = rule.match, not rule.narrowed
        for answer in (
            _protocol(match, forward),
            _ports(match.ports, forward.internal_ports),
            self._interface(match.interface, forward.interface),
            _address(match.address, forward.internal_address),
            _same(match.source, None if forward.source == "any" else forward.source),
        ):
            if answer is Answer.NO:
                return answer
            sure = sure and answer is Answer.YES
        return Answer.YES if sure else Answer.UNKNOWN

    def _interface(self, wanted: str | None, have: str | None) -> Answer:
        answer = _same(wanted, have)
        if answer is not Answer.UNKNOWN or not self._spec.exact_interfaces or wanted is None or have is None:
            return answer
        name = wanted.lstrip("! ")
        names, here = ({part.strip() for part in text.split(",")} for text in (name, have))
        fits = have.startswith(name[:-1]) if name[-1:] in {"*", "+"} else here <= names
        if not fits and here & names:
            return Answer.UNKNOWN
        return Answer.YES if fits != wanted.startswith("!") else Answer.NO

    def _states(self, values: Mapping[str, str]) -> list[Answer]:
        return [
            _state(values[key], wanted)
            for where in (self._spec.new_flows, self._spec.translated)
            for key, wanted in where.items()
            if values.get(key)
        ]


class _ByPort:
    """Rules in their order, found by port: a device may have thousands of rules and of forwards."""

    def __init__(self, rules: Iterable[_Compiled]) -> None:
        self._rules = tuple(rules)
        self._everywhere: list[int] = []
        self._buckets: dict[int, list[int]] = {}
        for index, rule in enumerate(self._rules):
            if rule.match.ports is None:
                self._everywhere.append(index)
                continue
            for bucket in dict.fromkeys(number for ports in rule.match.ports for number in _buckets(ports)):
                self._buckets.setdefault(bucket, []).append(index)

    def candidates(self, ports: PortRange) -> Iterator[_Compiled]:
        """Yield the rules that these ports can meet, in order."""
        numbers = _buckets(ports)
        if len(numbers) > _MANY_BUCKETS:
            yield from self._rules
            return
        lists = [self._everywhere, *(self._buckets.get(number, []) for number in numbers)]
        last = -1
        for index in heapq.merge(*lists):
            if index != last:
                yield self._rules[index]
            last = index


def _buckets(ports: PortRange) -> range:
    return range(ports.first // _BUCKET, ports.last // _BUCKET + 1)


def _keys_of(spec: FilterTable) -> frozenset[str]:
    """Return the keys of a record that are judged; any other one narrows what a rule catches."""
    fields = spec.fields
    single = (fields.chain, fields.action, fields.jump_target, fields.protocol)
    several = (
        fields.external_address, fields.interface, fields.source, fields.external_ports, fields.name,
        tuple(fields.disabled), tuple(spec.new_flows), tuple(spec.translated), spec.inert,
    )  # fmt: skip
    return frozenset(key for key in single if key) | {key for keys in several for key in keys}


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
    network, address = _network(wanted.lstrip("! ")), _network(have.split("/", maxsplit=1)[0])
    if network is None or address is None:
        return Answer.UNKNOWN
    inside = network.network_address <= address.network_address <= network.broadcast_address
    return Answer.YES if inside != wanted.startswith("!") else Answer.NO


@functools.lru_cache(maxsize=65536)
def _network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None
