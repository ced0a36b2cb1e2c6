"""What the service shows to whoever runs it or tries it: states, metrics, pages, and the change of its model."""

import asyncio
import contextlib
import ctypes
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

from talentlab.deployment.answers import Problem
from talentlab.deployment.dynamic_batching import DynamicBatches
from talentlab.deployment.served import Classifier, Served
from talentlab.errors import DeploymentError

Load = Callable[[], tuple[Classifier, Mapping[str, Any]]]
PAGES = Path(__file__).parent / "static"
_PROBE = "It works."
_FRESH_S, _PROBE_S = 1.0, 2.0  # an answer so young is proof enough; a probe may take so long


def add_states(app: FastAPI, limits: Mapping[str, Any], registry: CollectorRegistry) -> None:
    """`/health`, `/live`, `/ready` and `/metrics`."""
    batches, traffic = app.state.batches, app.state.traffic

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """What it serves, within which limits."""
        names = batches.model.classifier.class_names
        return {"status": "ok", "class_names": names, **limits, **batches.model.info}

    @app.get("/live")
    async def live() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @app.get("/ready", responses={503: {"description": "It should get no requests now.", "model": Problem}})
    async def ready() -> dict[str, str]:
        """Whether the model answers: it did within the last second, or it answers a probe now."""
        why = "the service is ending" if traffic.ending else await _probe(batches)
        if why:
            raise HTTPException(503, why)
        return {"status": "ready"}

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Counts and times in Prometheus' text form."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _probe(batches: DynamicBatches) -> str | None:
    """Why the model does not answer, or None if it does."""
    if batches.wedged:
        return "the model does not come back from a batch"
    if asyncio.get_running_loop().time() - batches.last_good_s < _FRESH_S:
        return None
    try:
        async with asyncio.timeout(_PROBE_S):
            await batches.ask([_PROBE], first=True)
    except TimeoutError:
        return f"the model did not answer a probe within {_PROBE_S:g} s"
    except Exception as error:
        return f"the model failed on a probe ({type(error).__name__})"
    return None


def add_pages(app: FastAPI) -> None:
    """The page to try the classifier, and that of the API."""
    for path, name in (("/", "try.html"), ("/docs", "api.html")):
        text = (PAGES / name).read_text(encoding="utf-8")
        page = HTMLResponse(text, headers={"Content-Security-Policy": _policy(text)})

        def show(request: Request, page: HTMLResponse = page) -> HTMLResponse:
            return page

        app.add_route(path, show)


def _policy(page: str) -> str:
    """The content security policy under which a page runs its own script, asks its own server, and no more."""

    def hashes(tag: str) -> str:
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in inside)

    return (
        f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def add_reload(app: FastAPI, guards: list[Any], refusals: dict[int | str, Any]) -> None:
    """`/admin/reload`."""

    @app.post("/admin/reload", dependencies=guards, responses=refusals)
    async def admin_reload() -> dict[str, Any]:
        """Put the model as it is on disk now in the place of the one that answers."""
        try:
            return await _swap(app)
        except DeploymentError as error:
            raise HTTPException(500, str(error)) from error


async def _swap(app: FastAPI) -> dict[str, Any]:
    def made() -> Served:
        _hand_back_memory()
        served = Served(*app.state.load())
        if not np.isfinite(served.predict([piece for piece, _ in served.encode([_PROBE])])).all():
            raise DeploymentError(
                "The new model's logits are no numbers.",
                expected="numbers",
                remedy="train it again; the old one serves on.",
            )
        return served

    # one thread: one change after the other, and one heap in which their leavings lie
    loop, loading = asyncio.get_running_loop(), app.state.loading
    app.state.batches.model = served = await loop.run_in_executor(loading, made)
    loop.call_later(2, loading.submit, _hand_back_memory)  # by then the old model has answered what it was asked
    return dict(served.info)


def _hand_back_memory() -> None:
    """Have glibc give back what a former model took; it keeps some 60 MB of each for itself."""
    with contextlib.suppress(AttributeError, TypeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def reload(app: FastAPI) -> dict[str, Any]:
    """Have `load` make a classifier, and let it answer from now on; what was asked before is answered by the old one.

    Returns:
        The new one's `info`.

    Raises:
        DeploymentError: If there is nothing to load, or it cannot be loaded; then the old one serves on.
    """
    return asyncio.run_coroutine_threadsafe(_swap(app), app.state.loop).result()
