"""What every request to the service passes: a limit on its size, and the counts that `/metrics` shows."""

import time
from collections import deque

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATHS = {"/", "/docs", "/openapi.json", "/health", "/metrics", "/predict", "/predict_batch"}
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class RequestLimit:
    """Counts requests; 413 for a body above the limit, whether its length is announced or not.

    No more than the limit is held in memory. What is beyond it is read and dropped, up to 16 times the limit: who is
    still sending when the connection closes does not get to read the answer.

    Args:
        app: What answers.
        max_bytes: Largest body.
        registry: Where requests are counted by path and status, and the seconds of predictions.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, registry: CollectorRegistry) -> None:
        self.app, self.max_bytes = app, max_bytes
        self.requests = Counter(
            "talentlab_requests", "Requests answered, by path and status.", ["path", "status"], registry=registry
        )
        self.seconds = Histogram(
            "talentlab_predict_seconds", "Seconds of a prediction.", buckets=_BUCKETS_S, registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection or request, in the ASGI form."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            chunks = await self._read(receive)
            if chunks is None:
                text = f"The body is larger than {self.max_bytes:,} bytes; send fewer or shorter texts."
                await JSONResponse({"detail": text}, 413, {"Connection": "close"})(scope, receive, note)
                return

            async def replay() -> Message:
                return chunks.popleft() if chunks else await receive()

            await self.app(scope, replay, note)
        finally:
            path = scope["path"] if scope["path"] in _PATHS else "other"  # a label per invented path would fill memory
            self.requests.labels(path, status).inc()
            if path in ("/predict", "/predict_batch"):
                self.seconds.observe(time.perf_counter() - start)

    async def _read(self, receive: Receive) -> deque[Message] | None:
        """The messages of a body, or None if it is too large."""
        chunks: deque[Message] = deque()
        size, more = 0, True
        while more and size <= 16 * self.max_bytes:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
            if size <= self.max_bytes:
                chunks.append(message)
        return chunks if size <= self.max_bytes else None
