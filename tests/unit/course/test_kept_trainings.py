import pytest
import torch
from IPython.core import oinspect

from talentlab import ensembling, training
from talentlab.course import kept_trainings
from talentlab.evaluation import validator
from talentlab.training import loop


@pytest.fixture
def trained(monkeypatch):
    """How often `fit` really ran, by number of epochs; afterwards it is what it was."""
    ran, plain = [], loop.fit

    def counted(*arguments, **settings):
        ran.append(settings.get("num_epochs"))
        return plain(*arguments, **settings)

    for module in (training, ensembling):
        monkeypatch.setattr(module, "fit", counted)
    return ran


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in other)


def test_a_kept_training_comes_back_with_weights_history_and_random_numbers(tmp_path, tiny_model, tiny_texts, trained):
    texts, settings = tiny_texts(12), {"num_epochs": 2, "batch_size": 4, "precision": "fp32"}
    kept_trainings.use(tmp_path, keep=True)
    first = tiny_model(dropout=0.1)
    first.bert.embeddings.requires_grad_(False)
    history = training.fit(first, texts, validator(texts, "fp32"), **settings)
    drawn = torch.rand(3)
    kept_trainings.use(tmp_path)
    second = tiny_model(dropout=0.1)
    second.bert.embeddings.requires_grad_(False)
    assert training.fit(second, texts, validator(texts, "fp32"), **settings) == history
    assert same(weights(second), weights(first)) and torch.equal(torch.rand(3), drawn)
    assert trained == [2] and not second.training
    found = kept_trainings.kept(tmp_path)
    assert found.trainings == 1 and found.seconds > 0
    assert found.size < sum(tensor.nbytes for tensor in weights(first).values())  # what is frozen lies in the start


@pytest.mark.parametrize("other", ["setting", "start", "rows", "validation", "loss"])
def test_what_is_not_the_same_training_runs(tmp_path, tiny_model, tiny_texts, trained, other):
    texts, settings = tiny_texts(8), {"num_epochs": 1, "precision": "fp32"}
    kept_trainings.use(tmp_path, keep=True)
    training.fit(tiny_model(), texts, **settings)
    kept_trainings.use(tmp_path)
    model = tiny_model(seed=int(other == "start"))
    settings |= {"learning_rate": 1e-3} if other == "setting" else {}
    settings |= {"validate": lambda model: {"f1": 1.0}} if other == "validation" else {}
    settings |= {"task_loss": lambda out, labels: loop.cross_entropy(out, labels)} if other == "loss" else {}
    training.fit(model, tiny_texts(8, seed=int(other == "rows")), **settings)
    assert trained == [1, 1]


def test_the_same_call_in_a_loop_is_each_time_another_training(tmp_path, tiny_model, tiny_texts, trained):
    texts, settings = tiny_texts(8), {"num_epochs": 1, "precision": "fp32"}
    kept_trainings.use(tmp_path, keep=True)
    for _ in range(2):
        training.fit(tiny_model(), texts, **settings)
    kept_trainings.use(tmp_path)
    for _ in range(3):
        training.fit(tiny_model(), texts, **settings)
    assert trained == [1, 1, 1]  # the third was never kept


def test_trainings_that_the_library_starts_come_back_too(tmp_path, tiny_model, tiny_texts, trained):
    texts, members = tiny_texts(8), []
    for keep in (True, False):
        kept_trainings.use(tmp_path, keep=keep)
        members.append(ensembling.snapshots(tiny_model(), texts, cycles=2, num_epochs=1))
    assert trained == [1, 1]
    assert all(same(weights(a), weights(b)) for a, b in zip(*members, strict=True))


@pytest.mark.parametrize("damage", [b"", b"no tensors", None])
def test_a_damaged_file_is_trained_again(tmp_path, tiny_model, tiny_texts, trained, damage):
    kept_trainings.use(tmp_path, keep=True)
    training.fit(tiny_model(), tiny_texts(8), num_epochs=1)
    (path,) = tmp_path.glob("*.safetensors")
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    kept_trainings.use(tmp_path)
    training.fit(tiny_model(), tiny_texts(8), num_epochs=1)
    assert trained == [1, 1] and kept_trainings.kept(tmp_path).trainings == 0


def test_a_learner_still_sees_the_loop(tmp_path, monkeypatch):
    for module in (training, ensembling):
        monkeypatch.setattr(module, "fit", loop.fit)
    kept_trainings.use(tmp_path)
    assert training.fit is not loop.fit and "warmup_then_decay(step" in (oinspect.getsource(training.fit) or "")
    assert kept_trainings.kept(tmp_path / "nowhere") == (0, 0, 0)
