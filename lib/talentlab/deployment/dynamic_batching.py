"""Requests that arrive together are predicted together: ten texts cost one pass of the model little more than one."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from talentlab.deployment.export import Floats

_Request = tuple[list[str], "asyncio.Future[Floats]"]  # texts, and where their rows go


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
        waiting: Texts that wait or are being computed.
    """

    predict: Callable[[Sequence[str]], Floats]
    max_batch: int
    max_wait_s: float
    max_queue: int
    batches: int = 0
    texts: int = 0
    waiting: int = 0
    _queue: "asyncio.Queue[_Request | None]" = field(default_factory=asyncio.Queue)  # None: the end

    def start(self) -> None:
        """Begin to work; called inside the event loop."""
        self._thread = ThreadPoolExecutor(1, "prediction")
        self._worker = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Answer what waits, then end."""
        await self._queue.put(None)
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
        held: _Request | None = None  # does not fit into the batch before it
        ended = False
        while not ended and (first := held or await self._queue.get()):
            batch, size, held = [first], len(first[0]), None
            end = asyncio.get_running_loop().time() + self.max_wait_s
            while self.max_wait_s and size < self.max_batch:
                try:
                    async with asyncio.timeout_at(end):  # what is there already is taken, however late it is
                        found = await self._queue.get()
                except TimeoutError:
                    break
                ended = found is None
                if found is None or size + len(found[0]) > self.max_batch:
                    held = found
                    break
                batch.append(found)
                size += len(found[0])
            await self._answer(batch, size)

    async def _answer(self, batch: list[_Request], size: int) -> None:
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
