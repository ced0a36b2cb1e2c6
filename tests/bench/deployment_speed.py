"""What deployment changes: accuracy, size, latency and throughput of one model in eight forms, in alternating rounds.

The forms: transformers' text-classification pipeline as documented, the same in batches of 32, torch in fp32 and bf16
with batches sorted by length, ONNX Runtime in fp32, in int8 by row and by block, and in the int8 that the kit does not
use, with one scale for the activations of a whole batch. Ratios are relative to the pipeline (aim: int8 at least 9
times its texts per second, by block 3 times, and at most 0.5 points less accurate). CPU time per text, of all threads,
is what other programs disturb least; the load of the machine stands above. The last columns hold each ONNX form's
answers in batches against its own answers one by one: the largest change of a probability, and the share of other
labels; by row both are 0.

python tests/bench/deployment_speed.py --model <folder of a saved model> --dataset $DATA/sst2
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic

from talentlab import data, deployment, evaluation, models, runtime, training


def in_company(predict: Callable[..., np.ndarray], texts: list[str]) -> tuple[float, float]:
    """Largest change of a probability between a text alone and in a batch of 32, and the share of changed labels."""
    alone, together = (predict(texts, batch_size=size) for size in (1, 32))
    change = np.abs(evaluation.probabilities(alone) - evaluation.probabilities(together)).max()
    return float(change), float((alone.argmax(1) != together.argmax(1)).mean())


def cpu_ms_per_text(predict: Callable[[list[str]], object], texts: list[str]) -> float:
    """CPU time of all threads per text, in batches of 32."""
    start = time.process_time()
    for first in range(0, len(texts), 32):
        predict(texts[first : first + 32])
    return 1e3 * (time.process_time() - start) / len(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a saved model's folder; without it, minilm is fine-tuned for two epochs first")
    parser.add_argument("--dataset", default="reviews", help="`reviews`, or a file or folder of labelled texts")
    parser.add_argument("--texts", type=int, default=192, help="of which the speed is measured (default 192)")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()  # the pipeline does not know the class of minilm's head
    corpus = data.load_labelled_text(args.dataset)
    names = corpus.class_names
    tokenizer, model = models.load_pretrained(args.model or "minilm", num_labels=len(names), class_names=names)
    parts = {name: corpus.split(name) for name in ("train", "test")}
    train, test = (data.tokenize(tokenizer, part["text"], part["label"], 128) for part in parts.values())
    if not args.model:
        models.set_dropout(models.freeze(model, "word_embeddings"), 0.1)
        training.fit(model, train, num_epochs=2)
    texts, labels = parts["test"]["text"].tolist(), np.array(test.labels)

    def by_torch(precision: runtime.Precision):
        def predict(some: list[str]) -> np.ndarray:
            cut = data.tokenize(tokenizer, some, [0] * len(some), 128)
            return evaluation.predict(model, cut, batch_size=32, precision=precision)

        return predict

    with tempfile.TemporaryDirectory() as folder:
        deployment.export_onnx(model.eval(), tokenizer, folder)
        deployment.quantize_int8(folder)
        exported = {f"ONNX {p}": deployment.OnnxClassifier(folder, p).predict for p in deployment.FILES}
        blocks = shutil.copytree(folder, Path(folder, "blocks"))
        deployment.quantize_int8(blocks, "block")
        exported["ONNX int8, a scale per block"] = deployment.OnnxClassifier(blocks, "int8").predict
        other = shutil.copytree(folder, Path(folder, "other"))
        quantize_dynamic(
            other / deployment.FILES["fp32"], other / deployment.FILES["int8"], per_channel=True, reduce_range=True,
            op_types_to_quantize=["MatMul", "Gemm"], weight_type=QuantType.QInt8,
        )  # fmt: skip
        exported["ONNX int8, a scale per batch"] = deployment.OnnxClassifier(other, "int8").predict
        plain = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
        forms = {
            "pipeline": plain,
            "pipeline, batch_size=32": lambda some: plain(some, batch_size=32),
            "torch fp32": by_torch("fp32"),
            "torch bf16": by_torch("bf16"),
            **exported,
        }
        print(f"load average before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores")
        table = deployment.measure_speed(forms, texts[: args.texts], rounds=args.rounds)
        cpu = {name: cpu_ms_per_text(form, texts[: args.texts]) for name, form in forms.items()}
        table["CPU per text [ms]"] = pd.Series(cpu)
        size = {f"ONNX {p}": Path(folder, file).stat().st_size / 2**20 for p, file in deployment.FILES.items()}
        table["MiB"] = pd.Series(size)
        right = {name: np.asarray(form(texts)).argmax(1) == labels for name, form in list(forms.items())[2:]}
        company = {name: in_company(predict, texts) for name, predict in exported.items()}
    for name, hits in right.items():
        table.loc[name, "accuracy"] = f"{hits.mean():.1%}"
        table.loc[name, "against torch fp32"] = f"{evaluation.difference(hits, right['torch fp32']):+.2%}"
    for name, (probability, label) in company.items():
        table.loc[name, "in a batch"] = f"{probability:.4f}, {label:.2%}"
    print(table.round(2).astype(object).fillna("").to_string())


if __name__ == "__main__":
    main()
