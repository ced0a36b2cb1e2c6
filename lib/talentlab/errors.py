"""One tree of exceptions. Each message says what was received, what was expected and what to do next."""

from functools import partial
from typing import Self

from talentlab.language import spoken, tr


class TalentLabError(Exception):
    """Base of every error that the kit raises on purpose.

    Args:
        received: What was found, with the offending value.
        expected: What would have been right.
        remedy: What the reader can do about it now.
    """

    def __init__(self, received: str, *, expected: str, remedy: str) -> None:
        # half a surrogate pair, out of a file or a command, cannot be printed
        parts = (part.encode("utf-8", "backslashreplace").decode() for part in (received, expected, remedy))
        self.received, self.expected, self.remedy = map(spoken, parts)
        super().__init__(tr("{received}\n  expected: {expected}\n  what to do: {remedy}", **vars(self)))

    @classmethod
    def not_installed(cls, what: str, extra: str) -> Self:
        """That a package is missing which comes with an extra of this one."""
        return cls(
            f"{what}: not installed.",
            expected=f"the extra `{extra}` of this package",
            remedy=f"pip install -c constraints.txt -e '.[{extra}]'",
        )

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments need help to cross a process boundary (joblib, multiprocessing).
        return partial(type(self), self.received, expected=self.expected, remedy=self.remedy), ()


class DataError(TalentLabError):
    """A data file or table cannot be used as labelled text."""


class ModelError(TalentLabError):
    """A model cannot be resolved or loaded."""


class CheckpointError(TalentLabError):
    """A checkpoint is damaged or belongs to another run."""


class TrainingError(TalentLabError):
    """Training cannot start or go on."""


class ParameterError(TalentLabError):
    """A parameter's name or value does not fit."""


class RunError(TalentLabError):
    """A notebook run failed."""


class RunFailedError(RunError):
    """A run began and did not complete."""


class ChapterError(TalentLabError):
    """A chapter source breaks the form that the builder relies on."""


class DeploymentError(TalentLabError):
    """A model cannot be exported, loaded for use or served."""


class EnsembleError(TalentLabError):
    """The members of an ensemble cannot be combined."""


class TalentError(TalentLabError):
    """A start-up's tables, or what is asked of them, cannot be planned with."""
