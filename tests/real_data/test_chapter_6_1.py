"""Chapter 6.1 on patients of Cleveland, by path: all findings against the best single one, and recall by sex."""

import re


def test_heart(real, measure):
    record = measure("06_1", heart_table=real("tabular/heart_cleveland.csv"), num_epochs=1, draws=2, character_epochs=1)
    claims = {claim["claim"]: claim for claim in record["claims"]}
    assert claims["6.1-disease"]["verdict"] == "holds"
    told = claims["6.1-disease"]["measured"]
    everything, single = (float(value) for value in re.findall(r": Brier score (\d\.\d+)", told)[:2])
    assert everything < 0.135 < single
    assert abs(float(re.search(r"AUC of all findings (\d\.\d+)", told)[1]) - 0.905) < 0.015
    assert "always the mean: Brier score 0.248" in told  # 139 of 303 are ill
    assert re.search(r"women \d+% \[.*men \d+% \[", told)
