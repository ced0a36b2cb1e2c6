"""Training speed on a CPU beside `transformers.Trainer`: the command behind `make bench`.

Four trainings of the bundled model, on the same texts, with the same batch size, epochs and seeds:

(a) `transformers.Trainer` as its documentation shows it;
(b) the same with what its arguments offer: bf16, batches grouped by length, fused AdamW, warm-up, weight decay;
(c) `training.fit` as chapter 5 calls it: the table of word vectors frozen, cheap dropout, everything else by default;
(d) as (c), with every parameter training, as in (a) and (b).

Every run is a process of its own: `fit` asks the C library to keep freed memory, which lasts for the life of a process
and would speed up a Trainer that came after it. The trainings alternate (a b c d, a b c d, …), so that a machine that
slows down slows all of them; a ratio is taken within a round, and the median over the rounds is the result.

A hook before the model's forward notes the time and the texts' real lengths. The speed is the tokens of the forwards
from the end of the warm-up to the last but one, padding not counted, over the time from the first of them to the start
of the last forward. So everything between two forwards counts: batches, backward, clipping, optimizer, progress.

Share of the peak = floating-point operations of the model's matrix products per second over those of the best 2048³
product in the same precision with the same threads. Operations are counted by the model, over real tokens only, so that
padding counts as waste: per token and layer of the encoder 2·in·out for each linear layer; per text 2·in·out for pooler
and head, which see one token; 4·T·H per token of a text of T tokens and layer for the attention's two products; all of it
three times, for forward, gradient of the inputs and gradient of the weights. All of these parts train in (a) to (d), and
below each of them something trains; the word vectors, frozen or not, are looked up, which is no product.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import accelerate
import torch
import transformers
from talentlab import batching, data, evaluation, models, training
from talentlab.runtime import has_bf16, repository_root
from torch import Tensor, nn
from torch.profiler import ProfilerActivity

NAMES = {
    "a": "Trainer as documented",
    "b": "Trainer, all options",
    "c": "fit, word vectors frozen",
    "d": "fit, all parameters",
}
PRECISION = {key: "bf16" if has_bf16() and key != "a" else "fp32" for key in NAMES}
RATIOS = (("c", "a"), ("c", "b"), ("d", "a"), ("d", "b"))
WARM_UP = 4  # forwards that are not timed
FULL_STEPS = 12  # of the run with batches of equal length
PROFILED_STEPS = 8
IDEA_LIMIT_S = 180  # for ideas that compile something first
GROUPS = {  # operations of a step, without `aten::`
    "matrix products": {"mm", "addmm", "bmm", "baddbmm"},
    "casts and copies": {"copy_"},
    "dropout: random bytes, masks": {"random_", "ge", "bernoulli_"},
    "dropout's factors, residuals, scaling": {"mul", "add", "div"},
    "attention softmax": {"_softmax", "_softmax_backward_data"},
    "GELU": {"gelu", "gelu_backward"},
    "layer norm": {"native_layer_norm", "native_layer_norm_backward"},
    "gradients of biases (sums)": {"sum"},
    "AdamW": {"_fused_adamw_", "Optimizer.step#AdamW.step"},
    "clipping": {"linalg_vector_norm", "mul_", "_foreach_norm", "_foreach_mul_"},
    "embeddings: lookup, gradient": {"embedding", "index_select", "embedding_dense_backward"},
}


class Idea(NamedTuple):
    """A change of (c): to the model and `fit`'s arguments, or before the model is loaded, or of the environment."""

    what: str
    change: Callable[[nn.Module, dict[str, Any]], object] = lambda model, options: None
    first: Callable[[], object] = lambda: None
    environment: dict[str, str] = {}  # noqa: RUF012 (never changed)
    compiles: bool = False  # then a whole epoch is warm-up


def float_dropout(model: nn.Module, options: dict[str, Any]) -> None:
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, models.ByteDropout):
                setattr(module, name, nn.Dropout(child.p))


def foreach_adamw(model: nn.Module, options: dict[str, Any]) -> None:
    fused = training._adamw

    def foreach(*arguments: Any) -> torch.optim.Optimizer:
        optimizer = fused(*arguments)
        for group in optimizer.param_groups:
            group.update(fused=False, foreach=True)
        return optimizer

    training._adamw = foreach


def set_in(owner: Any, name: str, value: Any) -> Callable[..., None]:
    """A change that replaces one attribute of a module or class."""
    return lambda *_: setattr(owner, name, value)


IDEAS = {
    "nn-dropout": Idea("`nn.Dropout`: a random float per element", float_dropout),
    "no-dropout": Idea("no dropout at all", lambda model, _: models.set_dropout(model, 0.0)),
    "sdpa": Idea("the fused attention kernel (sdpa)", lambda model, _: model.set_attn_implementation("sdpa")),
    "no-mallopt": Idea("freed memory goes back to the kernel", set_in(training, "keep_freed_memory", lambda: False)),
    "fp32": Idea("fp32", lambda _, options: options.update(precision="fp32")),
    "fp32-by-bf16": Idea(
        "fp32 tensors, bf16 inside the products (`set_float32_matmul_precision('medium')`)",
        lambda _, options: options.update(precision="fp32"),
        partial(torch.set_float32_matmul_precision, "medium"),
    ),
    "bf16-weights": Idea(
        "weights, gradients and AdamW's moments in bf16: no casts, but small updates are lost",
        lambda model, options: (model.bfloat16(), options.update(precision="fp32")),
    ),
    "train-all": Idea("word vectors train too (d)", lambda model, _: models.freeze(model, "none")),
    "foreach-adamw": Idea("AdamW by lists of tensors (foreach) instead of fused", foreach_adamw),
    "no-clipping": Idea(
        "no gradient norm, no clipping", set_in(accelerate.Accelerator, "clip_grad_norm_", lambda *_: 0.0)
    ),
    "random-batches": Idea(
        "random batches instead of grouped ones",
        set_in(training, "LengthGroupedBatches", partial(batching.LengthGroupedBatches, window=1)),
    ),
    "flush-denormals": Idea("denormal numbers become 0", first=partial(torch.set_flush_denormal, True)),
    "huge-pages": Idea("large tensors on huge pages", environment={"THP_MEM_ALLOC_ENABLE": "1"}),
    "one-thread": Idea("one thread", first=partial(torch.set_num_threads, 1)),
    "compile": Idea(
        "`torch.compile` of the encoder (compilation not counted)",
        lambda model, _: model.bert.compile(dynamic=True),
        environment={"TORCHINDUCTOR_COMPILE_THREADS": "1"},
        compiles=True,
    ),
}


# One run, in a process of its own


class Recorder:
    """Notes, before each forward in training, the time, the texts' real lengths and the positions computed."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.times, self.lengths, self.positions = model, [], [], []
        model.register_forward_pre_hook(self, with_kwargs=True)

    def __call__(self, model: nn.Module, _: tuple, inputs: dict[str, Tensor]) -> None:
        if model.training:
            self.times.append(time.perf_counter())
            self.lengths.append(inputs["attention_mask"].sum(1))
            self.positions.append(inputs["attention_mask"].numel())

    def rates(self, warm_up: int) -> dict[str, float]:
        first = min(warm_up, (len(self.times) - 1) // 2)  # tiny trials have few steps
        seconds, lengths = self.times[-1] - self.times[first], torch.cat(self.lengths[first:-1])
        tokens = int(lengths.sum())
        return {
            "tokens_per_s": tokens / seconds,
            "flops_per_s": training_flops(self.model, lengths) / seconds,
            "padding": 1 - tokens / sum(self.positions[first:-1]),
            "steps": len(self.times) - 1 - first,
            "seconds": seconds,
        }


def training_flops(model: nn.Module, lengths: Tensor) -> int:
    """Operations of forward and backward for texts of these lengths; the rule is in the module's docstring."""
    linear = [(name, 2 * m.in_features * m.out_features) for name, m in model.named_modules() if type(m) is nn.Linear]
    per_token = sum(operations for name, operations in linear if ".encoder." in name)
    per_text = sum(operations for name, operations in linear if ".encoder." not in name)
    attention = 4 * model.config.hidden_size * model.config.num_hidden_layers
    total = per_token * lengths.sum() + per_text * len(lengths) + attention * lengths.square().sum()
    return 3 * int(total)


def load_texts(args: argparse.Namespace, tokenizer: Any) -> tuple[batching.TokenizedText, batching.TokenizedText]:
    """The training and validation texts of this run."""
    if args.work == "full":
        generator, count = torch.Generator().manual_seed(args.seed), args.batch_size * FULL_STEPS
        ids = torch.randint(1000, len(tokenizer), (count, args.max_length), generator=generator).tolist()
        return batching.TokenizedText(ids, [i % 2 for i in range(count)], tokenizer.pad_token_id, 0.0), None
    corpus = data.load_labelled_text(args.dataset)
    rows = None if args.work == "accuracy" else args.examples
    parts = corpus.split("train").head(rows or len(corpus.frame)), corpus.split("validation")
    train, validation = (batching.tokenize(tokenizer, p["text"], p["label"], args.max_length) for p in parts)
    return train, validation


def train_by_trainer(
    args: argparse.Namespace, model: Any, tokenizer: Any, train: batching.TokenizedText, epochs: int
) -> None:
    """(a) and (b)."""
    from datasets import Dataset  # of the extra `hub`; the other runs do without

    model.set_attn_implementation("sdpa")  # what `from_pretrained` chooses, and `load_pretrained` replaces on a CPU
    masks = [[1] * length for length in train.lengths]
    rows = Dataset.from_dict({"input_ids": train.input_ids, "attention_mask": masks, "label": train.labels})
    quiet = {"report_to": "none", "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
    options = {} if args.one == "a" else {
        "bf16": has_bf16(),
        "train_sampling_strategy": "group_by_length",
        "optim": "adamw_torch_fused",  # the default already with torch 2.8 and later
        "warmup_steps": 0.1,  # share of the steps; this and the decay as in `fit`, for the accuracy
        "weight_decay": 0.01,
        "dataloader_num_workers": 0,  # the rows are tokens already; workers would only take cores from the products
        "dataloader_pin_memory": False,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, num_train_epochs=epochs, per_device_train_batch_size=args.batch_size, seed=args.seed, use_cpu=True,
            learning_rate=args.learning_rate, **quiet, **options,
        )  # fmt: skip
        collator = transformers.DataCollatorWithPadding(tokenizer)
        trainer = transformers.Trainer(
            model, arguments, data_collator=collator, train_dataset=rows, processing_class=tokenizer
        )
        trainer.train()
    trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)  # else bf16 stays on when it is evaluated


def run_one(args: argparse.Namespace) -> dict[str, Any]:
    """One training; its speed, or its accuracy after the last epoch."""
    idea = IDEAS.get(args.one, Idea(""))
    idea.first()
    tokenizer, model = models.load_pretrained(seed=args.seed)
    train, validation = load_texts(args, tokenizer)
    epochs = {"speed": args.epochs * (1 + idea.compiles), "full": 1, "accuracy": args.accuracy_epochs}[args.work]
    recorder = Recorder(model)
    if args.one in ("a", "b"):
        train_by_trainer(args, model, tokenizer, train, epochs)
    else:
        options = {
            "learning_rate": args.learning_rate, "num_epochs": epochs, "batch_size": args.batch_size, "seed": args.seed
        }  # fmt: skip
        models.set_dropout(models.freeze(model, "none" if args.one == "d" else "word_embeddings"), 0.1)
        idea.change(model, options)
        training.fit(model, train, **options)
    if args.work == "accuracy":
        return {"accuracy": evaluation.evaluate(model, validation, precision="fp32")["accuracy"]}
    return recorder.rates(len(recorder.times) // 2 if idea.compiles else WARM_UP)


def measure_peak() -> dict[str, float]:
    """Operations per second of the best of several products of two 2048 × 2048 matrices."""
    best = {"threads": torch.get_num_threads()}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        left, right = torch.randn(2, 2048, 2048).to(dtype)
        seconds = []
        for _ in range(25):
            start = time.perf_counter()
            left @ right
            seconds.append(time.perf_counter() - start)
        best[name] = 2 * 2048**3 / min(seconds)
    return best


def profile_steps(args: argparse.Namespace) -> dict[str, float]:
    """Share of the time of (c)'s steps by group of operations, the profiler's own cost included."""
    tokenizer, model = models.load_pretrained(seed=args.seed)
    models.set_dropout(models.freeze(model, "word_embeddings"), 0.1)
    train, _ = load_texts(args, tokenizer)
    last = -(-len(train) // args.batch_size) - 1
    first = min(WARM_UP, last // 2)
    ends = {first: 0.0, min(last, first + PROFILED_STEPS): 0.0}
    profiler = torch.profiler.profile(activities=[ProfilerActivity.CPU])
    forwards = iter(range(last + 1))

    def hook(*_: object) -> None:
        number = next(forwards)
        if number == first:
            profiler.start()
        if number in ends:
            ends[number] = time.perf_counter()
        if number == max(ends):
            profiler.stop()

    model.register_forward_pre_hook(hook)
    training.fit(model, train, learning_rate=args.learning_rate, num_epochs=1, batch_size=args.batch_size)
    group_of = {operation: group for group, operations in GROUPS.items() for operation in operations}
    times: Counter[str] = Counter()
    for event in profiler.key_averages():
        times[group_of.get(event.key.removeprefix("aten::"), "other")] += event.self_cpu_time_total * 1e-6
    wall = max(ends.values()) - min(ends.values())
    times["between operations (Python)"] = wall - times.total()
    return {"ms per step": 1e3 * wall / (max(ends) - first)} | {name: t / wall for name, t in times.most_common()}


# The comparison


class RunError(Exception):
    """A run ended without a result."""


def start(args: argparse.Namespace, one: str, work: str = "speed", seed: int = 0) -> dict[str, Any]:
    """Run one measurement in a process of its own and read the line that it prints last."""
    idea = IDEAS.get(one, Idea(""))
    command = [sys.executable, __file__, "--one", one, "--work", work, "--seed", str(seed)]
    for name in ("dataset", "examples", "epochs", "batch_size", "max_length", "learning_rate", "accuracy_epochs"):
        command += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **idea.environment}
    try:
        limit = IDEA_LIMIT_S if idea.compiles else None
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=limit)
    except subprocess.TimeoutExpired:
        raise RunError(f"not done after {IDEA_LIMIT_S} s") from None
    if done.returncode:
        raise RunError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1][:300])
    result = json.loads(done.stdout.splitlines()[-1])
    numbers = {"speed": "tokens_per_s", "full": "tokens_per_s", "accuracy": "accuracy"}[work]
    say(f"{one:<16}{work:<10}seed {seed}: {result[numbers]:,.4g} {numbers}" if numbers in result else one)
    return result


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table; numbers after the first column stand to the right."""
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|---{'|---:' * (len(header) - 1)}|")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def median(rounds: Sequence[dict[str, Any]], key: str, number: str) -> float:
    return statistics.median(one[key][number] for one in rounds)


def compare(args: argparse.Namespace) -> dict[str, Any]:
    """The four trainings: speed, share of the peak, ratios, accuracy, and where (c) spends its time."""
    results: dict[str, Any] = {work: [] for work in ("peaks", "speed", "full")}
    for number in range(args.rounds):
        say(f"round {number + 1} of {args.rounds}")
        results["peaks"].append(start(args, "peak"))
        for work in ("speed", "full"):
            results[work].append({key: start(args, key, work, number) for key in NAMES})
    peak = {precision: max(one[precision] for one in results["peaks"]) for precision in ("fp32", "bf16")}
    show_speed(results["speed"], results["full"], peak)
    if not args.skip_accuracy:
        runs = [{key: start(args, key, "accuracy", seed) for key in NAMES} for seed in range(args.seeds)]
        results["accuracy"] = {key: [one[key]["accuracy"] for one in runs] for key in NAMES}
        rows = [
            (f"({key}) {NAMES[key]}", f"{statistics.mean(v):.3f}", f"{min(v):.3f} … {max(v):.3f}")
            for key, v in results["accuracy"].items()
        ]
        title = f"Validation accuracy after {args.accuracy_epochs} epochs of the whole training split, last epoch"
        show(f"{title}, {args.seeds} seeds", ("training", "mean", "range"), rows)
    if args.profile:
        results["profile"] = start(args, "profile")
        ms, *shares = results["profile"].items()
        rows = [(group, f"{share:.1%}") for group, share in shares]
        show(f"Where a step of (c) spends its {ms[1]:.0f} ms under the profiler", ("operations", "share"), rows)
    return results


def show_speed(speed: list[dict[str, Any]], full: list[dict[str, Any]], peak: dict[str, float]) -> None:
    def share(rounds: list[dict[str, Any]], key: str) -> str:
        return f"{median(rounds, key, 'flops_per_s') / peak[PRECISION[key]]:.1%}"

    rows = [
        (f"({key}) {name}", PRECISION[key], f"{median(speed, key, 'tokens_per_s'):,.0f}",
         f"{median(speed, key, 'padding'):.1%}", share(speed, key), f"{median(full, key, 'tokens_per_s'):,.0f}",
         share(full, key))
        for key, name in NAMES.items()
    ]  # fmt: skip
    header = ("training", "precision", "real tokens/s", "padding", "of peak", "tokens/s, full batches", "of peak")
    peaks = ", ".join(f"{name} {value / 1e9:,.0f}" for name, value in peak.items())
    show(f"Median of {len(speed)} rounds; peak of the matrix product: {peaks} GFLOP/s", header, rows)
    rows = []
    for above, below in RATIOS:
        ratios = [one[above]["tokens_per_s"] / one[below]["tokens_per_s"] for one in speed]
        rows.append((f"{above}/{below}", *(f"{r:.2f}" for r in ratios), f"{statistics.median(ratios):.2f}"))
    show("Times as fast", ("ratio", *(f"round {n + 1}" for n in range(len(speed))), "median"), rows)


def try_ideas(args: argparse.Namespace) -> dict[str, Any]:
    """Each idea right after a run of (c), in every round; the ratio of the two speeds."""
    ratios: dict[str, list[float]] = {name: [] for name in args.ideas or IDEAS}
    failures: dict[str, str] = {}
    for number in range(args.rounds):
        say(f"round {number + 1} of {args.rounds}")
        for name in (name for name in ratios if name not in failures):
            try:
                pair = [start(args, one, seed=number)["tokens_per_s"] for one in ("c", name)]
                ratios[name].append(pair[1] / pair[0])
            except RunError as error:
                failures[name] = f"not run: {error}"
                say(f"{name} {failures[name]}")
    rows = [
        (IDEAS[name].what, failures[name], "")
        if name in failures
        else (IDEAS[name].what, f"{statistics.median(r):.2f}", f"{min(r):.2f} … {max(r):.2f}")
        for name, r in ratios.items()
    ]
    show(f"Speed of (c) with one thing changed, {args.rounds} rounds", ("change", "times as fast", "range"), rows)
    return {"ratios": ratios, "failures": failures}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="measurements of each training's speed (3)")
    add("--seeds", type=int, default=3, help="full trainings of each for the accuracy (3)")
    add("--examples", type=int, default=960, help="training texts per epoch of a timed run (960)")
    add("--epochs", type=int, default=1, help="epochs of a timed run (1)")
    add("--batch-size", type=int, default=32, help="texts per step (32)")
    add("--max-length", type=int, default=128, help="tokens kept of a text, and length of the full batches (128)")
    add("--learning-rate", type=float, default=2e-4, help="peak, of all trainings (2e-4)")
    add("--dataset", default="reviews", help="`reviews` (bundled), a file, a folder of splits or a Hub name")
    add("--accuracy-epochs", type=int, default=4, help="epochs of a training for the accuracy (4)")
    add("--skip-accuracy", action="store_true", help="measure speed alone")
    add("--profile", action=argparse.BooleanOptionalAction, default=True, help="profile a step of (c)")
    add("--ideas", nargs="*", choices=IDEAS, metavar="NAME", help="instead of the comparison, measure changes of (c): "
        f"the named ones, or all of {', '.join(IDEAS)}")  # fmt: skip
    add("--one", choices=("peak", "profile", *NAMES, *IDEAS), help=argparse.SUPPRESS)  # what a run's process is given
    add("--work", choices=("speed", "full", "accuracy"), default="speed", help=argparse.SUPPRESS)
    add("--seed", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.examples < 3 * args.batch_size or min(args.rounds, args.seeds, args.epochs, args.batch_size) < 1:
        parser.error("at least one round, seed and epoch, and examples for at least three batches, are needed")
    return args


def main() -> None:
    args = parse()
    if args.one:
        other = {"peak": lambda _: measure_peak(), "profile": profile_steps}
        print(json.dumps(other.get(args.one, run_one)(args)))
        return
    threads = torch.get_num_threads()
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, {threads} threads"
    print(f"{args.dataset}, {args.examples} texts, batches of {args.batch_size}; {versions}, {platform.machine()}")
    ideas = args.ideas is not None
    try:
        results = try_ideas(args) if ideas else compare(args)
    except RunError as error:
        sys.exit(f"a run failed: {error}")
    path = repository_root() / "artifacts" / "bench" / ("training_ideas.json" if ideas else "training_speed.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"settings": vars(args), "versions": versions, **results}, indent=1), encoding="utf-8")
    say(f"all figures: {path}")


if __name__ == "__main__":
    main()
