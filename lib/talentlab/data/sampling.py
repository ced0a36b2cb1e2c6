"""Parts of a data set: drawn with a seed, and with the classes of the whole; how many texts a class has."""

import pandas as pd

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
