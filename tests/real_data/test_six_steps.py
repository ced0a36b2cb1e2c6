"""The six steps on public data: a fine-tuned model, judged and deployed on SST-2, and an ensemble of three on it."""


def test_a_model_is_judged_exported_and_served(part_of, measure):
    """600 test and 400 validation sentences: int8 is judged on both, and a loss of a point shows in six of them."""
    part = part_of("sst2", validation=400, test=600)
    found = measure("03_2f", dataset=part, train_texts=1500, simulations=500)["metrics"]
    assert found["accuracy"][0] > 0.75 and found["parity"] < 1e-3
    value, low, high = found["deployment_cost"]  # accuracy that int8 costs
    assert low <= value <= high and value < 0.01
    assert found["int8_size"] < 0.75


def test_an_ensemble_is_hardly_worse_than_its_members(part_of, measure):
    """Two members a kind are the fewest that vote; 300 test sentences see a collapse of ten points at once."""
    part = part_of("sst2", validation=300, test=300)
    found = measure("03_2e", dataset=part, train_texts=400, exam_texts=300, seeds=[0, 1], cycles=2)["metrics"]
    gains = {name: value for name, value in found.items() if name.startswith("gain_")}
    counted = gains.pop("gain_words_bagged")  # no fine-tuned member is in it: on film reviews it stays far behind
    assert counted[2] < 0
    assert found["single_accuracy"][0] > 0.6
    assert gains and all(low < value < high and value > -0.1 for value, low, high in gains.values()), gains
