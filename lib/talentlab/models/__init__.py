"""Step 2: a pretrained model, found, loaded, frozen, counted and saved.

`adapters` and `masked` are imported by name: few need them.
"""

from talentlab.models.dropout import ByteDropout, set_dropout
from talentlab.models.inference import embed
from talentlab.models.pretrained import (
    MeanPooledBert,
    freeze,
    load_pretrained,
    minilm_folder,
    parameter_census,
    part_of,
    save_model,
)

__all__ = [
    "ByteDropout", "MeanPooledBert", "embed", "freeze", "load_pretrained", "minilm_folder", "parameter_census",
    "part_of", "save_model", "set_dropout",
]  # fmt: skip
