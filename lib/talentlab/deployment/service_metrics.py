"""What the service counts of its queue, its model and its process, in Prometheus' words."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from talentlab.deployment.dynamic_batching import DynamicBatches

_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_TOKENS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


def register_metrics(registry: CollectorRegistry, batches: DynamicBatches) -> None:
    """Have `registry` tell what `batches` does, and the memory and open files of the process (on Linux)."""
    queued = Histogram("talentlab_queue_seconds", "Seconds in the queue.", buckets=_SECONDS, registry=registry)
    tokens = Histogram("talentlab_batch_tokens", "Tokens of a batch.", buckets=_TOKENS, registry=registry)

    def note(waits_s: list[float], size: int) -> None:
        for wait_s in waits_s:
            queued.observe(wait_s)
        tokens.observe(size)

    batches.on_batch = note
    registry.register(_BatchMetrics(batches))
    ProcessCollector(registry=registry)


@dataclass(eq=False)  # a registry keys its collectors by themselves
class _BatchMetrics:
    """What the batches count themselves; read whenever `/metrics` is."""

    batches: DynamicBatches

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("talentlab_texts", "Texts predicted.", self.batches.texts)
        yield CounterMetricFamily("talentlab_batches", "Batches that they were predicted in.", self.batches.batches)
        yield GaugeMetricFamily("talentlab_waiting_texts", "Texts that wait.", self.batches.waiting)
        yield GaugeMetricFamily("talentlab_waiting_tokens", "Tokens that wait.", self.batches.tokens)
        info = {
            key: str(self.batches.model.info[key]) for key in ("model", "version") if key in self.batches.model.info
        }
        if info:
            yield InfoMetricFamily("talentlab_model", "What answers.", info)
