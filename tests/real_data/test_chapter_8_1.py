"""Chapter 8.1 on medical abstracts, by path: rules that were written without the data, against labels by hand."""

from talentlab.runtime import repository_root


def test_medical_abstracts(real, measure):
    rules = repository_root() / "tests" / "bench" / "medical_rules.csv"
    record = measure(
        "08_1", dataset=real("medical_abstracts"), rules_file=str(rules), max_length=32, seeds="0,1,2", most_labels=40
    )
    metrics = record["metrics"]
    assert 0.5 < metrics["coverage"] < 1 and 0.5 < metrics["labels_right"] < 0.9
    assert metrics["halving_factor"] > 10
    claims = {claim["claim"]: claim for claim in record["claims"]}
    assert claims["8.2-quality"]["verdict"] == "not decided"  # three seeds are too few for a verdict
    assert "sentiment" not in claims["8.2-quality"]["measured"]
