"""Step 3: `fit`, the one training loop."""

from talentlab.training.loop import cross_entropy, fit
from talentlab.training.optimizers import build_adamw
from talentlab.training.state import History

__all__ = ["History", "build_adamw", "cross_entropy", "fit"]
