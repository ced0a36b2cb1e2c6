"""The exception tree."""

import copy
import pickle

import pytest

from talentlab import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TalentLabError)]


def test_there_is_one_tree_with_a_kind_for_each_part_of_the_kit():
    assert {kind.__name__ for kind in KINDS} == {
        "TalentLabError", "DataError", "ModelError", "CheckpointError", "TrainingError", "ParameterError", "RunError",
        "ChapterError", "DeploymentError", "EnsembleError", "TalentError", "RunFailedError",
    }  # fmt: skip
    assert all(kind.__doc__ for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_says_what_was_received_what_was_expected_and_what_to_do(kind):
    error = kind("batch_size=0.", expected="a positive number", remedy="pass 32.")
    assert str(error).splitlines() == ["batch_size=0.", "  expected: a positive number", "  what to do: pass 32."]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_a_process_boundary_with_its_kind_and_all_three_parts(kind):
    error = kind("got", expected="wanted", remedy="do")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert (twin.received, twin.expected, twin.remedy) == ("got", "wanted", "do")
        assert str(twin) == str(error)


def test_a_message_without_expectation_or_remedy_cannot_be_raised():
    with pytest.raises(TypeError, match="remedy"):
        errors.DataError("something", expected="something else")
