"""Chapter 6.4 on two public tables, by path: what faults of steel plates and of made machines cost."""

import re


def test_steel_plates_and_ai4i(real, measure):
    record = measure(
        "06_4", steel_plates=real("tabular/steel_plates_faults.csv.gz"), ai4i=real("tabular/ai4i2020.csv.gz"),
        network_steps=4, machines=12, shifts=60,
    )  # fmt: skip
    claims = {claim["claim"]: claim for claim in record["claims"]}
    plates, ai4i = claims["6.4-quality"], claims["6.4-maintenance"]
    assert plates["verdict"] == ai4i["verdict"] == "holds"
    assert abs(float(re.search(r"boosted trees (\d+\.\d)%", plates["measured"])[1]) - 79) < 2
    assert float(re.search(r"cost per row stop never ([\d.]+)", ai4i["measured"])[1]) == 0.678  # 339 of 10,000 fail
    assert float(re.search(r"with physics (0\.\d+)", ai4i["measured"])[1]) > 0.8  # average precision
