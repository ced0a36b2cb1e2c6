"""The thin library behind the Talent Lab notebooks: training, evaluation and the plumbing of a course that you run.

Import the modules, not names from here: ``from talentlab import data, models, training``.
"""

__version__ = "0.1.0"
