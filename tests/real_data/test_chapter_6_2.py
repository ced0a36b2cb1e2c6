"""Chapter 6.2 on German credit, by path: costs of 5 to 1, and what the threshold does to them."""

import re


def test_german_credit(real, measure):
    record = measure("06_2", german_credit=real("tabular/german_credit.csv.gz"), num_epochs=1, train_texts=60)
    claims = {claim["claim"]: claim for claim in record["claims"]}
    assert claims["6.2-credit"]["verdict"] == "holds"
    told = claims["6.2-credit"]["measured"]
    cost = {name.strip(): float(value) for name, value in re.findall(r"([\w ./]+) (\d\.\d+) \[", told)}
    assert cost["refuse all"] == 0.7 and cost["lend to all"] == 1.5  # 700 good and 300 bad loans, at 5 to 1
    assert abs(next(value for name, value in cost.items() if "1/6" in name) - 0.54) < 0.03
    assert next(value for name, value in cost.items() if "0.5" in name) > 0.8
