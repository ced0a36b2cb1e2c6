"""Chapter 6.1 on patients of Cleveland, by path: all findings against the best single one, and recall by sex."""

import re


def test_heart(real, measure):
    record = measure("06_1", heart_table=real("tabular/heart_cleveland.csv"), num_epochs=1, draws=2, character_epochs=1)
    claims = {claim["claim"]: claim for claim in record["claims"]}
    assert claims["6.1-disease"]["verdict"] == "holds"
    told = claims["6.1-disease"]["measured"]
    found = {name: (float(auc), float(brier)) for name, auc, brier in
             re.findall(r"(?:^|; )([^;:]+): AUC (\d\.\d+), Brier (\d\.\d+)", told)}  # fmt: skip
    (everything, single) = found.values()
    assert abs(everything[0] - 0.905) < 0.015 and everything[1] < 0.135 < single[1]
    assert "always the mean: Brier 0.248" in told  # 139 of 303 are ill
    assert re.search(r"women: \d+% \[.*men: \d+% \[", told)
