"""Requests that arrive together are predicted together: ten texts cost one pass of the model little more than one."""

import asyncio
import contextlib
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from talentlab.deployment.export import Floats
from talentlab.deployment.served import Served

_SHORT = 2_000  # characters that are encoded at once; longer ones would hold up everybody's answers
_TURN = 8  # texts of a long request that are encoded at once, in another thread
_LONGEST = 8  # characters per token: no natural language has more


@dataclass
class QueueFullError(Exception):
    """More waits than may; whoever asks should come back in `retry_s` seconds."""

    retry_s: int


class EndingError(Exception):
    """The time to answer what was accepted is over, or the model does not come back from a batch."""


class NotFiniteError(Exception):
    """The model's answer is no numbers: a label made of it would be invented."""


@dataclass(frozen=True)
class Answer:
    """Logits [N, C] of a request's texts, which of them lost their end, and the model that says so."""

    logits: Floats
    truncated: list[bool]
    model: Served


@dataclass(eq=False)
class _Asked:
    """A request that waits, with `rest` tokens to compute. Its texts may be answered in several batches, in order."""

    model: Served
    pieces: list[Sized]
    answer: "asyncio.Future[Floats]"
    rest: int
    since: float = field(default_factory=time.monotonic)
    taken: int = 0
    rows: list[Floats] = field(default_factory=list)


_Batch = list[tuple[_Asked, list[Sized]]]


@dataclass
class DynamicBatches:
    """A queue of texts before one predictor.

    The first text of a batch waits at most `max_wait_s` for others. While the model computes, the next batch gathers,
    so under load nobody waits for the clock. Requests take turns: what is too much for one batch goes on after those
    that came meanwhile. Whoever stops waiting, by cancelling `ask`, takes the texts along.

    Attributes:
        model: What answers; another one may be put here at any time, and answers what is asked from then on.
        max_batch: Texts of a batch.
        max_tokens: Tokens of a batch; a longer text makes a batch of its own.
        max_wait_s: Longest wait for company [s]; 0: every request alone.
        max_queue: Tokens that may wait; beyond that requests are turned away, unless nobody else waits.
        max_queue_s: Longest wait that may be expected [s]; likewise.
        wedged_s: A batch that takes longer will not come back [s].
        on_batch: Told the seconds that each request of a batch waited, and the batch's tokens.
        batches: How many were computed.
        texts: How many texts were in them.
        token_s: What a token of a full batch takes [s], as lately measured; the first guess is a slow machine's.
        given_up: Requests that `give_up` left without an answer.
        last_good_s: When the model last gave numbers, on the clock `time.monotonic`.
    """

    model: Served
    max_batch: int
    max_tokens: int
    max_wait_s: float
    max_queue: int
    max_queue_s: float
    wedged_s: float = 30.0
    on_batch: Callable[[list[float], int], None] = lambda waits_s, tokens: None
    batches: int = 0
    texts: int = 0
    token_s: float = 1 / 4_096
    given_up: int = 0
    last_good_s: float = -1e9
    _busy_since: float | None = None
    _ended: bool = False
    _queue: deque[_Asked] = field(default_factory=deque)
    _open: set[_Asked] = field(default_factory=set)

    def start(self) -> None:
        """Begin to work; called inside the event loop."""
        self._ended = False
        self._arrived = asyncio.Event()
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._encoding = ThreadPoolExecutor(1, "encoding")
        loop = asyncio.get_running_loop()
        # a daemon: a model that never comes back must not keep the process from ending
        threading.Thread(target=_compute_each, args=(self._jobs, loop), daemon=True, name="prediction").start()
        self._worker = loop.create_task(self._work())

    async def stop(self) -> None:
        """Answer what waits, then end; what a wedged model holds is given up."""
        while self._open and not self.wedged:
            await asyncio.sleep(0.01)
        self.give_up()
        self._worker.cancel()
        self._jobs.put(None)
        self._encoding.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """Texts that wait or are being computed."""
        return sum(len(asked.pieces) - len(asked.rows) for asked in [*self._open])  # a copy: other threads ask, too

    @property
    def tokens(self) -> int:
        """Tokens of these."""
        return sum(asked.rest for asked in [*self._open])

    @property
    def wedged(self) -> bool:
        """Whether the model does not come back from a batch."""
        return self._busy_since is not None and time.monotonic() - self._busy_since > self.wedged_s

    def give_up(self) -> None:
        """Let everyone who waits, or comes now, have an `EndingError`."""
        self._ended = True
        for asked in self._open:
            if not asked.answer.done():
                asked.answer.set_exception(EndingError())
                self.given_up += 1

    async def ask(self, texts: list[str], first: bool = False) -> Answer:
        """The answer to `texts`, in their order; `first`: before everyone else, and however many wait.

        Raises:
            QueueFullError: If too many tokens wait.
            EndingError: If the answer is given up, or the model is wedged.
            NotFiniteError: If a logit is NaN or infinite.
            Exception: Whatever the model raised for a batch that these texts were in.
        """
        if self.wedged:
            raise EndingError
        model, loop = self.model, asyncio.get_running_loop()
        if not first:  # before the work of encoding, by the fewest tokens that it can give
            self._check_room(sum(min(len(text) // _LONGEST, model.max_length) for text in texts))
        if sum(map(len, texts)) > _SHORT:
            encoded = []
            for start in range(0, len(texts), _TURN):
                part = texts[start : start + _TURN]
                encoded += await loop.run_in_executor(self._encoding, model.encode, part)
        else:
            encoded = model.encode(texts)
        pieces = [piece for piece, _ in encoded]
        asked = _Asked(model, pieces, loop.create_future(), sum(map(_size, pieces)))
        if self._ended:  # while it was encoded
            self.given_up += 1
            raise EndingError
        if not first:
            self._check_room(asked.rest)
        self._open.add(asked)
        (self._queue.appendleft if first else self._queue.append)(asked)
        self._arrived.set()
        try:
            return Answer(await asked.answer, [cut for _, cut in encoded], model)
        finally:
            self._open.discard(asked)

    def _check_room(self, size: int) -> None:
        """Whether `size` tokens more may wait: with those that come before their last turn, and with all that wait."""
        ahead = -(-size // self.max_tokens) * self.max_tokens  # of each other request, as much as of this one
        wait_s = self.token_s * (size + sum(min(asked.rest, ahead) for asked in self._open))
        if self._open and (wait_s > self.max_queue_s or self.tokens + size > self.max_queue):
            raise QueueFullError(max(1, math.ceil(wait_s - self.max_queue_s)))

    async def _work(self) -> None:
        while True:
            while not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            end = self._queue[0].since + self.max_wait_s
            while self._texts_ahead() < self.max_batch and (rest_s := end - time.monotonic()) > 0:
                self._arrived.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await self._arrived.wait()
            if batch := self._take():
                await self._answer(batch)

    def _texts_ahead(self) -> int:
        """Texts in the queue, counted no further than a batch needs."""
        found = 0
        for asked in self._queue:
            found += len(asked.pieces) - asked.taken
            if found >= self.max_batch:
                break
        return found

    def _take(self) -> _Batch:
        """The next batch, of requests in their order; who gave up is skipped."""
        batch: _Batch = []
        texts = tokens = 0
        while self._queue:
            asked = self._queue[0]
            if batch and (asked.model is not batch[0][0].model or not self.max_wait_s):
                break
            pieces: list[Sized] = []
            for piece in () if asked.answer.done() else asked.pieces[asked.taken :]:
                if texts and (texts == self.max_batch or tokens + _size(piece) > self.max_tokens):
                    break
                pieces.append(piece)
                texts, tokens = texts + 1, tokens + _size(piece)
            if pieces:
                batch.append((asked, pieces))
                asked.taken += len(pieces)
            elif not asked.answer.done():
                break
            self._queue.popleft()
        return batch

    async def _answer(self, batch: _Batch) -> None:
        pieces = [piece for _, part in batch for piece in part]
        found: asyncio.Future[Floats] = asyncio.get_running_loop().create_future()
        self._busy_since = time.monotonic()
        # the first part of a request alone tells how long it waited
        waits_s = [self._busy_since - asked.since for asked, part in batch if asked.taken == len(part)]
        size = sum(map(_size, pieces))
        self.on_batch(waits_s, size)
        self._jobs.put((found, batch[0][0].model.predict, pieces))
        try:
            rows = await found
        except Exception as error:  # the model's own; each of those who asked gets it
            for asked, _ in batch:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
        else:
            self._hand_out(batch, rows)
        finally:
            if len(pieces) == self.max_batch or size > self.max_tokens / 2:
                self.token_s += 0.3 * ((time.monotonic() - self._busy_since) / size - self.token_s)
            self._busy_since = None
            self.batches, self.texts = self.batches + 1, self.texts + len(pieces)
            self._queue.extend(asked for asked, _ in batch if not asked.answer.done())  # their next turn

    def _hand_out(self, batch: _Batch, rows: Floats) -> None:
        finite = np.asarray(np.isfinite(rows).all(axis=1))
        if finite.all():
            self.last_good_s = time.monotonic()
        start = 0
        for asked, part in batch:
            own = slice(start, start + len(part))
            start += len(part)
            if asked.answer.done():
                continue
            asked.rows.extend(rows[own])
            asked.rest -= sum(map(_size, part))
            if not finite[own].all():
                asked.answer.set_exception(NotFiniteError("the model's logits are not all numbers"))
            elif len(asked.rows) == len(asked.pieces):
                asked.answer.set_result(np.stack(asked.rows))


def _size(piece: Sized) -> int:
    return max(1, len(piece))  # the empty text costs something, too


def _compute_each(jobs: "queue.SimpleQueue[Any]", loop: asyncio.AbstractEventLoop) -> None:
    """The thread of the model: one batch after another, until None comes."""
    while (job := jobs.get()) is not None:
        found, predict, pieces = job
        settle: Callable[[], None]
        try:
            settle = partial(found.set_result, predict(pieces))
        except Exception as error:
            settle = partial(found.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_unless_done, found, settle)


def _unless_done(found: "asyncio.Future[Floats]", settle: Callable[[], None]) -> None:
    if not found.done():  # the worker is cancelled at the end
        settle()
