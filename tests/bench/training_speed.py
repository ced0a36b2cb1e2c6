"""Training speed on a CPU beside `transformers.Trainer`: the command behind `make bench`.

Four trainings of the bundled model, with the same texts, weights, batch size, epochs and seeds:

(a) `transformers.Trainer` as its documentation shows it;
(b) the same with what its arguments offer: bf16, batches grouped by length, fused AdamW, warm-up, weight decay;
(c) `training.fit` as chapter 5 calls it: the table of word vectors frozen, cheap dropout, else its defaults;
(d) as (c), with every parameter training, as in (a) and (b).

Every run is a process of its own, because `fit` asks the C library to keep freed memory, which would speed up a Trainer
that came after it. The trainings alternate (a b c d, a b c d, …), so that a slower minute of the machine meets all of
them; a ratio is taken within a round, and its median over the rounds is the result, with the smallest and the largest.

Beside each round stand clock and load average, and how many cores other programs took meanwhile, by the system's own
account. Above half a core, no ratio of times is concluded from the rounds: the programs are named instead. Tokens per
second of CPU time, which other programs disturb less, are the second measure, and are shown in any case.

Speed: a hook before the forward notes the time and the texts' real lengths. It is the tokens (padding not counted) of
the forwards from the end of the warm-up to the last but one, over the time from the first of these to the start of the
last forward: all that happens between two forwards counts.

Share of the peak: operations of the model's matrix products per second, over those of the best product in the same
precision with the same threads, of 2048³ and of the step's own shape; over real tokens only, so that padding counts as
waste. Forward: per token,
2·in·out for each linear layer of the encoder; per text, the same for pooler and head, which see one vector; per layer,
4·T·H for each token of a text of T tokens, for attention's scores and sums of values; none for looking up word vectors.
Backward: twice that, for gradients of inputs and weights: all these parts train, and something below each of them does.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import timeit
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import accelerate
import psutil
import torch
import transformers
from torch import Tensor, nn
from torch.optim import AdamW

from talentlab import data, evaluation, models, training
from talentlab.models import dropout
from talentlab.runtime import has_bf16, repository_root
from talentlab.training import loop

NAMES = {"a": "Trainer as documented", "b": "Trainer, all options", "c": "fit as chapter 5", "d": "fit, all trained"}
PRECISION = {key: "bf16" if has_bf16() and key != "a" else "fp32" for key in NAMES}
WARM_UP = 4  # forwards that are not timed
STEPS = 12  # of the run with full batches, and of the profiled one
COMPILE_LIMIT_S = 180
say = partial(print, file=sys.stderr, flush=True)
# fmt: off
GROUPS = {  # operations of a step, without `aten::`
    "matrix products": ("mm", "addmm", "bmm", "baddbmm"),
    "casts and copies": ("copy_",),
    "dropout: random bytes and masks": ("random_", "ge", "bernoulli_"),
    "dropout's factors, residuals, scaling": ("mul", "add", "div"),
    "attention softmax": ("_softmax", "_softmax_backward_data"),
    "GELU": ("gelu", "gelu_backward"),
    "layer norm": ("native_layer_norm", "native_layer_norm_backward"),
    "gradients of biases (sums)": ("sum",),
    "AdamW": ("_fused_adamw_", "Optimizer.step#AdamW.step"),
    "clipping": ("linalg_vector_norm", "mul_", "_foreach_norm", "_foreach_mul_"),
    "embeddings: lookup and gradient": ("embedding", "index_select", "embedding_dense_backward"),
}
NUMBERS = {  # arguments: default, help
    "rounds": (5, "measurements of each training's speed"),
    "seeds": (3, "full trainings of each for the accuracy"),
    "examples": (960, "training texts per epoch of a timed run"),
    "epochs": (1, "epochs of a timed run"),
    "batch-size": (32, "texts per step"),
    "max-length": (128, "tokens kept of a text, and length of the texts in full batches"),
    "learning-rate": (2e-4, "peak, of all trainings"),
    "accuracy-epochs": (4, "epochs of a training for the accuracy"),
}
# What is changed in (c), and how: environment, or a call with the model and the arguments of `fit`. A name is replaced
# in the module that uses it: elsewhere, nothing would change and the idea would seem to be worth nothing.
QUIET = 0.5  # cores that other programs may take
IDEAS = {
    "nn-dropout": ("`nn.Dropout`: one random float per element",
                   lambda m, o: (setattr(dropout, "ByteDropout", nn.Dropout), models.set_dropout(m, 0.1))),
    "no-dropout": ("no dropout at all", lambda m, o: models.set_dropout(m, 0.0)),
    "sdpa": ("the fused attention kernel (sdpa)", lambda m, o: m.set_attn_implementation("sdpa")),
    "no-mallopt": ("freed memory goes back to the system",
                   lambda m, o: setattr(loop, "keep_freed_memory", lambda: False)),
    "fp32": ("fp32", lambda m, o: o.update(precision="fp32")),
    "fp32-by-bf16": ("fp32 tensors, bf16 inside the products (`set_float32_matmul_precision`)",
                     lambda m, o: (o.update(precision="fp32"), torch.set_float32_matmul_precision("medium"))),
    "bf16-weights": ("weights, gradients and AdamW in bf16: no casts, but small updates are lost",
                     lambda m, o: (o.update(precision="fp32"), m.bfloat16())),
    "bf16-residuals": ("bf16 between the layers too, not only inside the products",
                       lambda m, o: m.bert.embeddings.register_forward_hook(lambda *a: a[2].bfloat16())),
    "train-all": ("the word vectors train too (d)", lambda m, o: models.freeze(m, "none")),
    "foreach-adamw": ("AdamW by lists of tensors (foreach), not fused",
                      lambda m, o: setattr(torch.optim, "AdamW", lambda p, lr, fused: AdamW(p, lr, foreach=True))),
    "no-clipping": ("no gradient norm, no clipping",
                    lambda m, o: setattr(accelerate.Accelerator, "clip_grad_norm_", lambda *_: 0.0)),
    "random-batches": ("random batches, not grouped by length", lambda m, o: setattr(
        loop, "LengthGroupedBatches", partial(data.LengthGroupedBatches, window=1))),
    "no-warmup": ("the full rate from the first step", lambda m, o: o.update(warmup_ratio=0.0)),
    "no-decay": ("no weight decay", lambda m, o: o.update(weight_decay=0.0)),
    "attention-dropout": ("dropout of attention weights, as (a) and (b) have it",
                          lambda m, o: models.set_dropout(m, 0.1, 0.1)),
    "flush-denormals": ("denormal numbers become 0", {}),  # by `run_one`, before the first thread starts
    "torch-huge-pages": ("large tensors on huge pages (torch)", {"THP_MEM_ALLOC_ENABLE": "1"}),
    "glibc-huge-pages": ("all memory on huge pages (glibc)", {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}),
    "one-thread": ("one thread", {"OMP_NUM_THREADS": "1"}),
    "compile": ("`torch.compile` of the encoder, compilation not counted", lambda m, o: m.bert.compile(dynamic=True)),
}
# fmt: on


class Recorder:
    """Notes, before each forward in training, the time, the texts' real lengths and the positions computed."""

    def __init__(self, model: nn.Module, profiler: Any) -> None:
        self.model, self.profiler, self.times, self.lengths, self.positions = model, profiler, [], [], []
        self.cpu: list[float] = []
        model.register_forward_pre_hook(self, with_kwargs=True)

    def __call__(self, model: nn.Module, _: tuple, inputs: dict[str, Tensor]) -> None:
        if self.profiler and len(self.times) == 2:  # the first steps stay out
            self.profiler.start()
        if model.training:
            self.times.append(time.perf_counter())
            self.cpu.append(time.process_time())
            self.lengths.append(inputs["attention_mask"].sum(1))
            self.positions.append(inputs["attention_mask"].numel())

    def rates(self, warm_up: int) -> dict[str, float]:
        first = min(warm_up, (len(self.times) - 1) // 2)  # a short trial has few steps
        seconds, lengths = self.times[-1] - self.times[first], torch.cat(self.lengths[first:-1])
        tokens = int(lengths.sum())
        return {
            "tokens_per_s": tokens / seconds,
            "tokens_per_cpu_s": tokens / (self.cpu[-1] - self.cpu[first]),
            "flops_per_s": training_flops(self.model, lengths) / seconds,
            "padding": 1 - tokens / sum(self.positions[first:-1]),
            "steps": len(self.times) - 1 - first,
        }

    def profile(self) -> dict[str, float]:
        """Share of the time by group of operations, the profiler's own cost included."""
        seconds, steps = time.perf_counter() - self.times[2], len(self.times) - 2
        self.profiler.stop()
        group_of = {operation: group for group, operations in GROUPS.items() for operation in operations}
        times: Counter[str] = Counter()
        for event in self.profiler.key_averages():
            times[group_of.get(event.key.removeprefix("aten::"), "other")] += event.self_cpu_time_total * 1e-6
        times["between operations (Python)"] = seconds - times.total()
        return {"ms_per_step": 1e3 * seconds / steps} | {name: t / seconds for name, t in times.most_common()}


def training_flops(model: nn.Module, lengths: Tensor) -> int:
    """Operations for texts of these lengths, by the rule above."""
    linear = {n: 2 * m.in_features * m.out_features for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    per_token = sum(operations for name, operations in linear.items() if ".encoder." in name)
    per_text = sum(linear.values()) - per_token
    attention = 4 * model.config.hidden_size * model.config.num_hidden_layers
    return 3 * int(per_token * lengths.sum() + per_text * len(lengths) + attention * lengths.square().sum())


def load_texts(args: argparse.Namespace, tokenizer: Any) -> list[data.TokenizedText]:
    """Training texts and, unless they are synthetic, validation texts of a run."""
    if args.work == "full":
        count = args.batch_size * STEPS
        ids = torch.randint(1000, len(tokenizer), (count, args.max_length)).tolist()
        return [data.TokenizedText(ids, [i % 2 for i in range(count)], tokenizer.pad_token_id, 0.0)]
    corpus = data.load_labelled_text(args.dataset)
    rows = {"speed": args.examples, "profile": args.batch_size * STEPS, "accuracy": len(corpus.frame)}
    parts = corpus.split("train").head(rows[args.work]), corpus.split("validation")
    return [data.tokenize(tokenizer, part["text"], part["label"], args.max_length) for part in parts]


def train_by_trainer(args: Any, model: Any, tokenizer: Any, train: data.TokenizedText, epochs: int) -> None:
    """(a) and (b)."""
    from datasets import Dataset  # of the extra `hub`; nothing else here needs it

    model.set_attn_implementation("sdpa")  # as `from_pretrained` chooses; `load_pretrained` has another one on a CPU
    columns = {"input_ids": train.input_ids, "attention_mask": [[1] * length for length in train.lengths]}
    rows = Dataset.from_dict({**columns, "label": train.labels})
    options = {} if args.one == "a" else {
        "bf16": has_bf16(),
        "train_sampling_strategy": "group_by_length",
        "optim": "adamw_torch_fused",  # with torch 2.8 and later the default already
        "dataloader_num_workers": 0,  # the rows are tokens already: a worker would take a core and give nothing
        "warmup_steps": 0.1,  # share of all steps; it and the decay are `fit`'s, for the accuracy
        "weight_decay": 0.01,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, num_train_epochs=epochs, per_device_train_batch_size=args.batch_size, seed=args.seed, use_cpu=True,
            learning_rate=args.learning_rate, report_to="none", save_strategy="no", logging_strategy="no",
            disable_tqdm=True, **options,
        )  # fmt: skip
        collator = transformers.DataCollatorWithPadding(tokenizer)
        trainer = transformers.Trainer(model, arguments, collator, rows, processing_class=tokenizer)
        trainer.train()
    trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)  # else its bf16 would stay on in the evaluation


def run_one(args: argparse.Namespace) -> dict[str, Any]:
    """One training, in this process: its speed, its profile, or its accuracy after the last epoch."""
    if args.one == "flush-denormals":
        torch.set_flush_denormal(True)  # threads that start later inherit it
    tokenizer, model = models.load_pretrained(seed=args.seed)
    train, *validation = load_texts(args, tokenizer)
    epochs = {"speed": args.epochs, "accuracy": args.accuracy_epochs}.get(args.work, 1) * (1 + (args.one == "compile"))
    profiler = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU])
    recorder = Recorder(model, profiler if args.work == "profile" else None)
    if args.one in ("a", "b"):
        train_by_trainer(args, model, tokenizer, train, epochs)
    else:
        options = {"learning_rate": args.learning_rate, "batch_size": args.batch_size, "seed": args.seed}
        models.set_dropout(models.freeze(model, "none" if args.one == "d" else "word_embeddings"), 0.1)
        if args.one in IDEAS and callable(how := IDEAS[args.one][1]):
            how(model, options)
        training.fit(model, train, num_epochs=epochs, **options)
    if args.work == "accuracy":
        return {"accuracy": evaluation.evaluate(model, validation[0], precision="fp32")["accuracy"]}
    if args.work == "profile":
        return recorder.profile()
    return recorder.rates(len(recorder.times) // 2 if args.one == "compile" else WARM_UP)


def measure_peak() -> dict[str, float]:
    """Operations per second of the best of several matrix products, and of one with the shape of a step's largest."""
    rates = {}
    for shape, (m, k, n) in {"": (2048, 2048, 2048), " of a step": (800, 384, 1536)}.items():
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            one, other = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype)
            best = min(timeit.repeat(partial(torch.mm, one, other), number=1, repeat=25))
            rates[name + shape] = 2 * m * k * n / best
    return rates


class Machine:
    """What else this machine does during a round: cores that other programs take, and which programs those are."""

    def __init__(self) -> None:
        self.start, self.busy, self.own, self.programs = time.perf_counter(), self._busy(), self._own(), self._seconds()

    @staticmethod
    def _busy() -> float:
        times = psutil.cpu_times()
        return sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0)

    @staticmethod
    def _own() -> float:
        return sum(os.times()[:4])  # children that have ended are in it

    @staticmethod
    def _seconds() -> dict[tuple[int, str], float]:
        found = psutil.process_iter(["pid", "name", "cpu_times"])
        return {(one.info["pid"], one.info["name"]): sum((one.info["cpu_times"] or (0, 0))[:2]) for one in found}

    def end(self) -> dict[str, Any]:
        """The round's load by others [cores], who they are, and the machine."""
        seconds, before = time.perf_counter() - self.start, self.programs
        others = max(0.0, (self._busy() - self.busy) - (self._own() - self.own)) / seconds
        took = {who: (now - before.get(who, 0.0)) / seconds for who, now in self._seconds().items()}
        took.pop(next((who for who in took if who[0] == os.getpid()), (0, "")), None)
        names = [
            f"{name} ({cores:.1f})"
            for (_, name), cores in sorted(took.items(), key=lambda x: -x[1])[:5]
            if cores > 0.05
        ]
        clock = getattr(psutil.cpu_freq() or None, "current", None)
        return {"others": others, "programs": names, "load average": psutil.getloadavg()[0], "clock_mhz": clock}


def cpu_model() -> str:
    """As the system names it."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    return next(
        (line.split(": ")[1] for line in text.splitlines() if line.startswith("model name")), platform.processor()
    )


def start(args: argparse.Namespace, one: str, work: str = "speed", seed: int = 0) -> dict[str, Any]:
    """Run one measurement in a process of its own and read the line that it prints last."""
    command = [sys.executable, __file__, "--one", one, "--work", work, "--seed", str(seed), "--dataset", args.dataset]
    for name in NUMBERS:
        command += [f"--{name}", str(getattr(args, name.replace("-", "_")))]
    how = IDEAS[one][1] if one in IDEAS else None
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **(how if isinstance(how, dict) else {})}
    limit = COMPILE_LIMIT_S if one == "compile" else None
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=limit)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1][:300])
    result = json.loads(done.stdout.splitlines()[-1])
    name, value = next(iter(result.items()))
    say(f"{one:<17}{work:<9} seed {seed}  {value:,.4g} {name}")
    return result


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|---{'|---:' * (len(header) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def compare(args: argparse.Namespace) -> dict[str, Any]:
    """The four trainings: speed, share of the peak, ratios, accuracy, and where (c) spends its time."""
    results: dict[str, Any] = {work: [] for work in ("peak", "speed", "full", "machine")}
    for number in range(args.rounds):
        say(f"round {number + 1} of {args.rounds}")
        machine = Machine()
        results["peak"].append(start(args, "peak"))
        for work in ("speed", "full"):
            results[work].append({key: start(args, key, work, number) for key in NAMES})
        results["machine"].append(machine.end())
    show_machine(results["machine"])
    show_speed(results["peak"], results["speed"], results["full"], quiet=is_quiet(results["machine"]))
    if not args.skip_accuracy:
        runs = [{key: start(args, key, "accuracy", seed)["accuracy"] for key in NAMES} for seed in range(args.seeds)]
        results["accuracy"] = {key: [one[key] for one in runs] for key in NAMES}
        found = results["accuracy"].items()
        rows = [(f"({k}) {NAMES[k]}", f"{mean(v):.3f}", f"{min(v):.3f} … {max(v):.3f}") for k, v in found]
        title = f"Validation accuracy, {args.accuracy_epochs} epochs of all training texts, {args.seeds} seeds"
        show(title, ("training", "mean", "range"), rows)
    if args.profile:
        results["profile"] = start(args, "c", "profile")
        (_, ms), *shares = results["profile"].items()
        rows = [(group, f"{share:.1%}") for group, share in shares]
        show(f"One step of (c): {ms:.0f} ms under the profiler", ("operations", "share of the time"), rows)
    return results


def is_quiet(rounds: list[dict[str, Any]]) -> bool:
    """Whether other programs left the cores alone, and there are enough rounds."""
    return len(rounds) >= 5 and max(one["others"] for one in rounds) <= QUIET


def show_machine(rounds: list[dict[str, Any]]) -> None:
    rows = [
        [
            n + 1,
            f"{one['load average']:.1f}",
            f"{one['others']:.2f}",
            f"{one['clock_mhz'] or 0:,.0f}",
            ", ".join(one["programs"]),
        ]
        for n, one in enumerate(rounds)
    ]
    title = f"{cpu_model()}, {torch.get_num_threads()} threads"
    show(title, ("round", "load average", "cores taken by others", "clock [MHz]", "by"), rows)


def show_speed(
    peak: list[dict[str, float]], speed: list[dict[str, Any]], full: list[dict[str, Any]], *, quiet: bool
) -> None:
    def middle(rounds: list[dict[str, Any]], key: str, number: str) -> float:
        return median(one[key][number] for one in rounds)

    best = {name: max(one[name] for one in peak) for name in peak[0]}
    rows = []
    for key, name in NAMES.items():
        cells = [f"({key}) {name}", PRECISION[key], f"{middle(speed, key, 'padding'):.0%}"]
        for rounds in (speed, full):
            cells.append(f"{middle(rounds, key, 'tokens_per_s'):,.0f}")
            reached = middle(rounds, key, "flops_per_s")
            cells.append(" / ".join(f"{reached / best[PRECISION[key] + of]:.0%}" for of in ("", " of a step")))
        rows.append(cells)
    header = ("training", "precision", "padding", "real tokens/s", "of peaks", "full batches: tokens/s", "of peaks")
    peaks = ", ".join(f"{name} {value / 1e9:,.0f}" for name, value in best.items())
    show(f"Speed, median of {len(speed)} rounds; peak of the matrix product: {peaks} GFLOP/s", header, rows)
    for measure, what in (
        ("tokens_per_s", "real tokens/s"),
        ("tokens_per_cpu_s", "real tokens per second of CPU time"),
    ):
        if measure == "tokens_per_s" and not quiet:
            print(
                f"\nNo ratios of {what}: fewer than 5 rounds, or other programs took more than {QUIET} cores (above)."
            )
            continue
        rows = []
        for above, below in ("ca", "cb", "da", "db"):
            ratios = [one[above][measure] / one[below][measure] for one in speed]
            rows.append([f"{above}/{below}", f"{median(ratios):.2f}", f"{min(ratios):.2f} … {max(ratios):.2f}"])
        show(f"Ratios of {what}, {len(speed)} rounds", ("ratio", "median", "range"), rows)


def try_ideas(args: argparse.Namespace) -> dict[str, Any]:
    """Each idea right after a run of (c), in every round; the ratio of the two speeds."""
    results: dict[str, Any] = {name: [] for name in args.ideas or IDEAS}
    for number in range(args.rounds):
        say(f"round {number + 1} of {args.rounds}")
        for name in (name for name, ratios in results.items() if isinstance(ratios, list)):  # else it failed before
            try:
                before, after = (start(args, one, seed=number)["tokens_per_s"] for one in ("c", name))
                results[name].append(after / before)
            except subprocess.TimeoutExpired:
                results[name] = f"not run: not done after {COMPILE_LIMIT_S} s"
            except RuntimeError as error:
                results[name] = f"not run: {error}"
    rows = []
    for name, found in results.items():
        if isinstance(found, list):
            found = f"{median(found):.2f} ({min(found):.2f} … {max(found):.2f})"
        rows.append([IDEAS[name][0], found])
    show(f"(c) with one thing changed: median, range of {args.rounds} rounds", ("change", "times as fast"), rows)
    return results


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    for name, (default, text) in NUMBERS.items():
        add(f"--{name}", type=type(default), default=default, help=f"{text} (default {default})", metavar="N")
    add("--dataset", default="reviews", help="`reviews` (bundled), or a file or folder of labelled texts")
    add("--skip-accuracy", action="store_true", help="measure speed alone")
    add("--profile", action=argparse.BooleanOptionalAction, default=True, help="profile a step of (c), or do not")
    text = f"instead of the comparison, measure changes of (c): the named ones, or all of {', '.join(IDEAS)}"
    add("--ideas", nargs="*", choices=IDEAS, metavar="NAME", help=text)
    add("--one", choices=("peak", *NAMES, *IDEAS), help=argparse.SUPPRESS)  # what a run's own process is told
    add("--work", choices=("speed", "full", "accuracy", "profile"), default="speed", help=argparse.SUPPRESS)
    add("--seed", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.examples < 3 * args.batch_size or min(args.rounds, args.seeds, args.epochs, args.batch_size) < 1:
        parser.error("at least one round, seed and epoch, and texts for three batches, are needed")
    return args


def main() -> None:
    args = parse()
    if args.one:
        print(json.dumps(measure_peak() if args.one == "peak" else run_one(args)))
        return
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, {torch.get_num_threads()} threads"
    print(f"{args.dataset}, {args.examples} texts in batches of {args.batch_size}; {versions}")
    name, results = ("training_speed", compare) if args.ideas is None else ("training_ideas", try_ideas)
    path = repository_root() / "artifacts" / "bench" / f"{name}.json"
    found = {"settings": vars(args), "versions": versions, "results": results(args)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    say(f"all figures: {path}")


if __name__ == "__main__":
    main()
