"""What int8 costs in accuracy, by row and by block: paired with fp32 on every text of a data set, by a cross-fit.

A test split of some hundred texts cannot exclude a loss of half a point. So all rows, of one source or several, are
dealt into two halves; `minilm`, fine-tuned on the one for two epochs, answers the other, and the other way round. Every
text is then judged once, by a model that has not seen it. With `--train-texts`, one model learns from that many and
answers all others. Rows with the same text count once.

python tests/bench/int8_accuracy.py $DATA/financial_phrasebank/sentences_50agree.csv.gz
python tests/bench/int8_accuracy.py $DATA/medical_abstracts{,/extra_train.csv.gz} --train-texts 1200
"""

import argparse
import tempfile
import time

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from talentlab import data, deployment, evaluation, models, training


def answers(train: pd.DataFrame, texts: list[str], names: tuple[str, ...], seed: int) -> dict[str, np.ndarray]:
    """The labels that a model of `train` gives, in each form."""
    tokenizer, model = models.load_pretrained("minilm", num_labels=len(names), class_names=names)
    models.set_dropout(models.freeze(model, "word_embeddings"), 0.1)
    training.fit(model, data.tokenize(tokenizer, train["text"], train["label"], 128), num_epochs=2, seed=seed)
    said = {}
    with tempfile.TemporaryDirectory() as folder:
        deployment.export_onnx(model.eval(), tokenizer, folder)
        said["fp32"] = deployment.OnnxClassifier(folder).predict(texts).argmax(1)
        for scales in ("row", "block"):
            deployment.quantize_int8(folder, scales)
            said[scales] = deployment.OnnxClassifier(folder, "int8").predict(texts).argmax(1)
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sources", nargs="+", help="`reviews`, or files or folders of labelled texts with the same classes"
    )
    parser.add_argument("--train-texts", type=int, help="of one model; without it two models learn from a half each")
    args = parser.parse_args()
    parts = [data.load_labelled_text(source) for source in args.sources]
    names = parts[0].class_names
    rows = pd.concat([part.frame for part in parts]).drop_duplicates("text").reset_index(drop=True)
    said = pd.DataFrame(index=rows.index, columns=["fp32", "row", "block"])
    dealt = (
        StratifiedShuffleSplit(1, train_size=args.train_texts, random_state=0)
        if args.train_texts
        else StratifiedKFold(2, shuffle=True, random_state=0)
    )
    for seed, (train, test) in enumerate(dealt.split(rows, rows["label"])):
        start = time.perf_counter()
        for form, labels in answers(rows.iloc[train], rows["text"].iloc[test].tolist(), names, seed).items():
            said.loc[test, form] = labels
        print(f"model {seed}: {len(train)} texts to learn from, {time.perf_counter() - start:.0f} s", flush=True)
    said = said.dropna().astype(int)
    rows = rows.loc[said.index]
    hits = said.eq(rows["label"], axis=0)
    for form in said:
        print(
            f"{form}: {len(rows)} texts, accuracy {hits[form].mean():.2%}, "
            f"to fp32 {evaluation.difference(hits[form], hits['fp32']):+.2%}, "
            f"other labels {(said[form] != said['fp32']).mean():.2%}"
        )


if __name__ == "__main__":
    main()
