"""An exported classifier behind HTTP: checked requests, dynamic batches, limits, metrics, and a page to try it."""

import logging
import math
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from scipy.special import softmax

from talentlab.deployment.dynamic_batching import DynamicBatches, QueueFullError
from talentlab.deployment.export import Floats, require_packages
from talentlab.errors import DeploymentError

try:
    import uvicorn
    from fastapi import Depends, FastAPI, HTTPException, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
    from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

    from talentlab.deployment.request_limit import RequestLimit
except ModuleNotFoundError:
    require_packages("fastapi", "prometheus_client", "uvicorn")  # says how to install them
    raise

_PAGES = Path(__file__).parent / "static"
_EXPECTED = {"/predict": '{"text": "…"}', "/predict_batch": '{"texts": ["…", "…"]}'}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The token is missing or wrong."},
    413: {"description": "The body is too large."},
    422: {"description": "The body is not what is wanted; the answer says where and why."},
    500: {"description": "The model failed."},
    503: {"description": "Too many texts are waiting."},
}


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

    Raises:
        DeploymentError: If the token cannot stand in a header, or a limit is below 1.
    """
    if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
        raise DeploymentError(
            f"A token of {len(token)} characters, of which some cannot stand in a header.",
            expected="visible ASCII characters without spaces",
            remedy="make one: python -c 'import secrets; print(secrets.token_urlsafe())'.",
        )
    if min(max_texts, max_characters, max_batch, max_queue) < 1 or not 0 <= max_wait_s < math.inf:
        raise DeploymentError(
            f"{max_texts=}, {max_characters=}, {max_batch=}, {max_queue=}, {max_wait_s=}.",
            expected="limits of at least 1, and a wait of 0 s or more",
            remedy="correct what is out of range.",
        )
    batches, registry = DynamicBatches(classifier.predict, max_batch, max_wait_s, max_queue), CollectorRegistry()
    registry.register(_BatchMetrics(batches))

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
    app.add_middleware(RequestLimit, max_bytes=4 * max_characters * max_texts + 65_536, registry=registry)
    app.add_exception_handler(RequestValidationError, _explain)
    app.add_exception_handler(400, _explain)

    limits = {"max_texts": max_texts, "max_characters": max_characters, "token": bool(token)}
    _add_predictions(app, classifier.class_names, batches, token, max_texts, max_characters)
    _add_pages(app, {"status": "ok", "class_names": classifier.class_names, **limits, **(info or {})}, registry)
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
        except Exception as error:  # the model's own
            logging.getLogger(__name__).exception("a prediction failed")
            raise HTTPException(500, "The model failed on a text of this batch; the log says why.") from error
        rows = [dict(zip(names, row.tolist(), strict=True)) for row in probs]
        return [Prediction(label=max(row, key=row.__getitem__), probabilities=row) for row in rows]

    @app.post("/predict", dependencies=[Depends(check_token)], responses=_REFUSALS)
    async def predict(body: OneText) -> Prediction:
        """The class of one text."""
        return (await answer([body.text]))[0]

    @app.post("/predict_batch", dependencies=[Depends(check_token)], responses=_REFUSALS)
    async def predict_batch(body: ManyTexts) -> list[Prediction]:
        """The classes of several texts, in their order."""
        return await answer(body.texts)


@dataclass(eq=False)  # a registry keys its collectors by themselves
class _BatchMetrics:
    """What the batches count themselves, in Prometheus' words; read whenever `/metrics` is."""

    batches: DynamicBatches

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("talentlab_texts", "Texts predicted.", self.batches.texts)
        yield CounterMetricFamily("talentlab_batches", "Batches that they were predicted in.", self.batches.batches)
        yield GaugeMetricFamily("talentlab_waiting_texts", "Texts that wait.", self.batches.waiting)


def _add_pages(app: FastAPI, facts: dict[str, Any], registry: CollectorRegistry) -> None:
    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether it runs, and what it serves."""
        return facts

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Counts and times in Prometheus' text form."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    for path, name in (("/", "try.html"), ("/docs", "api.html")):
        page = HTMLResponse((_PAGES / name).read_text(encoding="utf-8"))

        def show(request: Request, page: HTMLResponse = page) -> HTMLResponse:
            return page

        app.add_route(path, show)


async def _explain(request: Request, error: Exception) -> JSONResponse:
    """422 with a line per mistake; what was sent is not repeated, it may be large or no JSON at all."""
    if isinstance(error, RequestValidationError):
        lines = [_mistake(problem) for problem in error.errors()]
    else:  # FastAPI's own 400: wrong bytes, digits or brackets without end
        lines = [{"where": "body", "problem": "no JSON in UTF-8, or numbers or nesting beyond any use"}]
    return JSONResponse({"detail": lines, "expected": _EXPECTED.get(request.url.path, "see /docs")}, 422)


def _mistake(problem: Mapping[str, Any]) -> dict[str, str]:
    parts = [str(part) for part in problem["loc"] if part != "body"]
    place = f"character {parts[0]}" if problem["type"] == "json_invalid" else ".".join(parts) or "body"
    return {"where": place, "problem": problem["msg"].removeprefix("Value error, ")}


@contextmanager
def running(app: FastAPI, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve `app` in a thread, by default on a free port of this machine alone; yields its address.

    At the end, requests that are under way are answered first.

    Raises:
        DeploymentError: If the port is taken, or the application does not start.
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
        if not server.started:
            raise DeploymentError(
                "The service ended before it began.", expected="an application that starts", remedy="see the log above."
            )
        yield f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
