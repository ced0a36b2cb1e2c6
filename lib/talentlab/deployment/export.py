"""A trained model on its way into use: ONNX, eight-bit weights, a runtime without torch, and what that costs."""

from __future__ import annotations

import copy
import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from talentlab.errors import DeploymentError
from talentlab.runtime import progress, written_whole

if TYPE_CHECKING:  # a service needs neither of them
    from onnxruntime import InferenceSession
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

FILES = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
SETTINGS = "config.json"  # as transformers names it, with `id2label` and `max_length` always there
_STEP = 4  # [tokens]: a text is padded to a multiple of it, whoever is in the batch
Floats = npt.NDArray[np.float64]


def export_onnx(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: str | Path) -> Path:
    """Write a classifier as ONNX, in fp32, for batches of any size and texts of any length.

    Takes about ten seconds. The model is left as it is, on its device and in its mode.

    Args:
        model: A sequence classifier, with names of its classes in its configuration.
        tokenizer: Its fast tokenizer.
        folder: Gets `model.onnx` (with the weights inside), `tokenizer.json` and `config.json`.

    Returns:
        The folder.

    Raises:
        DeploymentError: If the extra `deploy` is not installed, or tokenizer or model are none that can be written.
    """
    require_packages("onnx", "onnxscript")
    if not getattr(tokenizer, "is_fast", False):
        raise DeploymentError(
            f"The tokenizer is a {type(tokenizer).__name__}.",
            expected="a fast tokenizer, which one file describes whole",
            remedy="load it with AutoTokenizer, or choose a model that has one.",
        )
    import onnx
    import onnx_ir
    from transformers.exporters import OnnxConfig, OnnxExporter

    from talentlab.models.families import usable_positions

    (folder := Path(folder)).mkdir(parents=True, exist_ok=True)
    still = copy.deepcopy(model).cpu().float().eval()
    still.set_attn_implementation("eager")  # fewer nodes than sdpa, the same numbers
    still.config.use_cache = False  # GPT-2 and its kin would return their keys and values, too
    both = tokenizer(["one text", "and a longer one"], padding=True, return_tensors="pt", return_token_type_ids=False)
    try:
        with _quiet():
            program = OnnxExporter().export(still, dict(both), config=OnnxConfig(dynamic=True)).program
    except Exception as error:  # of tracing, of a missing operator: torch has many types
        raise DeploymentError(
            f"A {type(model).__name__} cannot be exported ({type(error).__name__}: {str(error)[:200]}).",
            expected="a model that ONNX can describe, such as one of BERT's, RoBERTa's or GPT-2's family",
            remedy="train one of these; this one still answers through evaluation.predict.",
        ) from error
    graph = onnx_ir.to_proto(program)
    del graph.graph.value_info[:]  # quantisation trips over the shapes of weights that it replaces
    with written_whole(folder / FILES["fp32"]) as part:
        onnx.save(graph, part)
    (folder / FILES["int8"]).unlink(missing_ok=True)  # of another model
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    limit = min(tokenizer.model_max_length, usable_positions(model) or 512)
    config: Any = model.config
    names = {str(code): str(config.id2label[code]) for code in range(config.num_labels)}
    own = {"id2label": names, "max_length": int(limit), "pad_token_id": tokenizer.pad_token_id}
    settings = json.dumps(json.loads(config.to_json_string()) | own, ensure_ascii=False, indent=1)
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    return folder


class OnnxClassifier:
    """An exported classifier, run by ONNX Runtime. Needs neither torch nor transformers.

    Args:
        folder: From `export_onnx`.
        precision: `fp32`, or `int8` after `quantize_int8`.
        threads: Cores of a prediction; all if None. They share each product, but in int8 by `row` each takes texts of
            its own: faster for many, no slower for one, and every sum has one order.

    Attributes:
        class_names: C names, in the order of the logits.
        max_length: Limit of a text, special tokens included [tokens]; longer ones lose their end.

    Raises:
        DeploymentError: If a file is missing or damaged, or the extra `deploy` is not installed.
    """

    def __init__(
        self, folder: str | Path, precision: Literal["fp32", "int8"] = "fp32", threads: int | None = None
    ) -> None:
        require_packages("onnxruntime")
        from tokenizers import Tokenizer

        if precision not in FILES:
            raise DeploymentError(
                f"precision={precision!r}.", expected=f"one of {', '.join(FILES)}", remedy="choose one of these."
            )
        self.path = Path(folder) / FILES[precision]
        if not self.path.is_file():
            raise _no_model(self.path)
        try:
            settings = json.loads((self.path.parent / SETTINGS).read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(self.path.parent / "tokenizer.json"))
            cores = threads or int(os.environ.get("OMP_NUM_THREADS") or 0) or _cores()
            apart = precision == "int8" and settings.get("int8_scales") == "row"
            self._session = _open(self.path, 1 if apart else cores)
            self._pool = ThreadPoolExecutor(cores if apart else 1, "pass")
            self.class_names, self.max_length = tuple(settings["id2label"].values()), settings["max_length"]
            self._pad = settings["pad_token_id"] or 0
        except Exception as error:  # damaged JSON or protobuf: each library has its own types
            raise DeploymentError(
                f"{self.path.parent} cannot be loaded ({type(error).__name__}: {str(error)[:200]}).",
                expected=f"{FILES[precision]}, tokenizer.json and {SETTINGS}, whole",
                remedy="export the model again.",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_length)

    def predict(self, texts: Sequence[str], batch_size: int = 8) -> Floats:
        """Logits [N, C] of N texts, in their order; `batch_size` at most in a pass: more than eight are no faster.

        In int8 by `row` they are the same to the last bit whatever other texts are asked.
        """
        return self.predict_ids([ids for ids, _ in self.encode(texts)], batch_size)

    def encode(self, texts: Sequence[str]) -> list[tuple[list[int], bool]]:
        """Per text its token ids, and whether it was longer than the limit and lost its end."""
        found = self._tokenizer.encode_batch(list(texts))
        return [(encoding.ids or [self._pad], bool(encoding.overflowing)) for encoding in found]

    def predict_ids(self, ids: Sequence[list[int]], batch_size: int = 8) -> Floats:
        """As `predict`, of texts that `encode` has encoded."""
        by_width: dict[int, list[int]] = {}
        for row, tokens in enumerate(ids):
            by_width.setdefault(min(-(-len(tokens) // _STEP) * _STEP, self.max_length), []).append(row)
        passes = [  # longest first: what is left for the end is short
            (rows[start : start + batch_size], width)
            for width, rows in sorted(by_width.items(), reverse=True)
            for start in range(0, len(rows), batch_size)
        ]
        logits = np.zeros((len(ids), len(self.class_names)))

        def run(rows: list[int], width: int) -> None:
            input_ids = np.full((len(rows), width), self._pad, np.int64)
            mask = np.zeros((len(rows), width), np.int64)
            for line, row in enumerate(rows):
                input_ids[line, : len(ids[row])], mask[line, : len(ids[row])] = ids[row], 1
            (logits[rows],) = self._session.run(None, {"input_ids": input_ids, "attention_mask": mask})

        list(self._pool.map(lambda one: run(*one), passes))
        return logits


def check_parity(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, classifier: OnnxClassifier, texts: Sequence[str]
) -> dict[str, float]:
    """How far an exported classifier is from the model that it was made of.

    Returns:
        `max_difference` of a logit between torch in fp32 and `classifier`, and `same_labels`, the share of the texts
        that get the same answer.
    """
    from talentlab.data.batching import tokenize
    from talentlab.evaluation.metrics import predict

    expected = predict(model, tokenize(tokenizer, texts, [0] * len(texts), classifier.max_length), precision="fp32")
    found = classifier.predict(texts)
    same = (expected.argmax(1) == found.argmax(1)).mean()
    return {"max_difference": float(np.abs(expected - found).max()), "same_labels": float(same)}


def measure_speed(
    predictors: Mapping[str, Callable[[list[str]], object]],
    texts: Sequence[str],
    batch_sizes: tuple[int, int] = (1, 32),
    rounds: int = 3,
) -> pd.DataFrame:
    """Latency and throughput of several predictors on the same texts, in alternating rounds.

    Machines are never equally busy twice: trust the ratios, which are taken within a round, more than the seconds.

    Args:
        predictors: Name → function of a list of texts; the first one is the reference of the ratios.
        texts: At least as many as the larger batch.
        batch_sizes: Texts per call for the latency, and for the throughput.
        rounds: Repetitions of all predictors; one unmeasured call of each comes before.

    Returns:
        Per predictor: `p50_ms` and `p95_ms` of a call with the small batch, `texts_per_s` in large batches, `latency`
        and `throughput` relative to the first predictor (medians over the rounds; throughput 2: twice as fast).
    """
    small, large = batch_sizes
    texts = list(texts)
    if not predictors or len(texts) < max(batch_sizes) or min(*batch_sizes, rounds) < 1:
        raise DeploymentError(
            f"{len(predictors)} predictors, {len(texts)} texts, batch_sizes={batch_sizes}, rounds={rounds}.",
            expected="a predictor, a round, and as many texts as the larger batch",
            remedy="give more of what is missing.",
        )
    singles = [texts[i : i + small] for i in range(0, min(len(texts), 24 * small), small)]
    batches = [texts[i : i + large] for i in range(0, len(texts) - large + 1, large)]
    single_s, batch_s = np.zeros((len(predictors), rounds, len(singles))), np.zeros((len(predictors), rounds))
    for predictor in predictors.values():
        predictor(texts[:large])
    with progress("measuring speed", rounds * len(predictors), unit="round") as bar:
        for number in range(rounds):
            for row, (name, predictor) in enumerate(predictors.items()):
                single_s[row, number] = [_time(predictor, single) for single in singles]
                batch_s[row, number] = sum(_time(predictor, batch) for batch in batches)
                bar.advance(predictor=name)
    medians = np.median(single_s, axis=2)
    columns = {
        "p50_ms": 1e3 * np.quantile(single_s, 0.5, axis=(1, 2)),
        "p95_ms": 1e3 * np.quantile(single_s, 0.95, axis=(1, 2)),
        "texts_per_s": np.median(large * len(batches) / batch_s, axis=1),
        "latency": np.median(medians / medians[0], axis=1),
        "throughput": np.median(batch_s[0] / batch_s, axis=1),
    }
    return pd.DataFrame(columns, index=list(predictors))


def _time(predictor: Callable[[list[str]], object], texts: list[str]) -> float:
    start = time.perf_counter()
    predictor(texts)
    return time.perf_counter() - start


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the notices of exporter and quantiser, which name their own internals."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def require_packages(*modules: str) -> None:
    """Say in plain words that an optional package is missing.

    Raises:
        DeploymentError: If one of `modules` cannot be imported.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise DeploymentError.not_installed(", ".join(missing), "deploy")


def _open(path: Path, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # waiting threads that spin would take the cores from whoever else serves or trains here
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _no_model(path: Path) -> DeploymentError:
    return DeploymentError(
        f"{path} does not exist.",
        expected="a folder from export_onnx, then quantize_int8"
        if path.name == FILES["int8"]
        else "a folder from export_onnx",
        remedy="export the model first; `talentlab serve` does both.",
    )
