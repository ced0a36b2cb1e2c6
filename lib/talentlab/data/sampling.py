"""Parts of a data set: drawn with a seed, and with the classes of the whole."""

import pandas as pd


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
