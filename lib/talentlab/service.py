"""An exported classifier behind HTTP: checked requests, dynamic batches, limits, metrics, and a page to try it."""

import math
import secrets
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from scipy.special import softmax
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talentlab.deployment import Floats
from talentlab.dynamic_batching import DynamicBatches, QueueFullError
from talentlab.errors import DeploymentError

_PAGES = Path(__file__).parent / "static"
_PATHS = {"/", "/docs", "/openapi.json", "/health", "/metrics", "/predict", "/predict_batch"}
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, math.inf)


class Classifier(Protocol):
    """What can be served, such as a `deployment.OnnxClassifier`."""

    class_names: tuple[str, ...]

    def predict(self, texts: Sequence[str]) -> Floats:
        """Logits [N, C]."""


class Prediction(BaseModel):
    """The answer to one text."""

    label: str = Field(description="The most probable class.")
    probabilities: dict[str, float] = Field(description="Each class's probability; they sum to 1.")


def _readable(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("half a surrogate pair is no character") from error
    return text


def build_app(
    classifier: Classifier,
    *,
    token: str | None = None,
    max_texts: int = 64,
    max_characters: int = 10_000,
    max_wait_s: float = 0.005,
    max_batch: int = 32,
    max_queue: int = 1024,
    info: Mapping[str, Any] | None = None,
) -> FastAPI:
    """The web application of a classifier. `running` or uvicorn serves it.

    Args:
        classifier: What answers.
        token: If given, predictions want the header `Authorization: Bearer <token>`.
        max_texts: Texts of one request.
        max_characters: Characters of one text.
        max_wait_s: Longest wait of a request for others to be predicted with [s].
        max_batch: Texts predicted at once.
        max_queue: Texts that may wait; beyond that, requests are answered with 503.
        info: What `/health` tells besides, such as the run that the model is of.
    """
    batches, counts = DynamicBatches(classifier.predict, max_batch, max_wait_s, max_queue), _Counts()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        batches.start()
        yield
        await batches.stop()

    app = FastAPI(
        title="Talent Lab",
        description="A fine-tuned text classifier.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(_BodyLimit, max_bytes=4 * max_characters * max_texts + 65_536)
    app.add_exception_handler(RequestValidationError, _explain)

    @app.middleware("http")
    async def count(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        start = time.perf_counter()
        response = await call_next(request)
        counts.add(request.url.path, response.status_code, time.perf_counter() - start)
        return response

    limits = {"max_texts": max_texts, "max_characters": max_characters, "token": bool(token)}
    _add_predictions(app, classifier.class_names, batches, token, max_texts, max_characters)
    _add_pages(app, {"status": "ok", "class_names": classifier.class_names, **limits, **(info or {})}, counts, batches)
    return app


def _add_predictions(
    app: FastAPI, names: Sequence[str], batches: DynamicBatches, token: str | None, max_texts: int, max_characters: int
) -> None:
    words = Annotated[str, Field(max_length=max_characters), AfterValidator(_readable)]

    class OneText(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        text: words

    class ManyTexts(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        texts: list[words] = Field(min_length=1, max_length=max_texts)

    async def check_token(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        if token and not secrets.compare_digest((given.credentials if given else "").encode(), token.encode()):
            what = "This service wants a token: Authorization: Bearer <token>."
            raise HTTPException(401, what, {"WWW-Authenticate": "Bearer"})

    async def answer(texts: list[str]) -> list[Prediction]:
        try:
            probs = softmax(await batches.ask(texts), axis=1)
        except QueueFullError as error:
            what = "Too many texts are waiting; try again in a second."
            raise HTTPException(503, what, {"Retry-After": "1"}) from error
        rows = [dict(zip(names, row.tolist(), strict=True)) for row in probs]
        return [Prediction(label=max(row, key=row.__getitem__), probabilities=row) for row in rows]

    @app.post("/predict", dependencies=[Depends(check_token)])
    async def predict(body: OneText) -> Prediction:
        """The class of one text."""
        return (await answer([body.text]))[0]

    @app.post("/predict_batch", dependencies=[Depends(check_token)])
    async def predict_batch(body: ManyTexts) -> list[Prediction]:
        """The classes of several texts, in their order."""
        return await answer(body.texts)


def _add_pages(app: FastAPI, facts: dict[str, Any], counts: "_Counts", batches: DynamicBatches) -> None:
    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether it runs, and what it serves."""
        return facts

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> str:
        """Counts and times in Prometheus' text form."""
        return counts.text(batches)

    for path, name in (("/", "try.html"), ("/docs", "api.html")):
        page = HTMLResponse((_PAGES / name).read_text(encoding="utf-8"))

        def show(request: Request, page: HTMLResponse = page) -> HTMLResponse:
            return page

        app.add_route(path, show)


async def _explain(request: Request, error: Exception) -> JSONResponse:
    """422 with a line per mistake; what was sent is not repeated, it may be large or no JSON at all."""
    assert isinstance(error, RequestValidationError)
    lines = []
    for problem in error.errors():
        parts = [str(part) for part in problem["loc"] if part != "body"]
        place = f"character {parts[0]}" if problem["type"] == "json_invalid" else ".".join(parts) or "body"
        lines.append({"where": place, "problem": problem["msg"].removeprefix("Value error, ")})
    wanted = {"/predict": '{"text": "…"}', "/predict_batch": '{"texts": ["…", "…"]}'}.get(request.url.path, "see /docs")
    return JSONResponse({"detail": lines, "expected": wanted}, 422)


class _Counts:
    """Requests by path and status, and a histogram of their seconds."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.buckets: Counter[float] = Counter()
        self.seconds = 0.0

    def add(self, path: str, status: int, seconds: float) -> None:
        self.requests[path if path in _PATHS else "other", status] += 1
        if path.startswith("/predict"):
            self.buckets.update(limit for limit in _BUCKETS_S if seconds <= limit)
            self.seconds += seconds

    def text(self, batches: DynamicBatches) -> str:
        lines = ["# TYPE talentlab_requests_total counter"]
        lines += [
            f'talentlab_requests_total{{path="{p}",status="{s}"}} {n}' for (p, s), n in sorted(self.requests.items())
        ]
        lines += ["# TYPE talentlab_predict_seconds histogram"]
        shown = {limit: "+Inf" if limit == math.inf else f"{limit:g}" for limit in _BUCKETS_S}
        lines += [f'talentlab_predict_seconds_bucket{{le="{shown[b]}"}} {self.buckets[b]}' for b in _BUCKETS_S]
        lines += [f"talentlab_predict_seconds_sum {self.seconds:.6f}",
                  f"talentlab_predict_seconds_count {self.buckets[math.inf]}"]  # fmt: skip
        numbers = {"texts_total": batches.texts, "batches_total": batches.batches, "waiting_texts": batches.waiting}
        for name, number in numbers.items():
            kind = "counter" if name.endswith("total") else "gauge"
            lines += [f"# TYPE talentlab_{name} {kind}", f"talentlab_{name} {number}"]
        return "\n".join(lines) + "\n"


class _BodyLimit:
    """413 for a body above the limit, whether its length is announced or not; no more than that is held in memory."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chunks: list[Message] = []
        size, more = 0, True
        while more:
            chunks.append(message := await receive())
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size > self.max_bytes:
                text = f"The body is larger than {self.max_bytes:,} bytes; send fewer or shorter texts."
                await JSONResponse({"detail": text}, 413)(scope, receive, send)
                return

        async def replay() -> Message:
            return chunks.pop(0) if chunks else await receive()

        await self.app(scope, replay, send)


@contextmanager
def running(app: FastAPI, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve `app` in a thread, by default on a free port of this machine alone; yields its address.

    At the end, requests that are under way are answered first.

    Raises:
        DeploymentError: If the port is taken.
    """
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="error", timeout_graceful_shutdown=10))
    try:
        listening = server.config.bind_socket()
    except SystemExit as error:  # uvicorn logs the reason and exits
        raise DeploymentError(
            f"{host}:{port} cannot be used.", expected="a free port", remedy="choose another one, or 0 for any."
        ) from error
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
