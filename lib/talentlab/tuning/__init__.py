"""Step 4: searches of settings, which survive in a file and may be shared by several processes."""

from talentlab.tuning.search import reporting, trials, tune
from talentlab.tuning.studies import Range, open_study

__all__ = ["Range", "open_study", "reporting", "trials", "tune"]
