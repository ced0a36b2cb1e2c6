"""Step 1: labelled text in, cleaned and split, and in batches of similar length out."""

from talentlab.data.batching import LengthGroupedBatches, TokenizedText, padding_share, tokenize
from talentlab.data.corruption import add_typos, drop_words, flip_labels
from talentlab.data.labelled import SPLITS, CleaningReport, LabelledText, load_labelled_text
from talentlab.data.quality import near_duplicates, repair_mojibake, strip_html
from talentlab.data.sampling import count_classes, draw

__all__ = [
    "SPLITS", "CleaningReport", "LabelledText", "LengthGroupedBatches", "TokenizedText", "add_typos",
    "count_classes", "draw", "drop_words", "flip_labels", "load_labelled_text", "near_duplicates", "padding_share",
    "repair_mojibake", "strip_html", "tokenize",
]  # fmt: skip
