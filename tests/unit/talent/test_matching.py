import gzip
import json

import pandas as pd
import pytest
import torch

from talentlab import models, training
from talentlab.runtime import repository_root
from talentlab.talent import matching

ADVERT = """We look for somebody who fine-tunes transformers in PyTorch and tunes learning rates.
You will also write a labelling guideline and clean our data. Free fruit on Mondays."""


@pytest.fixture(scope="module")
def encoder():
    return models.load_pretrained("minilm")


def test_skills_are_found_with_the_sentence_that_they_come_from(encoder, startup):
    tokenizer, model = encoder
    table = matching.match_skills(ADVERT, startup.skills, model, tokenizer)
    assert set(table.index[:2]) == {"modelling", "data"}
    assert "PyTorch" in table.loc["modelling", "because"] and "labelling" in table.loc["data", "because"]
    assert table["similarity"].is_monotonic_decreasing and table["similarity"].between(-1, 1).all()
    assert len(matching.match_skills("", startup.skills, model, tokenizer)) == 6


def test_roles_follow_from_skills_and_say_why(encoder, startup):
    tokenizer, model = encoder
    roles = matching.match_roles(matching.match_skills(ADVERT, startup.skills, model, tokenizer), startup)
    assert roles.index[0] in ("data scientist", "algorithm engineer") and roles["score"].between(0, 1).all()
    assert roles.index[-1] in ("product manager", "annotation lead", "software developer")
    assert "× level" in roles.iloc[0]["because"]
    weight = roles.iloc[0]["because"].split("weight ")[1].split(" ")[0]
    assert 0 < float(weight) < 1


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("A young team looks for a salesman under 35.", ["age", "age", "sex"]),
        ("Applicants under 30 preferred; latency under 30 ms", ["age"]),
        ("Native English speaker, unmarried", ["origin", "family"]),
        ("限男性，35岁以下，身体健康", ["age", "health", "sex"]),
        ("A mandate; single sign-on; human review of a race condition; over 50 customers; 教育", []),
    ],
)
def test_protected_attributes_in_an_advert_are_pointed_at(text, attributes):
    assert sorted(matching.protected_mentions(text)["attribute"]) == sorted(attributes)


def test_the_adverts_of_the_course_ask_for_each_skill_twice_and_hold_what_their_card_says(startup):
    table = pd.read_csv(repository_root() / "course" / "data" / "adverts.csv").set_index("advert")
    assert table["skill"].value_counts().to_dict() == dict.fromkeys(startup.skills, 2)
    found = {name: matching.protected_mentions(text)["attribute"].tolist() for name, text in table["text"].items()}
    assert {name: kinds for name, kinds in found.items() if kinds} == {"A2": ["age", "origin"], "A8": ["age"]}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [("OBIO", {(1, 3)}), ("BB", {(0, 1), (1, 2)}), ("IIO", {(0, 2)}), ("OO", set()), ("BIBI", {(0, 2), (2, 4)})],
)
def test_spans(tags, expected):
    assert matching.spans([matching.TAGS.index(tag) for tag in tags]) == expected


def test_a_span_counts_where_both_ends_are_right():
    scores = matching.span_scores([[1, 2, 0, 1], [0, 1, 2]], [[1, 2, 0, 0], [0, 1, 0]])
    assert scores == pytest.approx({"precision": 1 / 2, "recall": 1 / 3, "f1": 0.4})
    assert matching.span_scores([[0]], [[0]])["f1"] == 0


@pytest.fixture
def adverts(tmp_path):
    """Sixty sentences whose skill is always what follows "with"."""
    words = ["python", "spreadsheets", "customers", "databases"]
    rows = [{"tokens": ["You", "work", "with", word, "daily", "in", str(n)], "tags_skill": [*"OOOBOOO"],
             "tags_knowledge": [*"OOOOOOO"]} for n in range(15) for word in words]  # fmt: skip
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return path


def test_words_of_several_pieces_have_one_label_and_cut_sentences_fewer(adverts, encoder):
    data = matching.read_skillspan(adverts, encoder[0], limit=4)
    assert len(data) == 4 and all(
        len(labels) == len(ids) for labels, ids in zip(data.labels, data.input_ids, strict=True)
    )
    assert data.tags == [[0, 0, 0, 1, 0, 0, 0]] * 4
    batch = data.collate([data[0], data[1]])
    assert batch["labels"].shape == batch["input_ids"].shape and (batch["labels"][:, 0] == -100).all()
    cut = matching.read_skillspan(adverts, encoder[0], limit=1, max_length=5)
    assert len(cut.input_ids[0]) == 5 and cut.tags == [[0, 0, 0]]
    assert not any(map(sum, matching.read_skillspan(adverts, encoder[0], kind="knowledge").tags))


def test_a_tagger_learns_a_rule(adverts, encoder):
    data = matching.read_skillspan(adverts, encoder[0], limit=40)
    tagger = matching.build_tagger()
    before = matching.span_scores(data.tags, matching.predict_tags(tagger, data))["f1"]
    training.fit(tagger, data, num_epochs=5, batch_size=10, learning_rate=5e-4, precision="fp32")
    after = matching.predict_tags(tagger, data)
    assert before < 0.5 and matching.span_scores(data.tags, after)["f1"] > 0.95
    assert [len(row) for row in after] == [7] * 40 and not tagger.training
    assert torch.equal(
        next(matching.build_tagger(1).classifier.parameters()), next(matching.build_tagger(1).classifier.parameters())
    )
