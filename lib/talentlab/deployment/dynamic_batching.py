"""Requests that arrive together are predicted together: ten texts cost one pass of the model little more than one."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class QueueFullError(Exception):
    """More texts wait than may; whoever asks should come back later."""


@dataclass
class DynamicBatches:
    """A queue of texts before one predictor.

    The first request of a batch waits at most `max_wait_s` for others. While the model computes, the next batch
    gathers, so under load nobody waits for the clock.

    Attributes:
        predict: Texts → one row per text; called in a thread, one call at a time.
        max_batch: Texts of a batch; a request with more makes a batch of its own.
        max_wait_s: Longest wait for company [s]; 0: every request alone.
        max_queue: Texts that may wait; beyond that requests are turned away.
        batches: How many were computed.
        texts: How many texts were in them.
    """

    predict: Callable[[Sequence[str]], Floats]
    max_batch: int = 32
    max_wait_s: float = 0.005
    max_queue: int = 1024
    batches: int = 0
    texts: int = 0
    waiting: int = 0
    _queue: "asyncio.Queue[tuple[list[str], asyncio.Future[Floats]] | None]" = field(default_factory=asyncio.Queue)
    _worker: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        """Begin to work; called inside the event loop."""
        self._thread = ThreadPoolExecutor(1, "prediction")
        self._worker = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Answer what waits, then end."""
        await self._queue.put(None)
        if self._worker is not None:
            await self._worker
        self._thread.shutdown()

    async def ask(self, texts: list[str]) -> Floats:
        """The rows of `texts`, in their order.

        Raises:
            QueueFullError: If too many texts wait.
            Exception: Whatever `predict` raised for the batch that these texts were in.
        """
        if self.waiting and self.waiting + len(texts) > self.max_queue:
            raise QueueFullError
        answer: asyncio.Future[Floats] = asyncio.get_running_loop().create_future()
        self.waiting += len(texts)
        await self._queue.put((texts, answer))
        return await answer

    async def _work(self) -> None:
        ended = False
        held: tuple[list[str], asyncio.Future[Floats]] | None = None
        while not ended:
            first = held or await self._queue.get()
            held = None
            if first is None:
                return
            batch, size = [first], len(first[0])
            end = asyncio.get_running_loop().time() + self.max_wait_s
            while self.max_wait_s and size < self.max_batch:
                try:
                    left = max(0.0, end - asyncio.get_running_loop().time())
                    found = self._queue.get_nowait() if self._queue.qsize() else await asyncio.wait_for(
                        self._queue.get(), left
                    )  # fmt: skip
                except TimeoutError:
                    break
                if found is None:
                    ended = True
                    break
                if size + len(found[0]) > self.max_batch:
                    held = found
                    break
                batch.append(found)
                size += len(found[0])
            await self._answer(batch, size)
            if ended and held is not None:
                await self._answer([held], len(held[0]))

    async def _answer(self, batch: list[tuple[list[str], "asyncio.Future[Floats]"]], size: int) -> None:
        texts = [text for part, _ in batch for text in part]
        try:
            rows = await asyncio.get_running_loop().run_in_executor(self._thread, self.predict, texts)
        except Exception as error:  # the model's own; each of those who asked gets it
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
        else:
            start = 0
            for part, answer in batch:
                if not answer.done():  # whoever gave up has cancelled it
                    answer.set_result(rows[start : start + len(part)])
                start += len(part)
        finally:
            self.batches, self.texts, self.waiting = self.batches + 1, self.texts + size, self.waiting - size
