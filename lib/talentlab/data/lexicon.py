"""English words with their Chinese: what the grammar puts together, and a dictionary to translate word by word."""

import re
from typing import NamedTuple


class Noun(NamedTuple):
    """A noun with its plural, and its Chinese with the measure word that counts it."""

    en: str
    plural: str
    zh: str
    measure: str
    kind: str  # person, animal or thing


class Verb(NamedTuple):
    """A verb in its three English forms; an action has tenses, a state has only the present."""

    base: str
    third: str
    past: str
    zh: str
    objects: tuple[str, ...]  # kinds of nouns
    action: bool


class Adjective(NamedTuple):
    """An adjective; `attribute` is its Chinese before a noun, `predicate` that after 很; "" where it has none."""

    en: str
    comparative: str
    attribute: str
    predicate: str
    kinds: tuple[str, ...]


class Phrase(NamedTuple):
    """Some words in both languages; `plural` says how an English verb after them ends."""

    en: str
    zh: str
    plural: bool = False


_PERSONS = """teacher 老师 位; doctor 医生 位; lawyer 律师 位; engineer 工程师 位; nurse 护士 名;
driver 司机 名; student 学生 名; worker 工人 名; farmer 农民 个; child/children 孩子 个; girl 女孩 个;
boy 男孩 个; friend 朋友 个; neighbour 邻居 个; customer 顾客 位"""
_ANIMALS = "cat 猫 只; bird 鸟 只; rabbit 兔子 只; dog 狗 条; snake 蛇 条; horse 马 匹; cow 牛 头; pig 猪 头"
_THINGS = """book 书 本; dictionary/dictionaries 词典 本; ticket 票 张; table 桌子 张; map 地图 张;
photo 照片 张; pen 钢笔 支; car 汽车 辆; bicycle 自行车 辆; chair 椅子 把; umbrella 雨伞 把; knife/knives 刀 把;
key 钥匙 把; shirt 衬衫 件; coat 大衣 件; computer 电脑 台; camera 相机 台; phone 手机 部; letter 信 封;
picture 画 幅; lamp 灯 盏; hat 帽子 顶; flower 花 朵; apple 苹果 个; cup 杯子 个; box/boxes 盒子 个;
newspaper 报纸 份; boat 船 艘; skirt 裙子 条; watch/watches 手表 块"""
_ACTIONS_ON_THINGS = """buy buys bought 买; sell sells sold 卖; use uses used 用; wash washes washed 洗;
repair repairs repaired 修; borrow borrows borrowed 借; take takes took 拿; choose chooses chose 选;
carry carries carried 搬; steal steals stole 偷"""
_ACTIONS_ON_PERSONS = """help helps helped 帮助; invite invites invited 邀请; thank thanks thanked 感谢;
visit visits visited 看望; teach teaches taught 教; call calls called 叫"""
_ACTIONS_ON_ALL = "draw draws drew 画; photograph photographs photographed 拍"
_STATES_ON_ALL = "like likes liked 喜欢; need needs needed 需要; want wants wanted 想要"
_STATES_ON_LIVING = "know knows knew 认识; fear fears feared 怕; love loves loved 爱"
_ADJECTIVES = """thing: new newer 新 新; red - 红 -; black - 黑 -; white - 白 -; blue - 蓝 -; old older 旧 旧
thing: big bigger 大 大; small smaller 小 小; expensive more_expensive 贵_的 贵; cheap cheaper 便宜_的 便宜
thing: useful more_useful 有用_的 有用; heavy heavier 重_的 重; clean cleaner 干净_的 干净
thing: beautiful more_beautiful 漂亮_的 漂亮
person: young younger 年轻_的 年轻; old - 老 -; clever cleverer 聪明_的 聪明; famous more_famous 有名_的 有名
person: friendly friendlier 友好_的 友好; rich richer 有钱_的 有钱; tired - 累_的 累
animal: old - 老 -; black - 黑 -; white - 白 -; big bigger 大 大; small smaller 小 小; quick quicker 快_的 快"""
_WHERE = """in the garden 花园 里; in the shop 商店 里; in the office 办公室 里; in the kitchen 厨房 里;
in the library 图书馆 里; in the school 学校 里; in the hospital 医院 里; in the street 街 上;
under the bridge 桥 下; on the island 岛 上"""
_SPOTS = "on the table 桌子 上; in the box 盒子 里; under the bed 床 下; behind the door 门 后; on the roof 屋顶 上"
_TIMES = {
    "past": "yesterday 昨天; last week 上周; this morning 今天早上; last year 去年",
    "future": "tomorrow 明天; next week 下周; tonight 今晚; next year 明年",
    "present": "every day 每天; every week 每周; every morning 每天早上",
}
NUMBERS = {"two": "两", "three": "三", "four": "四", "five": "五", "six": "六", "ten": "十"}
OWNERS = {"my": "我", "your": "你", "his": "他", "her": "她", "our": "我们", "their": "他们"}
SUBJECTS = [Phrase("i", "我", True), Phrase("you", "你", True), Phrase("he", "他"), Phrase("she", "她"),
             Phrase("we", "我们", True), Phrase("they", "他们", True)]  # fmt: skip
OBJECTS = {"me": "我", "you": "你", "him": "他", "her": "她", "us": "我们", "them": "他们"}
LIVING, ALL = ("person", "animal"), ("person", "animal", "thing")


def _parts(text: str) -> list[list[str]]:
    return [entry.split() for entry in re.split(r";\s*", text.strip())]


def _nouns(text: str, kind: str) -> list[Noun]:
    found = []
    for words, zh, measure in _parts(text):
        en, _, plural = words.partition("/")
        found.append(Noun(en, plural or en + "s", zh, measure, kind))
    return found


def _verbs(text: str, objects: tuple[str, ...], *, action: bool) -> list[Verb]:
    return [Verb(base, third, past, zh, objects, action) for base, third, past, zh in _parts(text)]


def _adjectives() -> list[Adjective]:
    found = []
    for line in _ADJECTIVES.splitlines():
        kind, _, rest = line.partition(": ")
        for part in _parts(rest):
            en, more, attribute, predicate = (word.replace("_", " ").replace("-", "") for word in part)
            found.append(Adjective(en, more, attribute, predicate, (kind,)))
    return found


def _adverbs(text: str) -> list[Phrase]:
    """English words, then Chinese ones."""
    split = [re.match(r"([a-z ]+) (.+)", " ".join(part)) for part in _parts(text)]
    return [Phrase(found[1], found[2]) for found in split if found]


NOUNS = _nouns(_PERSONS, "person") + _nouns(_ANIMALS, "animal") + _nouns(_THINGS, "thing")
VERBS = (
    _verbs(_ACTIONS_ON_THINGS, ("thing",), action=True) + _verbs(_ACTIONS_ON_PERSONS, ("person",), action=True)
    + _verbs(_ACTIONS_ON_ALL, ALL, action=True) + _verbs(_STATES_ON_ALL, ALL, action=False)
    + _verbs(_STATES_ON_LIVING, LIVING, action=False)
)  # fmt: skip
ADJECTIVES = _adjectives()
GIVING = {"gave": "给", "sent": "寄 给", "lent": "借 给"}
PLACES, SPOTS = _adverbs(_WHERE), _adverbs(_SPOTS)
TIMES = {tense: _adverbs(text) for tense, text in _TIMES.items()}
_SMALL_WORDS = {
    "the": "", "a": "一", "an": "一", "do": "", "does": "", "did": "", "not": "不", "will": "会", "is": "", "are": "",
    "there are": "有", "are there": "有", "who": "谁", "whom": "谁", "what": "什么", "where": "哪里", "how many": "几",
    "this": "这", "that": "那", "these": "这些", "those": "那些", "'s": "的", "more": "更", "than": "比", "to": "",
    ".": "。", "?": "？",
}  # fmt: skip


def dictionary() -> dict[str, str]:
    """English words, and fixed phrases of up to three, → Chinese words; "" for what Chinese leaves out."""
    found = _SMALL_WORDS | NUMBERS | GIVING | OBJECTS | {word: f"{zh} 的" for word, zh in OWNERS.items()}
    found |= {subject.en: subject.zh for subject in SUBJECTS}
    found |= {when.en: when.zh for times in TIMES.values() for when in times}
    found |= {where.en: f"在 {where.zh}" for where in PLACES + SPOTS}
    for adjective in ADJECTIVES:
        chinese = adjective.predicate or adjective.attribute
        found[adjective.en] = chinese
        if not adjective.comparative.startswith("more"):
            found[adjective.comparative] = f"更 {chinese}"
    for noun in NOUNS:
        found |= dict.fromkeys((noun.en, noun.plural), noun.zh)
    for verb in VERBS:
        found |= dict.fromkeys((verb.base, verb.third, verb.past), verb.zh)
    return found


def base_forms() -> dict[str, str]:
    """Inflected English words → the word of the dictionary: bought → buy."""
    found = {noun.plural: noun.en for noun in NOUNS} | {word.comparative: word.en for word in ADJECTIVES}
    return found | {form: verb.base for verb in VERBS for form in (verb.third, verb.past)}
