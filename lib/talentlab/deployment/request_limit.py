"""What every request to the service passes: a limit on its size, and the counts that `/metrics` shows."""

import math
import time
from collections import Counter, deque
from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATHS = {"/", "/docs", "/openapi.json", "/health", "/metrics", "/predict", "/predict_batch"}
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, math.inf)


class Counts:
    """Requests by path and status, and a histogram of their seconds."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.buckets: Counter[float] = Counter()
        self.seconds = 0.0

    def add(self, path: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self.requests[path if path in _PATHS else "other", status] += 1
        if path in ("/predict", "/predict_batch"):
            self.buckets.update(limit for limit in _BUCKETS_S if seconds <= limit)
            self.seconds += seconds

    def text(self, numbers: Mapping[str, float]) -> str:
        """Prometheus' text form, with further `numbers`: counters if their name ends in `total`, else gauges."""
        lines = ["# TYPE talentlab_requests_total counter"]
        lines += [
            f'talentlab_requests_total{{path="{p}",status="{s}"}} {n}' for (p, s), n in sorted(self.requests.items())
        ]
        lines += ["# TYPE talentlab_predict_seconds histogram"]
        shown = {limit: "+Inf" if limit == math.inf else f"{limit:g}" for limit in _BUCKETS_S}
        lines += [f'talentlab_predict_seconds_bucket{{le="{shown[b]}"}} {self.buckets[b]}' for b in _BUCKETS_S]
        lines += [f"talentlab_predict_seconds_sum {self.seconds:.6f}",
                  f"talentlab_predict_seconds_count {self.buckets[math.inf]}"]  # fmt: skip
        for name, number in numbers.items():
            kind = "counter" if name.endswith("total") else "gauge"
            lines += [f"# TYPE talentlab_{name} {kind}", f"talentlab_{name} {number}"]
        return "\n".join(lines) + "\n"


class RequestLimit:
    """Counts requests; 413 for a body above the limit, whether its length is announced or not.

    No more than the limit is held in memory. What is beyond it is read and dropped, up to 16 times the limit: who is
    still sending when the connection closes does not get to read the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, counts: Counts) -> None:
        self.app, self.max_bytes, self.counts = app, max_bytes, counts

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
            self.counts.add(scope["path"], status, time.perf_counter() - start)

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
