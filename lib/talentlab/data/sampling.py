"""Parts of a data set: drawn with a seed, and with the classes of the whole; how many texts a class has."""

import pandas as pd
from sklearn.model_selection import train_test_split

from talentlab.errors import DataError
from talentlab.escaping import listed
from talentlab.language import tr


def draw(rows: pd.DataFrame, size: int | None, seed: int) -> pd.DataFrame:
    """`size` rows in random order, stratified by their column `label`; all rows if there are fewer, or `size` is None.

    Draws with one seed are nested: the smaller one is the beginning of the larger. Each class has its share in them,
    and one row at least where `size` is not below the number of classes. The index stays that of `rows`.
    """
    shuffled = rows.sample(frac=1, random_state=seed)
    by_class = shuffled.groupby("label")["label"]
    place = (by_class.cumcount() + 0.5) / by_class.transform("size")  # 0 … 1 within the class
    place = place.where(by_class.cumcount() > 0, 0.0)  # the first of each class before any second
    return shuffled.loc[place.sort_values(kind="stable").index].head(len(rows) if size is None else size)


def count_classes(classes: pd.Series, splits: pd.Series, most: int = 12) -> pd.DataFrame:
    """Texts of each class in each split; of more than `most` classes the largest, the smallest, and the others summed.

    Args:
        classes: The name of each row's class, [N].
        splits: The name of its split, [N].
        most: Classes that a reader takes in; half of them are shown from each end.
    """
    table = pd.crosstab(classes, splits)
    if len(table) <= most:
        return table
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    between = table.iloc[most // 2 : -(most // 2)]
    others = pd.DataFrame([between.sum()], [tr("{n} classes between", n=len(between))])
    return pd.concat([table.head(most // 2), others, table.tail(most // 2)]).rename_axis(table.index.name)


def set_rare_classes_aside(
    frame: pd.DataFrame, names: tuple[str, ...], removed: dict[str, list[str]], notes: list[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take out the classes that lack a training row for each split that has to be drawn and one to learn from.

    Args:
        frame: Columns `label`, `split` ("" or train for training rows) and `place`.
        names: Of the classes.
        removed: Gets the places of the rows that go.
        notes: Gets the names of these classes, and of those without a row in a test or validation split that was given.

    Returns:
        The frame with labels 0, 1, … of the classes that stay, and their names.
    """
    given = set(frame["split"]) & {"validation", "test"}
    counts = frame.loc[~frame["split"].isin(given), "label"].value_counts()
    rare = sorted(counts.index[counts < 3 - len(given)])
    if rare and len(counts) - len(rare) > 1:
        named = ", ".join(f"{names[code]} ({counts[code]})" for code in rare)
        notes.append(tr("set aside, with too few rows to stand in every split: {named}", named=named))
        gone = frame["label"].isin(rare)
        removed["class with too few rows"] = frame.loc[gone, "place"].tolist()
        stay = [code for code in range(len(names)) if code not in rare]
        frame = frame[~gone].assign(label=frame["label"][~gone].map({old: new for new, old in enumerate(stay)}))
        names = tuple(names[code] for code in stay)
    for split in sorted(given):
        absent = sorted(set(frame["label"]) - set(frame.loc[frame["split"] == split, "label"]))
        if absent:
            note = tr(
                "the {name} split has no row of: {classes}", name=split, classes=listed([names[c] for c in absent])
            )
            notes.append(note)
    return frame, names


def draw_missing_splits(frame: pd.DataFrame, names: tuple[str, ...], seed: int, notes: list[str]) -> pd.DataFrame:
    """Fill in the splits that a table lacks by a stratified draw from its training rows; `notes` gets a line for each.

    Each class has its share in them, and one row at least.

    Raises:
        DataError: If a class has too few rows to be in each part.
    """
    split = frame["split"].replace("", "train").astype(object)
    for name in ("test", "validation"):
        if (split == name).any():
            continue
        pool = frame.loc[split == "train", "label"]
        try:
            _, drawn = train_test_split(pool.index, test_size=0.1, random_state=seed, stratify=pool)
        except ValueError:  # fewer rows to draw than classes
            drawn = pool.index[:0]
        missing = pool[~pool.isin(pool[drawn])]
        counts = pool.value_counts()
        if pool.nunique() < 2 or counts.min() < 2 + (name == "test" and not (split == "validation").any()):
            told = {names[code]: int(n) for code, n in counts.items()}
            raise DataError(
                f"{len(pool)} rows cannot be split with every class in each part: {told}.",
                expected="a row of each class for every split, and more to learn from",
                remedy="add rows, merge rare classes, or give a `split` column.",
            )
        more = missing.sample(frac=1, random_state=seed).drop_duplicates().index
        drawn = drawn.append(more)
        split[drawn] = name
        note = tr("no {name} split with labels was given: drew {n} rows, stratified by label, seed {seed}",
                  name=name, n=len(drawn), seed=seed)  # fmt: skip
        notes.append(note + (tr("; {n} of them so that each class has one", n=len(more)) if len(more) else ""))
    return frame.assign(split=split).reset_index(drop=True)
