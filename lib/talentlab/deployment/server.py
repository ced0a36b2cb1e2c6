"""uvicorn around an application: its limits, its log, and its end, at which what was accepted is answered."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import uvicorn
from fastapi import FastAPI

from talentlab.deployment.connections import Connections
from talentlab.errors import DeploymentError

_LOGS = ("uvicorn.error", "asyncio", "talentlab.deployment.service")
_ACCEPTED_AT_ONCE = 32  # in one turn of the loop; closing takes some turns more, and each connection is a descriptor
_LINGER_S = 1.0  # a client that asked so recently may be about to ask again


@dataclass
class _Seldom:
    """A filter of a log: of like messages at most `most` within `every_s`, and then how many were left out."""

    most: int = 5
    every_s: float = 10.0
    seen: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is written."""
        if len(self.seen) > 1_000:
            self.seen.clear()
        key, now = (record.name, str(record.msg)), time.monotonic()
        start, count = self.seen.get(key, (now, 0))
        if now - start > self.every_s:
            if count > self.most:
                record.msg, record.args = f"{record.getMessage()} (and {count - self.most} more like it)", None
            start, count = now, 0
        self.seen[key] = (start, count + 1)
        return count < self.most


@contextmanager
def running(
    app: FastAPI,
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    drain_s: float = 10.0,
    max_connections: int = 512,
    header_s: float = 10.0,
) -> Iterator[str]:
    """Serve `app` in a thread, by default on a free port of this machine alone; yields its address.

    At the end no connection is accepted any more, new requests get 503, and those under way are answered, for at most
    `drain_s`; what is left then gets 503, too, and `app.state.batches.given_up` says how many these are.

    Args:
        app: From `service.build_app`.
        port: 0: any free one.
        host: An address of this machine; `0.0.0.0`: all of them.
        drain_s: Longest time for what is under way at the end [s].
        max_connections: At once; fewer where the system lets a process open few files.
        header_s: Longest time that a request's header takes to arrive [s].

    Raises:
        DeploymentError: If the port is taken, or the application does not start.
    """
    connections = Connections(min(max_connections, _connections_possible()), header_s)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="error", ws="none", backlog=_ACCEPTED_AT_ONCE, server_header=False,
        http=connections, callback_notify=connections.sweep, timeout_notify=1,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server, listening = uvicorn.Server(config), _bind(config)
    seldom = _Seldom()
    for name in _LOGS:
        logging.getLogger(name).addFilter(seldom)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        if not server.started:
            raise DeploymentError(
                "The service ended before it began.", expected="an application that starts", remedy="see the log above."
            )
        listening.listen(1024)  # uvicorn's backlog is both: the queue of the system, and how many are taken at once
        yield f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    finally:
        if thread.is_alive():
            asyncio.run_coroutine_threadsafe(_drain(server, app, connections, drain_s), app.state.loop).result()
        server.should_exit = True
        thread.join()
        listening.close()
        for name in _LOGS:
            logging.getLogger(name).removeFilter(seldom)


async def _drain(server: uvicorn.Server, app: FastAPI, connections: Connections, drain_s: float) -> None:
    traffic, batches, end = app.state.traffic, app.state.batches, time.monotonic() + drain_s
    traffic.ending = True
    for listener in server.servers:
        listener.close()
    await connections.sweep()
    while time.monotonic() < end and not batches.wedged and (traffic.accepted or connections.alive(_LINGER_S)):
        await asyncio.sleep(0.02)
    for deadline in list(traffic.reading):
        deadline.reschedule(asyncio.get_running_loop().time())
    batches.give_up()
    while (traffic.accepted or traffic.reading) and time.monotonic() < end + 1:  # until the refusals are written
        await asyncio.sleep(0.01)


def _connections_possible() -> int:
    """As many as the system's limit of open files leaves, with some to spare."""
    process: Any = psutil.Process()
    if not hasattr(process, "rlimit"):  # Linux alone has it
        return 10**6
    return max(16, int(process.rlimit(psutil.RLIMIT_NOFILE)[0]) - process.num_fds() - 8 * _ACCEPTED_AT_ONCE)


def _bind(config: uvicorn.Config) -> socket.socket:
    try:
        return config.bind_socket()
    except SystemExit as error:  # uvicorn logs the reason and exits
        raise DeploymentError(
            f"{config.host}:{config.port} cannot be used.",
            expected="a free port",
            remedy="choose another one, or 0 for any.",
        ) from error
