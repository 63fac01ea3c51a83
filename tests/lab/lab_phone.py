"""A phone and a PBX as small as the question allows: who is reached, and when."""

from __future__ import annotations

import queue
import threading
import time
from types import TracebackType
from typing import Self

from lab_hosts import Host

_KEEPALIVE = b"\r\n\r\n"
_REPEATED = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")


def _request(method: str, host: str, port: int, call: str) -> bytes:
    """Return a request whole enough for a SIP helper, which drops what it cannot read."""
    lines = (
        f"{method} sip:pbx.example SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{call};rport",
        "From: <sip:20@pbx.example>;tag=1",
        "To: <sip:20@pbx.example>",
        f"Call-ID: {call}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:20@{host}:{port}>;expires=3600",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _answer(request: bytes) -> bytes:
    """Return `200 OK` with what an answer repeats of its request."""
    repeated = [line for line in request.split(b"\r\n") if line.partition(b":")[0] in _REPEATED]
    return b"\r\n".join((b"SIP/2.0 200 OK", *repeated, b"Content-Length: 0", b"", b""))


def _call(message: bytes) -> bytes:
    return message.partition(b"Call-ID: ")[2].partition(b"\r\n")[0]


class _Station:
    """A socket and the thread that reads it."""

    def __init__(self, host: Host, port: int) -> None:
        self._socket = host.udp_socket(port)
        self._socket.settimeout(0.05)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _read(self) -> None:
        while not self._over.is_set():
            try:
                data, sender = self._socket.recvfrom(2000)
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # an ICMP message: nobody listens there
                continue
            self._hear(data, sender)

    def _hear(self, data: bytes, sender: tuple[str, int]) -> None:
        raise NotImplementedError


class Pbx(_Station):
    """Answers registrations at once, never answers keepalives, and asks after the phone when told to.

    Attributes:
        contacts: public address and port of each registration, in order.
        keepalives: public address and port of each keepalive, in order.
    """

    def __init__(self, host: Host, address: str) -> None:
        super().__init__(host, 5060)
        self._address = address
        self.contacts: list[tuple[str, int]] = []
        self.keepalives: list[tuple[str, int]] = []
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._asked = 0

    def reaches_phone(self, contact: tuple[str, int] | None = None, *, within: float = 0.5) -> bool:
        """Send OPTIONS to a contact, by default the last registered one, and return whether the phone answered."""
        self._asked += 1
        request = _request("OPTIONS", self._address, 5060, f"qualify{self._asked}")
        self._socket.sendto(request, contact or self.contacts[-1])
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            try:
                if _call(self._answers.get(timeout=left)) == _call(request):
                    return True
            except queue.Empty:
                break
        return False

    def _hear(self, data: bytes, sender: tuple[str, int]) -> None:
        if data.startswith(b"REGISTER"):
            self.contacts.append(sender)
            self._socket.sendto(_answer(data), sender)
        elif data.startswith(b"SIP/2.0 200"):
            self._answers.put(data)
        elif data == _KEEPALIVE:
            self.keepalives.append(sender)


class Phone(_Station):
    """Registers once, then keeps its entry alive, and answers what reaches it.

    Args:
        host: where it stands.
        address: the one that it writes into its packets.
        pbx: address of its PBX; the port is 5060.
        port: its own port.
        keepalive: seconds between two keepalives.
    """

    def __init__(self, host: Host, address: str, pbx: str, *, port: int, keepalive: float) -> None:
        super().__init__(host, port)
        self._address, self._port = address, port
        self._pbx = (pbx, 5060)
        self._keepalive = keepalive
        self._registered = threading.Event()
        self._threads.append(threading.Thread(target=self._keep_alive))
        self.started = 0.0

    def __enter__(self) -> Self:
        super().__enter__()
        if not self._registered.wait(5):
            self.__exit__(None, None, None)
            message = "the phone got no answer to its registration"
            raise AssertionError(message)
        return self

    def wait_until(self, seconds: float) -> None:
        """Sleep until so many seconds after the registration."""
        time.sleep(max(0.0, self.started + seconds - time.monotonic()))

    def _keep_alive(self) -> None:
        self.started = time.monotonic()
        self._socket.sendto(_request("REGISTER", self._address, self._port, f"phone{self._port}"), self._pbx)
        due = self.started + self._keepalive
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._socket.sendto(_KEEPALIVE, self._pbx)
            due += self._keepalive

    def _hear(self, data: bytes, sender: tuple[str, int]) -> None:
        if data.startswith(b"OPTIONS"):
            self._socket.sendto(_answer(data), sender)
        elif data.startswith(b"SIP/2.0 200"):
            self._registered.set()
