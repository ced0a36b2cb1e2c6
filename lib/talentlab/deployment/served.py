"""A classifier as the service asks it: in two steps, encoding and predicting, and with what is told of it."""

import sys
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import numpy as np

from talentlab.deployment.export import Floats
from talentlab.errors import DeploymentError


class Classifier(Protocol):
    """What can be served, such as a `deployment.OnnxClassifier`.

    One that has `encode(texts)`, per text its tokens and whether its end was lost, and `predict_ids(tokens)`, is asked
    in these two steps; of any other, a character counts as a token.
    """

    class_names: tuple[str, ...]

    def predict(self, texts: Sequence[str]) -> Floats:
        """Logits [N, C]."""


@dataclass(frozen=True, eq=False)
class Served:
    """A classifier in its two steps, and what is told of it."""

    classifier: Classifier
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def max_length(self) -> int:
        """Limit of a text [tokens], if the classifier tells one."""
        return cast(int, getattr(self.classifier, "max_length", sys.maxsize))

    def encode(self, texts: Sequence[str]) -> list[tuple[Sized, bool]]:
        """Per text what the model gets, and whether it lost its end."""
        encode = getattr(self.classifier, "encode", None)
        return cast(list[tuple[Sized, bool]], encode(texts)) if encode else [(text, False) for text in texts]

    def predict(self, pieces: Sequence[Sized]) -> Floats:
        """Logits [N, C] of what `encode` gave.

        Raises:
            DeploymentError: If they have another shape.
        """
        predict: Any = getattr(self.classifier, "predict_ids", self.classifier.predict)
        found = np.asarray(predict(pieces))
        if found.shape != (wanted := (len(pieces), len(self.classifier.class_names))):
            raise DeploymentError(
                f"Logits of shape {found.shape}.", expected=f"{wanted}", remedy="correct the classifier that is served."
            )
        return cast(Floats, found)
