"""An exported classifier behind HTTP: checked requests, dynamic batches, limits, metrics, and a page to try it."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from scipy.special import softmax

from talentlab.deployment.dynamic_batching import DynamicBatches, EndingError, NotFiniteError, QueueFullError
from talentlab.deployment.export import require_packages
from talentlab.deployment.served import Classifier, Served
from talentlab.errors import DeploymentError

try:
    from fastapi import Depends, FastAPI, HTTPException, Request, Response
    from fastapi.exceptions import RequestValidationError
    from fastapi.security import HTTPBearer
    from prometheus_client import CollectorRegistry
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from talentlab.deployment.answers import REFUSALS, VISIBLE, Prediction, explain, readable
    from talentlab.deployment.operations import Load, add_pages, add_reload, add_states, reload
    from talentlab.deployment.request_limit import RequestLimit, Traffic
    from talentlab.deployment.request_record import RequestRecord
    from talentlab.deployment.server import running
    from talentlab.deployment.service_metrics import register_metrics
except ModuleNotFoundError:
    require_packages("fastapi", "prometheus_client", "uvicorn")  # says how to install them
    raise

__all__ = ["build_app", "reload", "running"]


_FAILED = "The model failed on a text of this batch; the log says why."


@dataclass(frozen=True)
class _Limits:
    max_texts: int
    max_characters: int
    timeout_s: float


def build_app(
    classifier: Classifier,
    *,
    token: str | None = None,
    max_texts: int = 64,
    max_characters: int = 10_000,
    max_wait_s: float = 0.005,
    max_batch: int = 32,
    max_batch_tokens: int = 2_048,
    max_queue: int = 65_536,
    max_queue_s: float = 4.0,
    timeout_s: float = 30.0,
    body_s: float = 10.0,
    allowed_hosts: Sequence[str] = (),
    load: Load | None = None,
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
        max_batch_tokens: Tokens predicted at once; with it grows the memory of a prediction.
        max_queue: Tokens that may wait; beyond that, requests are answered with 503, unless none waits.
        max_queue_s: Longest wait that may be expected, by the tokens that wait and the speed of late [s]; likewise.
        timeout_s: Longest time to an answer; then it is 503 [s].
        body_s: Longest time that a body takes to arrive; then the answer is 408 [s].
        allowed_hosts: Names that a request may call this machine by; any if empty. They keep a foreign page from
            asking through its visitor's browser, by a name of its own that leads here.
        load: Makes the classifier that `reload` puts in the place of the one that answers, and its `info`.
        info: What `/health` tells besides, such as the run that the model is of; of it `model` and `version` are told
            with each answer, as headers, and in the metrics.

    Raises:
        DeploymentError: If the token cannot stand in a header, or a limit is below 1.
    """
    counts = (max_texts, max_characters, max_batch, max_batch_tokens, max_queue)
    _check(token, counts, max_wait_s, max_queue_s, timeout_s, body_s)
    served = Served(classifier, info or {})
    batches = DynamicBatches(served, max_batch, max_batch_tokens, max_wait_s, max_queue, max_queue_s)
    registry = CollectorRegistry()
    register_metrics(registry, batches)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        batches.start()
        yield
        await batches.stop()

    about = {"title": "Talent Lab", "description": "A fine-tuned text classifier."}
    app = FastAPI(**about, lifespan=lifespan, docs_url=None, redoc_url=None)  # type: ignore[arg-type]
    app.state.batches, app.state.traffic = batches, Traffic()
    app.state.load, app.state.loading = load, ThreadPoolExecutor(1, "loading")
    _add_limits(app, registry, token, 4 * max_characters * max_texts + 65_536, body_s, allowed_hosts)
    app.add_exception_handler(RequestValidationError, explain)
    app.add_exception_handler(400, explain)

    limits = {"max_texts": max_texts, "max_characters": max_characters, "token": bool(token)}
    guards = [Depends(HTTPBearer(auto_error=False))] if token else []  # for the description; `RequestLimit` checks it
    refusals = {status: what for status, what in REFUSALS.items() if status != 401 or token}
    _add_predictions(app, batches, _Limits(max_texts, max_characters, timeout_s), guards, refusals)
    add_states(app, limits, registry)
    add_pages(app)
    if load and token:
        add_reload(app, guards, refusals)
    return app


def _add_limits(
    app: FastAPI, registry: CollectorRegistry, token: str | None, max_bytes: int, body_s: float,
    allowed_hosts: Sequence[str],
) -> None:  # fmt: skip
    """What a request passes before it is parsed; what is added last, it meets first."""
    if wrong := [name for name in allowed_hosts if "*" in name.removeprefix("*.") and name != "*"]:
        raise DeploymentError(
            f"The allowed host {wrong[0]!r}.", expected="a name, or *.name", remedy="write the names out."
        )
    app.add_middleware(
        RequestLimit, paths=("/predict", "/predict_batch", "/admin/reload"), traffic=app.state.traffic, token=token,
        max_bytes=max_bytes, max_held=12 * max_bytes, body_s=body_s,
    )  # fmt: skip
    if allowed_hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts), www_redirect=False)
    app.add_middleware(RequestRecord, traffic=app.state.traffic, registry=registry)


def _check(
    token: str | None, counts: tuple[int, ...], max_wait_s: float, max_queue_s: float, timeout_s: float, body_s: float
) -> None:
    if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
        raise DeploymentError(
            f"A token of {len(token)} characters, of which some cannot stand in a header.",
            expected="visible ASCII characters without spaces",
            remedy="make one: python -c 'import secrets; print(secrets.token_urlsafe())'.",
        )
    max_texts, max_characters, max_batch, max_batch_tokens, max_queue = counts
    deadlines_s = (max_queue_s, timeout_s, body_s)
    if min(counts) < 1 or not 0 <= max_wait_s < math.inf or not all(0 < each < math.inf for each in deadlines_s):
        raise DeploymentError(
            f"{max_texts=}, {max_characters=}, {max_batch=}, {max_batch_tokens=}, {max_queue=}, {max_wait_s=}, "
            f"{max_queue_s=}, {timeout_s=}, {body_s=}.",
            expected="limits of at least 1, a wait of 0 s or more, and deadlines above 0 s",
            remedy="correct what is out of range.",
        )


def _add_predictions(
    app: FastAPI, batches: DynamicBatches, limits: _Limits, guards: list[Any], refusals: dict[int | str, Any]
) -> None:
    words = Annotated[
        str,
        Field(max_length=limits.max_characters, json_schema_extra={"pattern": VISIBLE}),
        AfterValidator(readable),
    ]

    class OneText(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        text: words

    class ManyTexts(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        texts: list[words] = Field(min_length=1, max_length=limits.max_texts)

    answer = partial(_answer, batches, limits.timeout_s)
    common: dict[str, Any] = {
        "dependencies": guards, "responses": refusals, "response_model_exclude_defaults": True,
    }  # fmt: skip

    @app.post("/predict", **common)
    async def predict(body: OneText, request: Request, response: Response) -> Prediction:
        """The class of one text."""
        return (await answer([body.text], request, response))[0]

    @app.post("/predict_batch", **common)
    async def predict_batch(body: ManyTexts, request: Request, response: Response) -> list[Prediction]:
        """The classes of several texts, in their order."""
        return await answer(body.texts, request, response)


async def _answer(
    batches: DynamicBatches, timeout_s: float, texts: list[str], request: Request, response: Response
) -> list[Prediction]:
    try:
        async with asyncio.timeout(timeout_s):
            found = await batches.ask(texts)
    except QueueFullError as error:
        what = f"Too many texts are waiting; try again in {error.retry_s} s."
        raise HTTPException(503, what, {"Retry-After": str(error.retry_s)}) from error
    except (EndingError, TimeoutError) as error:
        late = f"There was no answer within {timeout_s:g} s; try later, or fewer texts."
        what = late if isinstance(error, TimeoutError) else "The service is ending."
        raise HTTPException(503, what, {"Retry-After": "1"}) from error
    except Exception as error:  # the model's own, or its logits are no numbers
        number = request.scope.get("request_id")
        logging.getLogger(__name__).error("a prediction failed (request %s)", number, exc_info=error)
        what = "The model gave no numbers." if isinstance(error, NotFiniteError) else _FAILED
        raise HTTPException(500, what) from error
    for header, key in (("x-model-id", "model"), ("x-model-version", "version")):
        if key in found.model.info:
            response.headers[header] = quote(str(found.model.info[key]))
    rows = [
        dict(zip(found.model.classifier.class_names, row.tolist(), strict=True))
        for row in softmax(found.logits, axis=1)
    ]
    return [
        Prediction(label=max(row, key=row.__getitem__), probabilities=row, truncated=cut)
        for row, cut in zip(rows, found.truncated, strict=True)
    ]
