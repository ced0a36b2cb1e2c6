"""What a request passes before its body is parsed: the token, and limits on size, memory and time."""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LATER = {"Retry-After": "1", "Connection": "close"}
_ENDING = {"Retry-After": "5"}  # `Connection: close` comes with every answer then


@dataclass
class Traffic:
    """The requests with a body that are there at this moment.

    Attributes:
        ending: Whether new ones are turned away, since the service ends.
        accepted: Those that are whole and wait for their answer.
        held: What all of them hold [bytes].
        reading: The deadlines of those that are still sending.
    """

    ending: bool = False
    accepted: int = 0
    held: int = 0
    reading: set[asyncio.Timeout] = field(default_factory=set)


@dataclass
class _RefusalError(Exception):
    status: int
    detail: str
    headers: dict[str, str] = field(default_factory=dict)


class RequestLimit:
    """Lets a request of `paths` through once it is whole, small enough and allowed; drops the work of who left.

    No more than the limit of a body is held in memory. What is beyond it is read and dropped, up to 16 times the limit:
    who is still sending when the connection closes does not get to read the answer.

    Args:
        app: What answers.
        paths: Those with a body; others pass.
        traffic: What is counted here.
        token: If given, what `Authorization: Bearer` has to bring.
        max_bytes: Largest body.
        max_held: Bytes of all bodies together.
        body_s: Longest time that a body takes to arrive [s].
    """

    def __init__(
        self, app: ASGIApp, paths: Collection[str], traffic: Traffic, token: str | None, max_bytes: int, max_held: int,
        body_s: float,
    ) -> None:  # fmt: skip
        self.app, self.paths, self.traffic, self.token = app, paths, traffic, token
        self.max_bytes, self.max_held, self.body_s = max_bytes, max_held, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection or request, in the ASGI form."""
        if scope["type"] != "http" or scope["path"] not in self.paths or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        answered = False

        async def note(message: Message) -> None:
            nonlocal answered
            answered |= message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        async def replay() -> Message:
            return chunks.popleft() if chunks else await receive()

        try:
            self._check(Headers(scope=scope))
            chunks, size = await self._read(receive)
        except _RefusalError as no:
            await JSONResponse({"detail": no.detail}, no.status, no.headers)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        self.traffic.accepted += 1
        work, leaving = asyncio.ensure_future(self.app(scope, replay, note)), asyncio.ensure_future(receive())
        try:
            await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not answered:  # the client left, unless the work has failed
                work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            work.cancel()
            leaving.cancel()
            self.traffic.accepted, self.traffic.held = self.traffic.accepted - 1, self.traffic.held - size

    def _check(self, headers: Headers) -> None:
        if self.traffic.ending:
            raise _RefusalError(503, "The service is ending.", _ENDING)
        kind, _, given = headers.get("authorization", "").partition(" ")
        right = kind.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), (self.token or "").encode())
        if self.token and not right:
            what = "This service wants a token: Authorization: Bearer <token>."
            raise _RefusalError(401, what, {"WWW-Authenticate": "Bearer"})

    async def _read(self, receive: Receive) -> tuple[deque[Message], int]:
        """The messages of a body, and the bytes that are held for it from now on."""
        chunks: deque[Message] = deque()
        size, held, more = 0, 0, True
        try:
            async with asyncio.timeout(self.body_s) as deadline:
                self.traffic.reading.add(deadline)
                while more and size <= 16 * self.max_bytes:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    got, more = len(message.get("body", b"")), message.get("more_body", False)
                    size += got
                    if size <= self.max_bytes:
                        if self.traffic.held + got > self.max_held:
                            raise _RefusalError(503, "Too much is being sent at once; try again in a second.", _LATER)
                        chunks.append(message)
                        held, self.traffic.held = held + got, self.traffic.held + got
            if size > self.max_bytes:
                what = f"The body is larger than {self.max_bytes:,} bytes; send fewer or shorter texts."
                raise _RefusalError(413, what, {"Connection": "close"})
        except BaseException as error:
            self.traffic.held -= held
            if not isinstance(error, TimeoutError):
                raise
            if self.traffic.ending:
                raise _RefusalError(503, "The service is ending.", _ENDING) from error
            what = f"The body did not arrive within {self.body_s:g} s."
            raise _RefusalError(408, what, {"Connection": "close"}) from error
        finally:
            self.traffic.reading.discard(deadline)
        return chunks, held
