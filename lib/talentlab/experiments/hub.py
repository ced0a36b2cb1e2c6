"""A JupyterHub driven through its API: cells run on a seat, as somebody at its JupyterLab would run them."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from talentlab.errors import RunError, RunFailedError

_START_S = 300  # longest start of a seat [s]: the whole room comes at the same minute
_LARGEST_MESSAGE = 200 << 20  # of a kernel [B]; figures come as text


async def run_cells(address: str, token: str, name: str, sources: Sequence[str]) -> list[str]:
    """Start a seat, if it does not run, and run cells in a new kernel on it.

    Args:
        address: Of the hub, as in a browser: http://127.0.0.1:8000.
        token: One that may add users, start their servers and reach them.
        name: Of the seat.
        sources: Code, a text per cell.

    Returns:
        What each cell printed.

    Raises:
        RunError: If the hub does not answer or refuses, or the seat does not start.
        RunFailedError: If a cell fails or the kernel dies.
    """
    user, seat = (f"{address.rstrip('/')}/{part}/{quote(name)}" for part in ("hub/api/users", "user"))
    await _ask(token, user, "POST", accepted=(409,))  # known already
    await _ask(token, f"{user}/server", "POST", accepted=(400,))  # runs already
    await _wait_until_ready(token, user, name)
    kernel = (await _ask(token, f"{seat}/api/kernels", "POST", body=json.dumps({"path": "work"})))["id"]
    channels = f"{seat}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
    line = await websocket_connect(_request(token, channels), max_message_size=_LARGEST_MESSAGE)
    return [await _execute(line, number, source) for number, source in enumerate(sources, 1)]


async def stop(address: str, token: str, name: str) -> None:
    """Stop a seat; one that does not run is stopped already.

    Raises:
        RunError: If the hub does not answer or refuses.
    """
    user = f"{address.rstrip('/')}/hub/api/users/{quote(name)}"
    await _ask(token, f"{user}/server", "DELETE", accepted=(400, 404))


def _request(token: str, address: str, **settings: Any) -> HTTPRequest:
    return HTTPRequest(address, headers={"Authorization": f"token {token}"}, follow_redirects=False,
                       request_timeout=60, allow_nonstandard_methods=True, **settings)  # fmt: skip


async def _ask(
    token: str, address: str, method: str = "GET", *, body: str | None = None, accepted: tuple[int, ...] = ()
) -> Any:
    """What the hub or a seat answers; refusals that are `accepted` count as done."""
    remedy = "look at what the hub printed, and at the address; a token is in .hub/token where `make hub` was called."
    try:
        answer = await AsyncHTTPClient().fetch(_request(token, address, method=method, body=body), raise_error=False)
    except (OSError, HTTPClientError) as fault:
        raise RunError(f"No answer from {address}: {fault}.", expected="a hub that runs", remedy=remedy) from fault
    if answer.code >= 300 and answer.code not in accepted:
        raise RunError(
            f"{method} {address} was answered with {answer.code} {answer.reason}.",
            expected="a token that may add users, start their servers and reach them",
            remedy=remedy,
        )
    return json.loads(answer.body) if answer.code < 300 and answer.body else None


async def _wait_until_ready(token: str, user: str, name: str) -> None:
    end = time.monotonic() + _START_S
    while not (server := (await _ask(token, user))["servers"].get("", {})).get("ready"):
        if not server or time.monotonic() > end:
            raise RunError(
                f"The seat {name} did not start.",
                expected=f"a seat that is ready within {_START_S} s",
                remedy="read what the hub printed; start fewer seats.",
            )
        await asyncio.sleep(0.5)


async def _execute(line: WebSocketClientConnection, number: int, source: str) -> str:
    """Run one cell and return what it printed."""
    asked, printed = uuid4().hex, ""
    header = {"msg_id": asked, "msg_type": "execute_request", "session": asked, "username": "", "version": "5.3"}
    content = {"code": source, "silent": False, "allow_stdin": False}
    request = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    await line.write_message(json.dumps(request))
    while (text := await line.read_message()) is not None:
        if isinstance(text, bytes):  # a widget's, with buffers
            continue
        message = json.loads(text)
        kind, content = message["header"]["msg_type"], message["content"]
        state = content["execution_state"] if kind == "status" else ""
        if state in ("dead", "restarting", "autorestarting"):
            break
        if message["parent_header"].get("msg_id") != asked:
            continue
        if kind == "error":
            raise RunFailedError(
                f"Cell {number} failed: {content['ename']}: {content['evalue']}",
                expected="a notebook that runs to its end on a seat",
                remedy="log in as that seat and run the cell there.",
            )
        printed += content["text"] if kind == "stream" and content["name"] == "stdout" else ""
        if state == "idle":
            return printed
    raise RunFailedError(
        f"The kernel died in cell {number}.",
        expected="a kernel that lives to the notebook's end",
        remedy="give each seat more memory: fewer seats, or a larger machine.",
    )
