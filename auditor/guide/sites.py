"""Which peers stand behind the same public address, also after it changed."""

from __future__ import annotations

import ipaddress

from auditor.guide.event_store import EventStore
from auditor.guide.log_lines import host_of

UNKNOWN = 0


class Sites:
    """Sites by number; peers whose address the log never names are at site 0, unless there is only one.

    Attributes:
        of_peer: number of the site, by the number of the peer.
        hosts: addresses of each site.
    """

    def __init__(self, events: EventStore) -> None:
        self._parent: dict[str, str] = {}
        first = dict[int, str]()
        known = dict[int, str]()
        for peer, address in zip(events.peer, events.address, strict=True):
            if not address:
                first.setdefault(peer, "")
                continue
            host = known.get(address) or known.setdefault(address, _place(events.addresses[address]))
            if before := first.get(peer):
                self._join(before, host)
            else:
                first[peer] = host
                self._parent.setdefault(host, host)
        roots = sorted({self._root(host) for host in self._parent})
        numbers = {root: number for number, root in enumerate(roots, start=1)}
        alone = 1 if len(roots) == 1 else UNKNOWN
        self.of_peer = {peer: numbers[self._root(host)] if host else alone for peer, host in first.items()}
        self.hosts: dict[int, set[str]] = {}
        for host in self._parent:
            self.hosts.setdefault(numbers[self._root(host)], set()).add(host)

    def members(self, site: int) -> int:
        """Return how many peers the log names at a site."""
        return sum(number == site for number in self.of_peer.values())

    def _root(self, host: str) -> str:
        while (parent := self._parent[host]) != host:
            self._parent[host] = self._parent[parent]
            host = parent
        return host

    def _join(self, left: str, right: str) -> None:
        self._parent.setdefault(right, right)
        roots = sorted((self._root(left), self._root(right)))
        self._parent[roots[1]] = roots[0]


def _place(address: str) -> str:
    """Return the public address, or the network of private ones: phones in a LAN each have their own."""
    host = host_of(address)
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return host
    if parsed.version == 4 and parsed.is_private and not _is_example(parsed):  # noqa: PLR2004 - IP's own number
        return str(ipaddress.ip_network(f"{host}/24", strict=False))
    return host


_EXAMPLES = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))


def _is_example(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is one that stands for a public one in texts."""
    return any(address in network for network in _EXAMPLES)
