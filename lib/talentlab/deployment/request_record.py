"""What every answer of the service carries and leaves behind: headers, a number, a count, a line of the access log."""

import logging
import re
import secrets
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talentlab.deployment.request_limit import Traffic

ACCESS = logging.getLogger("talentlab.access")
_PATHS = {"/", "/docs", "/openapi.json", "/health", "/live", "/ready", "/metrics", "/predict", "/predict_batch",
          "/admin/reload"}  # fmt: skip
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SAFE_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")  # of what is no page


class RequestRecord:
    """Numbers, counts and logs requests; answers HEAD as GET, whose body the server leaves out.

    Args:
        app: What answers.
        traffic: Says whether the service ends; then clients are told to close their connections.
        registry: Where requests are counted by path and status, and the seconds of predictions.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, registry: CollectorRegistry) -> None:
        self.app, self.traffic = app, traffic
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
        start, status, method = time.perf_counter(), 499, scope["method"]  # 499: the client left, as nginx has it
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
        scope = {**scope, "method": "GET" if method == "HEAD" else method, "request_id": number}

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                common = [header for header in (*_HEADERS, _NOTHING) if header[0] not in own]
                common += [(b"connection", b"close")] if self.traffic.ending else []
                message["headers"] = [*message["headers"], *common, (b"x-request-id", number.encode())]
            await send(message)

        try:
            await self.app(scope, receive, note)
        except Exception:
            status = 500
            raise
        finally:
            seconds = time.perf_counter() - start
            path = scope["path"] if scope["path"] in _PATHS else "other"  # a label per invented path would fill memory
            self.requests.labels(path, status).inc()
            if path in ("/predict", "/predict_batch"):
                self.seconds.observe(seconds)
            if ACCESS.isEnabledFor(logging.INFO):
                client = (scope.get("client") or ("-",))[0]
                ACCESS.info("%s %s %r %s %.0f ms %s", client, method, scope["path"], status, 1e3 * seconds, number)
