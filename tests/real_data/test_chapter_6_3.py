"""Chapter 6.3 on pupils, ratings and graded answers of real people, by path."""

import re

ONE_SEED = {"seeds": "0", "lessons": 2, "num_epochs": 1}


def test_the_last_grade_makes_the_forecast(real, measure):
    record = measure("06_3", student_table=real("tabular/student_mat.csv.gz"), **ONE_SEED)
    told = {claim["claim"]: claim for claim in record["claims"]}["6.3-tutoring"]["measured"]
    error = {name.strip(): float(value) for name, value in re.findall(r"([a-z ]+) (\d\.\d+)(?:;|$)", told)}
    assert error["second term alone"] < 2.3 < 3 < error["known in autumn"]


def test_counting_recommends_films_better_than_fame(real, measure):
    record = measure("06_3", ratings_file=real("movielens_small/ratings.csv.gz"), penalty=250.0, **ONE_SEED)
    claims = {claim["claim"]: claim for claim in record["claims"]}
    assert claims["6.3-courses"]["verdict"] == "holds"
    assert 0.02 < record["metrics"]["hit_popular"][0] < 0.07 < record["metrics"]["hit_ease"][0] < 0.12


def test_the_grader_stays_nearer_to_two_people_than_a_constant(real, measure):
    record = measure("06_3", dataset=real("mohler/all.csv.gz"), **ONE_SEED)
    told = {claim["claim"]: claim for claim in record["claims"]}["6.3-grading"]["measured"]
    rmse, constant, humans = map(
        float, re.search(r"grader ([\d.]+), constant ([\d.]+), two graders ([\d.]+)$", told).groups()
    )
    assert rmse < constant < 1.4 and abs(humans - 1.31) < 0.01
