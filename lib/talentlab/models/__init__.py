"""Step 2: a pretrained model, found, loaded, frozen, counted and saved.

`adapters` and `masked` are imported by name: few need them.
"""

from talentlab.models.dropout import ByteDropout, set_dropout
from talentlab.models.inference import embed
from talentlab.models.packaged import e5_zh_folder, minilm_folder
from talentlab.models.pretrained import (
    MeanPooledBert,
    freeze,
    load_pretrained,
    parameter_census,
    part_of,
    save_model,
)

__all__ = [
    "ByteDropout", "MeanPooledBert", "e5_zh_folder", "embed", "freeze", "load_pretrained", "minilm_folder",
    "parameter_census", "part_of", "save_model", "set_dropout",
]  # fmt: skip
