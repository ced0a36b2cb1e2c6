"""The thin library behind the notebooks. Five modules matter; most chapters need no more of it.

``from talentlab import data, models, training, evaluation, plots``

Texts to batches (`data`), a pretrained model (`models`), `training.fit`, what its answers are worth (`evaluation`),
figures (`plots`). The document's further steps: `tuning`, `ensembling`, `deployment`. The rest keeps the course going:
`course`, `experiments`, `authoring`, `chapters`, `cli`. Import modules, not names from here.
"""

__version__ = "0.1.0"
