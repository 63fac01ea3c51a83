"""May a forwarded packet pass the filter? Walks the forward chains with what is known of the packet."""

from __future__ import annotations

import functools
import heapq
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.extract.chains import Chains, Match, Tangled, asks_more
from auditor.extract.view import View
from auditor.model.facts import Answer, PortForward
from auditor.model.ports import PortRange
from auditor.profiles.schema import FilterTable

_FEW_PORTS = 64  # of a rule that is found by each of its ports


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule that can decide: its verdict, what it asks for, and what is asked of every forward alike."""

    verdict: Answer | None  # none: it only ends the walk through its chain
    match: Match
    inside: tuple[int, ...]
    narrowed: bool  # it asks for more than is known of a forward


class Filter:
    """The filter rules of a device, asked about one forward at a time."""

    def __init__(self, view: View, spec: FilterTable) -> None:
        self._spec = spec
        self._known_keys = spec.fields.keys() | {*spec.new_flows, *spec.translated, *spec.inert}
        self._readable = next(view.not_understood(spec.section), None) is None
        self._whole = view.absence(spec.section).known
        try:
            self._chains = tuple(self._tables(view))
        except Tangled:
            self._chains, self._readable = (), False

    def permits(self, forward: PortForward) -> Answer:
        """Return whether the first packet of a forwarded flow passes every chain that it meets."""
        if not self._readable:
            return Answer.UNKNOWN
        answers = [self._chain(rules, policy, forward) for policy, rules in self._chains]
        if Answer.NO in answers:
            return Answer.NO
        if not self._whole:
            return Answer.UNKNOWN
        if not answers:
            return self._spec.policy_default
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES

    def _tables(self, view: View) -> Iterator[tuple[Answer, _ByPort]]:
        """Yield each chain that a forwarded packet enters, of every document, with its policy."""
        spec = self._spec
        for doc in view.documents:
            rules = tuple(found for found in view.records(spec.section, spec.only) if found.source is doc)
            chains = Chains(rules, spec)
            policies = {
                found.record.values.get("chain", ""): self._verdict(value) or Answer.UNKNOWN
                for value, found in (view.pick(spec.policy) if spec.policy else ())
                if found.source is doc
            }
            for name in dict.fromkeys((*policies, *chains.names())):
                if name.partition(":")[0] in spec.start:
                    policy = policies.get(name, spec.policy_default)
                    yield policy, _ByPort(self._compiled(chains, name))

    def _compiled(self, chains: Chains, name: str) -> Iterator[_Compiled]:
        """Yield the rules of a chain that can decide about a new, translated flow, jumps followed."""
        for step in chains.walk(name):
            verdict = self._verdict(step.action)
            rules = step.rules()
            if (
                (verdict is None and not step.leaves)
                or not step.enabled
                or step.match.impossible
                or any(Answer.NO in self._states(values) for values in rules)
            ):
                continue
            narrowed = step.match.narrowed or bool(step.match.unreadable)
            narrowed |= any(asks_more(values, self._spec.fields, self._known_keys) for values in rules)
            yield _Compiled(verdict, step.match, step.inside, narrowed)

    def _chain(self, rules: _ByPort, policy: Answer, forward: PortForward) -> Answer:
        if self._spec.order == "unknown":
            return self._all_that_catch(rules, policy, forward)
        perhaps: set[Answer] = set()  # what rules say that may or may not catch the flow
        left: set[int] = set()
        answer = policy
        for rule in rules.candidates(self._ports_of(forward)):
            hit = self._catches(rule, forward) if left.isdisjoint(rule.inside) else Answer.NO
            if hit is Answer.UNKNOWN:
                perhaps.add(rule.verdict or Answer.UNKNOWN)
                if len(perhaps) > 1:
                    return Answer.UNKNOWN
            elif hit is Answer.YES and rule.verdict is not None:
                answer = rule.verdict
                break
            elif hit is Answer.YES:
                left.add(rule.inside[-1])
        return answer if perhaps <= {answer} else Answer.UNKNOWN

    def _all_that_catch(self, rules: _ByPort, policy: Answer, forward: PortForward) -> Answer:
        """Return what every rule agrees on that can catch the flow, and the policy where it is not sure that one does."""
        verdicts, sure = set[Answer](), False
        for rule in rules.candidates(self._ports_of(forward)):
            hit = self._catches(rule, forward)
            if hit is not Answer.NO:
                verdicts.add(rule.verdict or Answer.UNKNOWN)
                sure = sure or hit is Answer.YES
        verdicts |= set() if sure else {policy}
        return verdicts.pop() if len(verdicts) == 1 else Answer.UNKNOWN

    def _ports_of(self, forward: PortForward) -> PortRange:
        return forward.external_ports if self._spec.untranslated else forward.internal_ports

    def _verdict(self, action: str) -> Answer | None:
        if action in self._spec.accept:
            return Answer.YES
        return Answer.NO if action in self._spec.drop else None

    def _catches(self, rule: _Compiled, forward: PortForward) -> Answer:
        """Tell whether a rule catches the flow: surely, surely not, or perhaps."""
        match, sure = rule.match, not rule.narrowed
        outside = self._spec.untranslated
        for answer in (
            _protocol(match, forward),
            _ports(match.ports, self._ports_of(forward)),
            self._interface(match.interface, forward.interface),
            _address(match.address, forward.external_address if outside else forward.internal_address),
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
        self._wide: list[int] = []
        self._narrow: dict[int, list[int]] = {}
        for index, rule in enumerate(self._rules):
            ports = rule.match.ports
            if ports is None or sum(one.size for one in ports) > _FEW_PORTS:
                self._wide.append(index)
                continue
            for port in dict.fromkeys(port for one in ports for port in range(one.first, one.last + 1)):
                self._narrow.setdefault(port, []).append(index)

    def candidates(self, ports: PortRange) -> Iterator[_Compiled]:
        """Yield the rules that these ports can meet, in order."""
        if ports.size > len(self._narrow):
            yield from self._rules
            return
        lists = [self._narrow[port] for port in range(ports.first, ports.last + 1) if port in self._narrow]
        last = -1
        for index in heapq.merge(self._wide, *lists):
            if index != last:
                yield self._rules[index]
            last = index


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
