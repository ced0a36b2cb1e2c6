"""Parts of a data set: drawn with a seed, and with the classes of the whole; how many texts a class has."""

import pandas as pd
from sklearn.model_selection import train_test_split

from talentlab.errors import DataError
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


def draw_missing_splits(frame: pd.DataFrame, names: tuple[str, ...], seed: int, notes: list[str]) -> pd.DataFrame:
    """Fill in the splits that a table lacks by a stratified draw from its training rows; `notes` gets a line for each.

    Raises:
        DataError: If a class has too few rows to be in each part.
    """
    split = frame["split"].replace("", "train").astype(object)
    for name in ("test", "validation"):
        if (split == name).any():
            continue
        pool = frame.index[split == "train"]
        try:
            _, drawn = train_test_split(pool, test_size=0.1, random_state=seed, stratify=frame.loc[pool, "label"])
        except ValueError as error:
            counts = {names[code]: int(n) for code, n in frame.loc[pool, "label"].value_counts().items()}
            raise DataError(
                f"{len(pool)} rows cannot be split with every class in each part: {counts}.",
                expected="at least about ten rows per class",
                remedy="add rows, merge rare classes, or give a `split` column.",
            ) from error
        split[drawn] = name
        notes.append(tr("no {name} split with labels was given: drew {n} rows, stratified by label, seed {seed}",
                               name=name, n=len(drawn), seed=seed))  # fmt: skip
    return frame.assign(split=split).reset_index(drop=True)
