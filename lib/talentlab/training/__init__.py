"""Step 3: `fit`, the one training loop."""

from talentlab.training.loop import fit
from talentlab.training.optimizers import build_adamw
from talentlab.training.state import History

__all__ = ["History", "build_adamw", "fit"]
