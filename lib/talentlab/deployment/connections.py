"""The service's connections: how many there may be, how long a header takes to arrive, and how long one is idle."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_OLD_S = 0.5  # who has asked nothing for so long may lose the connection to somebody else
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-type: text/plain\r\ncontent-length: 22\r\n\r\nToo many connections.\n"
)


@dataclass(eq=False)
class _Connection(asyncio.Protocol):
    """uvicorn's protocol, watched: what asks nothing can be told from what is answered.

    uvicorn's own `limit_concurrency` counts half a header as much as a request, so that a thousand halves are enough
    to have all requests refused; and it sets a header no deadline.
    """

    inner: Any
    all: "Connections"
    since: float = field(default_factory=time.monotonic)
    header_bytes: int = 0
    cycle: Any = None

    @property
    def asks_nothing(self) -> bool:
        """Whether it is between requests, or its header is not there yet."""
        return self.inner.cycle is None or self.inner.cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.all.open.add(self)
        self.inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.all.open.discard(self)
        self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.inner.data_received(data)
        if self.inner.cycle is not self.cycle:  # a request began
            self.cycle, self.since, self.header_bytes = self.inner.cycle, time.monotonic(), 0
        elif self.asks_nothing:
            self.header_bytes += len(data)
            if self.header_bytes > self.all.max_header_bytes:
                self.inner.transport.abort()

    def eof_received(self) -> None:
        self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()


class _Busy(asyncio.Protocol):
    """One connection too many: it gets an answer, and ends."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(_BUSY)
        # not at once: what the client still sends would then take the answer away from it
        asyncio.get_running_loop().call_later(0.05, transport.close)

    def data_received(self, data: bytes) -> None:
        self.transport.close()


@dataclass
class Connections:
    """The factory of connections that uvicorn gets as its `http`.

    Attributes:
        most: Connections at once. One more takes the place of the oldest that asks nothing, or is refused with 503.
        header_s: Longest time without a whole request [s].
        max_header_bytes: Largest header.
        open: Those that are there.
    """

    most: int = 512
    header_s: float = 10.0
    max_header_bytes: int = 65_536
    open: set[_Connection] = field(default_factory=set)

    def __call__(self, **of_uvicorn: Any) -> asyncio.Protocol:
        """The protocol of a new connection."""
        if len(self.open) >= self.most and not self._make_room():
            return _Busy()
        return _Connection(AutoHTTPProtocol(**of_uvicorn), self)

    def _make_room(self) -> bool:
        oldest = min((one for one in self.open if one.asks_nothing), key=lambda one: one.since, default=None)
        if oldest is None or time.monotonic() - oldest.since < _OLD_S:
            return False
        self.open.discard(oldest)  # now, not when the loop comes to it: several may arrive before
        oldest.inner.transport.abort()
        return True

    async def sweep(self) -> None:
        """Cut those without a whole request, or with an answer that nobody fetches; called once a second."""
        now = time.monotonic()
        for one in list(self.open):
            if not one.asks_nothing:
                one.since = now
            elif now - one.since > self.header_s:
                one.inner.transport.abort()

    def alive(self, within_s: float) -> bool:
        """Whether one is being answered, or was within the last seconds."""
        now = time.monotonic()
        return any(not one.asks_nothing or now - one.since < within_s for one in self.open)
