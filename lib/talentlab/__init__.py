"""The thin library behind the notebooks. Five modules matter; most chapters need no more of it.

``from talentlab import data, models, training, evaluation, plots``

Texts to batches (`data`), a pretrained model (`models`), `training.fit`, what its answers are worth (`evaluation`),
figures (`plots`). The document's further steps: `tuning`, `ensembling`, `deployment`. The rest keeps the course going:
`course`, `experiments`, `authoring`, `chapters`, `cli`. Import modules, not names from here.
"""

import atexit
import gc

# An interpreter that imported torch searches half a million objects for cycles while it ends, for two seconds: frozen
# ones are left out. Exit functions run before, and files are still closed.
atexit.register(gc.freeze)

__version__ = "0.1.0"
