"""Are questions in SQuAD's form read, faults named with their line, and text cut where it should be?"""

import gzip
import json

import pytest

from talentlab.data.questions import SPLITS, load_parts, load_questions, sentence_spans, words
from talentlab.errors import DataError

PASSAGE = "Ann sells soup. Bob brings bread."


def line(question="Who sells soup?", text=("Ann",), start=(0,), **more):
    answers = {"text": list(text), "answer_start": list(start)}
    return json.dumps({"question": question, "context": PASSAGE, "answers": answers} | more, ensure_ascii=False)


def test_a_file_is_read_line_by_line_plain_or_gzipped(tmp_path):
    text = "\n".join([line(split="train"), "", line("Who sells milk?", (), (), split="test")])
    (tmp_path / "q.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "q.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("q.jsonl", "q.jsonl.gz"):
        first, second = load_questions(tmp_path / name)
        assert (first.question, first.answers, first.starts, first.split) == (
            "Who sells soup?",
            ("Ann",),
            (0,),
            "train",
        )
        assert second.answers == second.starts == ()
        assert load_questions(tmp_path / name, "test") == [second]


def test_a_start_is_counted_in_characters_and_may_be_unknown(tmp_path):
    path = tmp_path / "q.jsonl"
    rows = [{"question": "谁？", "context": "“安”卖汤。", "answers": {"text": ["安", "卖鱼"], "answer_start": [1, -1]}}]
    path.write_text(json.dumps(rows[0]), encoding="utf-8")
    assert load_questions(path)[0].starts == (1, -1)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("no json", "q.jsonl line 2 is no question"),
        ("[1]", "line 2 is no question"),
        ('{"question": "Who?", "context": "Ann."}', "KeyError: 'answers'"),
        (line(text=("Ann", "Bob")), "2 answers and 1 starts"),
        (line(start=(1,)), r"\['Ann'\] do not stand"),
        (line(context=" ", text=(), start=()), "0 answers and 0 starts"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path, bad, said):
    path = tmp_path / "q.jsonl"
    path.write_text(f"{line()}\n{bad}\n", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        load_questions(path)


def test_an_empty_split_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(line(split="train"), encoding="utf-8")
    with pytest.raises(DataError, match=r"1 questions, 0 of the split 'dev'"):
        load_questions(path, "dev")
    with pytest.raises(DataError, match=r"none\.jsonl"):
        load_questions(tmp_path / "none.jsonl")


def test_parts_share_no_passage(tmp_path):
    known, judged = tmp_path / "known.jsonl", tmp_path / "judged.jsonl"
    rows = [json.loads(line(f"Q{n}?")) | {"context": f"Ann has {n // 2} cats."} for n in range(40)]
    known.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    judged.write_text(line(), encoding="utf-8")
    parts = load_parts(str(known), str(judged))
    assert {name: len(part) for name, part in parts.items()} == {"train": 36, "validation": 4, "test": 1}
    assert not {row.passage for row in parts["train"]} & {row.passage for row in parts["validation"]}
    assert len(load_parts(str(known), str(judged), limit=10)["train"]) == 8
    with pytest.raises(DataError, match="20 passages are in"):
        load_parts(str(known), str(known))


def test_without_a_second_file_the_three_splits_are_wanted(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(line(split=split) for split in ("train", "validation", "test")), encoding="utf-8")
    assert {name: len(part) for name, part in load_parts(str(path)).items()} == dict.fromkeys(SPLITS, 1)
    path.write_text(line(), encoding="utf-8")
    with pytest.raises(DataError, match="0 of the split 'train'"):
        load_parts(str(path))


def test_sentences_end_at_full_stops_of_both_languages():
    def cut(text):
        return [text[a:b] for a, b in sentence_spans(text)]

    assert cut(PASSAGE) == ["Ann sells soup.", "Bob brings bread."]
    assert cut("At 3.5 km: turn left; stop") == ["At 3.5 km:", "turn left;", "stop"]
    assert cut("安卖汤。谁来？走吧") == ["安卖汤。", "谁来？", "走吧"]
    assert cut("  one ") == ["  one "] and cut("") == []


def test_words_are_lower_case_and_chinese_characters_single():
    assert words("Ann's 2 soups, 安卖汤!") == ["ann", "s", "2", "soups", "安", "卖", "汤"]
