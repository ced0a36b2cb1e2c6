"""Does the Chinese edition's code say in Chinese what a reader sees, and nothing else differ?"""

import ast

import pytest

from talentlab.course.translation import Text, foreign, texts, translate

CODE = """import pandas as pd

limit: int = 4  # texts of a step [sequences]
scores = {"word counts": 0.5, "random": 0.25}
print("Accuracy of", limit, f"{scores['random']:.0%} and {'more' if limit else scores['word counts']:>5}")
show(
    alt=f"A figure of {limit} texts: "
    f"{scores['word counts']:.0%} right, the others wrong.",
    loc="upper",
)  # fmt: skip
# [B, T]
# two lines
# of one sentence
"""


def test_phrases_and_what_is_displayed_want_chinese_and_keys_do_not():
    wanted = [(text.context, text.text) for text in texts(CODE) if text.wants_chinese]
    assert wanted == [
        ("comment", "texts of a step [sequences]"),
        (None, "word counts"),
        (None, "Accuracy of"),
        (None, "more"),
        (None, "word counts"),
        (None, "{scores['random']:.0%} and {'more' if limit else scores['word counts']:>5}"),
        (None, "word counts"),
        (None, "A figure of {limit} texts: {scores['word counts']:.0%} right, the others wrong."),
        ("comment", "[B, T]\ntwo lines\nof one sentence"),
    ]


def test_a_literal_is_replaced_everywhere_so_that_keys_stay_the_same():
    code = translate(CODE, lambda text: {"word counts": "词频", "more": "更多"}.get(text.text))
    assert '{"词频": 0.5, "random": 0.25}' in code and "{'更多' if limit else scores['词频']:>5}" in code
    assert "scores['词频']:.0%} right" in code and "word counts" not in code


def test_an_f_string_has_its_expressions_in_another_order_over_as_many_lines_as_it_needs():
    chinese = "图中 {scores['word counts']:.0%} 正确，其余有误，一共有 {limit} 条文本：" + "很长的一句话，" * 8
    code = translate(CODE, lambda text: chinese if text.text.startswith("A figure") else None)
    namespace = {"show": lambda alt, loc: namespace.update(alt=alt), "print": print}
    exec(code, namespace)
    assert namespace["alt"] == "图中 50% 正确，其余有误，一共有 4 条文本：" + "很长的一句话，" * 8
    assert max(map(len, code.splitlines())) < 110 and "# fmt: skip" in code


def test_comments_keep_their_place_and_may_have_another_number_of_lines():
    code = translate(
        CODE, lambda text: {"texts": "每步的文本数 [sequences]", "[B,": "一\n二"}.get(text.text.split()[0])
    )
    assert "limit: int = 4  # 每步的文本数 [sequences]\n" in code and code.endswith("# 一\n# 二\n")
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(CODE))


@pytest.mark.parametrize("text", ['say "it"', "back\\slash", "brace {{x}} of {1 + 1}", "new\nline", "{'a'!r:>4} end"])
def test_whatever_stands_in_a_literal_comes_out_as_it_was(text):
    code = f"x = f{text!r}\ny = 1\n"
    new = translate(code, lambda text: f"中 {text.text}" if text.text != "a" else None)
    before, after = {}, {}
    exec(code, before)
    exec(new, after)
    assert after["x"] == f"中 {before['x']}"


def test_a_translation_with_other_expressions_is_named():
    assert foreign("共 {n} 条，{share:.0%}", ("{n}", "{share:.0%}")) == []
    assert foreign("共 {m} 条", ("{n}",)) == ["{n}", "{m}"]
    assert foreign("{{花括号}} {n}", ("{n}",)) == []


def test_a_single_word_is_a_name_unless_it_is_printed():
    assert not Text("random", shown=False).wants_chinese and Text("random", shown=True).wants_chinese
    assert not Text("{n:.1%}", expressions=("{n:.1%}",)).wants_chinese
