"""The grammar: what it draws, what it holds out, and its dictionary."""

from itertools import pairwise

import pytest

from talentlab.data import grammar, lexicon
from talentlab.data.lexicon import Phrase
from talentlab.errors import DataError


@pytest.fixture(scope="module")
def pairs():
    return grammar.draw_pairs(2000, 100, seed=3)


def words(texts):
    return {word for text in texts for word in text.split()}


def test_as_many_of_each_split_as_asked_for_and_no_sentence_twice(pairs):
    assert pairs["split"].value_counts().to_dict() == {"train": 2000} | dict.fromkeys(grammar.KINDS, 100)
    assert pairs["en"].is_unique


def test_the_same_seed_draws_the_same_and_another_one_does_not(pairs):
    assert grammar.draw_pairs(2000, 100, seed=3).equals(pairs)
    assert not grammar.draw_pairs(2000, 100, seed=4)["en"].equals(pairs["en"])


def test_held_out_words_are_in_every_sentence_of_new_words_and_in_no_other(pairs):
    forms = {form for form, base in lexicon.base_forms().items() if base in grammar.HELD_OUT_WORDS}
    forms |= grammar.HELD_OUT_WORDS
    for split, part in pairs.groupby("split"):
        has = [any(f" {form} " in f" {text} " for form in forms) for text in part["en"]]
        assert all(has) if split == "new words" else not any(has), split


def test_every_word_of_new_sentences_and_combinations_can_be_learned():
    """Only pairs of words are new: of enough training sentences every word is known."""
    pairs = grammar.draw_pairs(4000, 200)
    known = words(pairs.loc[pairs["split"] == "train", "en"])
    for kind in grammar.KINDS[:2]:
        assert words(pairs.loc[pairs["split"] == kind, "en"]) <= known


def test_a_held_out_pair_of_words_is_in_no_training_sentence(pairs):
    adjectives, nouns = {word.en for word in lexicon.ADJECTIVES}, {}
    for noun in lexicon.NOUNS:
        nouns |= {noun.en: noun.en, noun.plural: noun.en}

    def described(text):  # adjective and noun side by side
        found = text.split()
        return {f"{a} {nouns[b]}" for a, b in pairwise(found) if a in adjectives and b in nouns}

    trained = set().union(*map(described, pairs.loc[pairs["split"] == "train", "en"]))
    new = set().union(*map(described, pairs.loc[pairs["split"] == "new combinations", "en"])) - trained
    assert len(trained) > 100 and len(new) > 10


# --- structures, by hand ---------------------------------------------------------------------------------------------

WORDS = {noun.en: noun for noun in lexicon.NOUNS} | {verb.base: verb for verb in lexicon.VERBS}
SHE, DOCTOR, NOTHING = Phrase("she", "她"), Phrase("the doctor", "医生"), Phrase("", "")


def event(subject, verb, noun, tense, when=NOTHING, where=NOTHING):
    it = Phrase(f"the {noun}", WORDS[noun].zh)
    return grammar._Event(subject, WORDS[verb], WORDS[noun], it, tense, when, where)


@pytest.mark.parametrize(
    ("form", "what", "en", "zh"),
    [
        ("how many", event(SHE, "buy", "book", "past", Phrase("yesterday", "昨天")),
         "how many books did she buy yesterday ?", "她 昨天 买 了 几 本 书 ？"),
        ("where", event(DOCTOR, "buy", "book", "past"),
         "where did the doctor buy the book ?", "医生 在 哪里 买 的 书 ？"),
        ("who", event(DOCTOR, "help", "boy", "future"), "who will help the boy ?", "谁 会 帮助 男孩 ？"),
        ("what", event(DOCTOR, "help", "boy", "present"), "whom does the doctor help ?", "医生 帮助 谁 ？"),
        ("whether", event(SHE, "sell", "car", "past", where=Phrase("in the shop", "商店 里")),
         "did she sell the car in the shop ?", "她 在 商店 里 卖 了 汽车 吗 ？"),
    ],
)  # fmt: skip
def test_questions(form, what, en, zh):
    drawn = grammar.Grammar(0)
    drawn.random.choice = lambda options: form
    assert drawn._ask(what) == (en, zh)


@pytest.mark.parametrize(
    ("chance", "en", "zh"),
    [
        (0.9, "the doctor will sell the car in the street tomorrow .", "医生 明天 会 在 街 上 卖 汽车 。"),
        (0.1, "the doctor will not sell the car in the street tomorrow .", "医生 明天 不 会 在 街 上 卖 汽车 。"),
    ],
)
def test_said_and_denied(chance, en, zh):
    drawn = grammar.Grammar(0)
    drawn.random.random = lambda: chance
    what = event(DOCTOR, "sell", "car", "future", Phrase("tomorrow", "明天"), Phrase("in the street", "街 上"))
    assert drawn._tell(what) == (en, zh)


def test_what_is_counted_has_its_measure_word(pairs):
    counted = 0
    for en, zh in pairs[["en", "zh"]].itertuples(index=False):
        for word, number in lexicon.NUMBERS.items():
            for noun in lexicon.NOUNS:
                if f" {word} {noun.plural} " in f" {en} ":
                    assert f"{number} {noun.measure} {noun.zh}" in zh
                    counted += 1
    assert counted > 50


@pytest.mark.parametrize("numbers", [(0, 5), (5, 0), (200_000, 5)])
def test_impossible_numbers_are_refused(numbers):
    with pytest.raises(DataError, match=f"num_train={numbers[0]}"):
        grammar.draw_pairs(*numbers)


# --- dictionary ------------------------------------------------------------------------------------------------------


def test_the_dictionary_has_every_word(pairs):
    entries = lexicon.dictionary()
    for text in pairs["en"]:
        left = text
        for phrase in sorted((entry for entry in entries if " " in entry), key=len, reverse=True):
            left = left.replace(phrase, "")
        assert set(left.split()) <= set(entries), text


def test_base_forms_by_hand():
    bases = lexicon.base_forms()
    assert [bases[word] for word in ("bought", "buys", "knives", "bigger", "watches")] == [
        "buy",
        "buy",
        "knife",
        "big",
        "watch",
    ]


def test_entries_by_hand():
    entries = lexicon.dictionary()
    assert [entries[word] for word in ("books", "bought", "bigger", "the", "my", "in the garden", "every day")] == [
        "书", "买", "更 大", "", "我 的", "在 花园 里", "每天",
    ]  # fmt: skip
