"""A seeded grammar of English and Chinese sentence pairs, in which word by word goes wrong.

What differs on purpose: the order (time and place before the verb, what describes a noun before it), questions, which
are asked where the answer would stand, measure words, tense as a particle, and words that are not translated.
"""

import random
from dataclasses import dataclass
from zlib import crc32

import pandas as pd

from talentlab.data import lexicon
from talentlab.data.lexicon import Noun, Phrase, Verb
from talentlab.errors import DataError

# Words, and pairs of words, that no training sentence has. Of the pairs one in eight, chosen by a hash of its words.
HELD_OUT_WORDS = {"lawyer", "farmer", "snake", "camera", "skirt", "umbrella", "watch", "borrow", "teach", "useful",
                  "heavy", "famous"}  # fmt: skip
_BASES = lexicon.base_forms()
KINDS = ("new sentences", "new combinations", "new words")


def draw_pairs(num_train: int, held_out: int = 200, seed: int = 0) -> pd.DataFrame:
    """Distinct sentence pairs: columns `en`, `zh` (words separated by blanks) and `split`.

    Splits: `train`; and of each kind `held_out` sentences: `new sentences`, all of whose words and pairs of words (an
    adjective or a verb with its noun) may be in `train`; `new combinations`, with a pair that is not, made of words
    that are; `new words`, with a word that is not.

    Args:
        num_train: Training pairs.
        held_out: Test pairs of each kind.
        seed: Of the draw. Which words and pairs are held out is the same for all seeds.

    Raises:
        DataError: If a number is below 1, or the grammar does not have so many sentences.
    """
    if num_train < 1 or held_out < 1 or num_train + 3 * held_out > 100_000:
        raise DataError(
            f"num_train={num_train}, held_out={held_out}.",
            expected="at least one sentence of each, and at most 100,000 in all",
            remedy="correct the numbers.",
        )
    grammar, seen, rows = Grammar(seed), set(), []
    left = {"train": num_train} | dict.fromkeys(KINDS, held_out)
    while any(left.values()):
        pair = grammar.draw()
        split = pair.kind if left[pair.kind] else "train" if pair.kind == KINDS[0] else None
        if split and left[split] and pair.en not in seen:
            seen.add(pair.en)
            left[split] -= 1
            rows.append((pair.en, pair.zh, split))
    return pd.DataFrame(rows, columns=["en", "zh", "split"])


@dataclass(frozen=True)
class SentencePair:
    """A drawn pair and its kind, one of `KINDS`."""

    en: str
    zh: str
    kind: str


@dataclass(frozen=True)
class _Event:
    """Who does what, when and where."""

    subject: Phrase
    verb: Verb
    noun: Noun
    it: Phrase  # the noun as the object
    tense: str
    when: Phrase
    where: Phrase

    @property
    def helper(self) -> str:
        present = "do" if self.subject.plural else "does"
        return {"past": "did", "future": "will", "present": present}[self.tense]

    def in_chinese(self, subject: str, verb: str, rest: str) -> str:
        """Subject, time, modal verb, place, verb, rest."""
        modal = "会" if self.tense == "future" else ""
        return join(subject, self.when.zh, modal, self.where.zh and f"在 {self.where.zh}", verb, rest)


def join(*parts: str) -> str:
    """Words with single blanks between them; empty parts are left out."""
    return " ".join(" ".join(parts).split())


class Grammar:
    """Draws sentence pairs; the same `seed` draws the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pairs: set[tuple[str, str]] = set()  # of the sentence that is being drawn

    def draw(self) -> SentencePair:
        """The next pair."""
        self.pairs = set()
        patterns = {self._event: 9, self._state: 4, self._there: 3, self._quality: 3, self._more: 2, self._giving: 2}
        en, zh = self.random.choices(list(patterns), list(patterns.values()))[0]()
        words = {_BASES.get(word, word) for word in en.split()}  # a drawn word may be asked for, and not be there
        is_new = any(crc32(" ".join(pair).encode()) % 8 == 0 for pair in self.pairs if words.issuperset(pair))
        return SentencePair(en, zh, KINDS[2] if words & HELD_OUT_WORDS else KINDS[1] if is_new else KINDS[0])

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _noun(self, *kinds: str) -> Noun:
        kind = self.random.choice(kinds)
        return self.random.choice([noun for noun in lexicon.NOUNS if noun.kind == kind])

    def _verb(self, noun: Noun, *, action: bool) -> Verb:
        verb = self.random.choice(
            [verb for verb in lexicon.VERBS if noun.kind in verb.objects and verb.action == action]
        )
        self.pairs.add((verb.base, noun.en))
        return verb

    def _described(self, noun: Noun) -> tuple[str, str, str]:
        """The noun, half of the times with an adjective: English singular and plural, Chinese."""
        if self._chance(0.5):
            return noun.en, noun.plural, noun.zh
        adjective = self.random.choice([word for word in lexicon.ADJECTIVES if noun.kind in word.kinds])
        self.pairs.add((adjective.en, noun.en))
        return f"{adjective.en} {noun.en}", f"{adjective.en} {noun.plural}", f"{adjective.attribute} {noun.zh}"

    def _thing(self, noun: Noun) -> Phrase:
        """The noun with what stands before it in English: a, two, this, my, the teacher's; or behind: where it is."""
        en, many, zh = self._described(noun)
        choose = self.random.choice
        form = choose(["the", "a", "number", "this", "these", "owner", "genitive", "place", "clause"])
        if form == "a":
            article = "an" if en[0] in "aeiou" and not en.startswith("useful") else "a"
            return Phrase(f"{article} {en}", f"一 {noun.measure} {zh}")
        if form == "number":
            word, chinese = choose(list(lexicon.NUMBERS.items()))
            return Phrase(f"{word} {many}", f"{chinese} {noun.measure} {zh}", True)
        if form == "this":
            word, chinese = choose([("this", "这"), ("that", "那")])
            return Phrase(f"{word} {en}", f"{chinese} {noun.measure} {zh}")
        if form == "these":
            word, chinese = choose([("these", "这些"), ("those", "那些")])
            return Phrase(f"{word} {many}", f"{chinese} {zh}", True)
        if form == "owner":
            word, chinese = choose(list(lexicon.OWNERS.items()))
            return Phrase(f"{word} {en}", f"{chinese} 的 {zh}")
        if form == "genitive":
            owner = self._noun("person")
            return Phrase(f"the {owner.en} 's {en}", f"{owner.zh} 的 {zh}")
        if form == "place" and noun.kind != "person":
            spot = choose(lexicon.SPOTS)
            return Phrase(f"the {en} {spot.en}", f"{spot.zh} 的 {zh}")
        if form == "clause":
            who, verb = self._noun("person"), self._verb(noun, action=True)
            return Phrase(f"the {en} that the {who.en} {verb.past}", f"{who.zh} {verb.zh} 的 {zh}")
        return Phrase(f"the {en}", zh)

    def _subject(self) -> Phrase:
        """A pronoun or a person."""
        if self._chance(0.4):
            return self.random.choice(lexicon.SUBJECTS)
        noun = self._noun("person")
        return Phrase(f"the {noun.en}", noun.zh) if self._chance(0.5) else self._thing(noun)

    def _object(self, noun: Noun) -> Phrase:
        if noun.kind == "person" and self._chance(0.3):
            return Phrase(*self.random.choice(list(lexicon.OBJECTS.items())))
        return self._thing(noun)

    def _event(self) -> tuple[str, str]:
        """Somebody does, did or will do something: said, denied, or asked for."""
        subject, noun = self._subject(), self._noun("thing", "thing", *lexicon.LIVING)
        tense, nothing = self.random.choice(list(lexicon.TIMES)), Phrase("", "")
        event = _Event(
            subject, self._verb(noun, action=True), noun, self._object(noun), tense,
            when=self.random.choice(lexicon.TIMES[tense]) if tense == "present" or self._chance(0.6) else nothing,
            where=self.random.choice(lexicon.PLACES) if self._chance(0.4) else nothing,
        )  # fmt: skip
        return self._tell(event) if self._chance(0.5) else self._ask(event)

    def _tell(self, event: _Event) -> tuple[str, str]:
        subject, verb, it, tense = event.subject, event.verb, event.it, event.tense
        rest = join(it.en, event.where.en, event.when.en, ".")
        if self._chance(0.25):
            no = {"past": "没", "future": "不 会", "present": "不"}[tense]
            place = event.where.zh and f"在 {event.where.zh}"
            return (
                join(subject.en, event.helper, "not", verb.base, rest),
                join(subject.zh, event.when.zh, no, place, verb.zh, it.zh, "。"),
            )
        present = verb.base if subject.plural else verb.third
        spoken = {"past": verb.past, "future": f"will {verb.base}", "present": present}[tense]
        did = verb.zh + (" 了" if tense == "past" else "")
        return join(subject.en, spoken, rest), event.in_chinese(subject.zh, did, f"{it.zh} 。")

    def _ask(self, event: _Event) -> tuple[str, str]:
        subject, verb, noun, it, tense = event.subject, event.verb, event.noun, event.it, event.tense
        did, there = verb.zh + (" 了" if tense == "past" else ""), join(event.where.en, event.when.en, "?")
        form = self.random.choice(["whether", "what", "how many", "who", "where"])
        if form == "what":
            asked, chinese = ("whom", "谁") if noun.kind == "person" else ("what", "什么")
            en = join(asked, event.helper, subject.en, verb.base, there)
            return en, event.in_chinese(subject.zh, did, f"{chinese} ？")
        if form == "how many":
            en = join("how many", noun.plural, event.helper, subject.en, verb.base, there)
            return en, event.in_chinese(subject.zh, did, f"几 {noun.measure} {noun.zh} ？")
        if form == "who":
            spoken = {"past": verb.past, "future": f"will {verb.base}", "present": verb.third}[tense]
            return join("who", spoken, it.en, there), event.in_chinese("谁", did, f"{it.zh} ？")
        if form == "where":
            modal = "会" if tense == "future" else ""
            did = verb.zh + (" 的" if tense == "past" else "")
            return (
                join("where", event.helper, subject.en, verb.base, it.en, event.when.en, "?"),
                join(subject.zh, event.when.zh, modal, "在 哪里", did, it.zh, "？"),
            )
        return (
            join(event.helper, subject.en, verb.base, it.en, there),
            event.in_chinese(subject.zh, did, f"{it.zh} 吗 ？"),
        )

    def _state(self) -> tuple[str, str]:
        """Somebody likes, needs or knows something."""
        subject, noun = self._subject(), self._noun(*lexicon.ALL)
        verb, it = self._verb(noun, action=False), self._object(noun)
        helper = "do" if subject.plural else "does"
        form = self.random.choice(["said", "said", "denied", "asked", "whom", "who"])
        if form == "denied":
            return f"{subject.en} {helper} not {verb.base} {it.en} .", f"{subject.zh} 不 {verb.zh} {it.zh} 。"
        if form == "asked":
            return f"{helper} {subject.en} {verb.base} {it.en} ?", f"{subject.zh} {verb.zh} {it.zh} 吗 ？"
        if form == "whom":
            asked, chinese = ("whom", "谁") if noun.kind == "person" else ("what", "什么")
            return f"{asked} {helper} {subject.en} {verb.base} ?", f"{subject.zh} {verb.zh} {chinese} ？"
        if form == "who":
            return f"who {verb.third} {it.en} ?", f"谁 {verb.zh} {it.zh} ？"
        return (
            f"{subject.en} {verb.base if subject.plural else verb.third} {it.en} .",
            f"{subject.zh} {verb.zh} {it.zh} 。",
        )

    def _there(self) -> tuple[str, str]:
        """There are things somewhere."""
        noun, place = self._noun(*lexicon.ALL), self.random.choice(lexicon.PLACES)
        _, many, zh = self._described(noun)
        word, number = self.random.choice(list(lexicon.NUMBERS.items()))
        form = self.random.choice(["said", "asked", "how many"])
        if form == "how many":
            return f"how many {many} are there {place.en} ?", f"{place.zh} 有 几 {noun.measure} {zh} ？"
        there, end, ask = ("there are", ".", "。") if form == "said" else ("are there", "?", "吗 ？")
        return f"{there} {word} {many} {place.en} {end}", f"{place.zh} 有 {number} {noun.measure} {zh} {ask}"

    def _quality(self) -> tuple[str, str]:
        """Something is useful, is not, or is it?"""
        noun = self._noun(*lexicon.ALL)
        it = self._thing(noun)
        adjective = self.random.choice(
            [word for word in lexicon.ADJECTIVES if noun.kind in word.kinds and word.predicate]
        )
        self.pairs.add((adjective.en, noun.en))
        be, quality = "are" if it.plural else "is", adjective.predicate
        form = self.random.choice(["said", "denied", "asked"])
        if form == "asked":
            return f"{be} {it.en} {adjective.en} ?", f"{it.zh} {quality} 吗 ？"
        if form == "denied":
            return f"{it.en} {be} not {adjective.en} .", f"{it.zh} 不 {quality} 。"
        return f"{it.en} {be} {adjective.en} .", f"{it.zh} 很 {quality} 。"

    def _more(self) -> tuple[str, str]:
        """One is bigger than the other."""
        kind = self.random.choice(lexicon.ALL)
        one, other = self._thing(self._noun(kind)), self._thing(self._noun(kind))
        adjective = self.random.choice([word for word in lexicon.ADJECTIVES if kind in word.kinds and word.comparative])
        be = "are" if one.plural else "is"
        return (
            f"{one.en} {be} {adjective.comparative} than {other.en} .",
            f"{one.zh} 比 {other.zh} {adjective.predicate} 。",
        )

    def _giving(self) -> tuple[str, str]:
        """Somebody gave somebody something, in either English order."""
        giver, taker, thing = self._subject(), self._object(self._noun("person")), self._thing(self._noun("thing"))
        gave, chinese = self.random.choice(list(lexicon.GIVING.items()))
        told = f"{taker.en} {thing.en}" if self._chance(0.5) else f"{thing.en} to {taker.en}"
        return f"{giver.en} {gave} {told} .", f"{giver.zh} {chinese} 了 {taker.zh} {thing.zh} 。"
