"""Step 2: a pretrained model, found, loaded, frozen, counted and saved.

`adapters` and `masked` are imported by name: few need them.
"""

from talentlab.models.dropout import ByteDropout, set_dropout
from talentlab.models.families import freeze, parameter_census, part_of, parts_of, usable_positions
from talentlab.models.inference import embed
from talentlab.models.packaged import e5_zh_folder, minilm_folder
from talentlab.models.pretrained import MeanPooledBert, load_pretrained, save_model

__all__ = [
    "ByteDropout", "MeanPooledBert", "e5_zh_folder", "embed", "freeze", "load_pretrained", "minilm_folder",
    "parameter_census", "part_of", "parts_of", "save_model", "set_dropout", "usable_positions",
]  # fmt: skip
