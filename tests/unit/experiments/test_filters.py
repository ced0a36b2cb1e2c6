"""Conditions on the runs: what they choose, what they refuse, and that they run nothing."""

import builtins

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talentlab.errors import RunError
from talentlab.experiments import tables
from talentlab.experiments.filters import select_rows
from talentlab.runtime import repository_root

EXAMPLE = repository_root() / "course" / "data" / "example_runs"
TABLE = pd.DataFrame(
    {
        "chapter": ["05_project", "mine", "mine", "other"],
        "f1": [0.7, 0.8, np.nan, 0.5],
        "seed": [0, 1, 2, 3],
        "seed (metric)": [3.0, 2.0, 1.0, 0.0],
        "flag": [True, False, None, True],
        "mixed": ["all", 3, None, 5],
        "models": [["a"], ["b"], None, None],
    },
    index=pd.Index(list("abcd"), name="run"),
)


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        ("f1 > 0.7", "b"),
        ("f1 >= .7", "ab"),
        ("f1 != 0.7", "bd"),  # a missing value is no other value
        ("not f1 > 0.7", "acd"),
        ("f1 == f1", "abd"),
        ("f1 == null", "c"),
        ("f1 != null", "abd"),
        ("0.5 < f1 < 0.8", "a"),
        ("seed <= -1 or seed == 3e0", "d"),
        ("seed < 2 and f1 > 0.7 or chapter == 'other'", "bd"),
        ("seed < 2 and (f1 > 0.7 or chapter == 'other')", "b"),
        ("not (seed == 0 or not seed < 3)", "bc"),
        ("chapter in ['mine', \"other\"]", "bcd"),
        ("chapter not in ['mine']", "ad"),
        ("f1 not in [0.5]", "ab"),
        ("f1 in [0.5, null]", "cd"),
        ("`seed (metric)` == seed", ""),
        ("`seed (metric)` > seed", "ab"),
        ("chapter >= 'n'", "d"),
        ("flag", "ad"),
        ("not flag", "bc"),
        ("flag == false", "b"),
        ("mixed == 3", "b"),  # of another notebook, where it is a number
        ("mixed != 'all'", "bd"),
        ("run == 'c'", "c"),
        ("\n seed\t==\n1 ", "b"),
        ("true", "abcd"),
        ("null == null", "abcd"),
    ],
)
def test_a_condition_chooses_rows(where, chosen):
    assert "".join(select_rows(TABLE, where).index) == chosen


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("sed > 0.7", "did you mean 'seed'"),
        ("f2 > 0.7", "one of chapter, f1, seed"),
        ("chapter == mine", "no column 'mine'"),
        ("f1 >", "the end"),
        ("", "the end"),
        ("f1", "compared with nothing"),
        ("f1 = 0.7", "'= 0.7' cannot be read"),
        ("f1 > 0.7 & seed == 1", "and, or, not"),
        ("f1 > 0.7 seed", "'seed' stands where"),
        ("(f1 > 0.7", "')' is expected"),
        ("f1 > 0.7)", "')' stands where"),
        ("f1 > 'high'", "f1 is a number, 'high' is text"),
        ("f1 == 'high'", "f1 is a number, 'high' is text"),
        ("chapter == 5", "chapter is text, 5 is a number"),
        ("chapter in [5, 6]", "chapter is text, 5 is a number"),
        ("flag < true", "< cannot compare them"),
        ("flag == 1", "flag is true or false, 1 is a number"),
        ("f1 < null", "null has no order"),
        ("models == 'a'", "models is a list"),
        ("chapter in 'mine'", "'[' is expected"),
        ("chapter in []", "a name or a value"),
        ("not", "the end"),
        ("chapter not like 'x'", "'in' is expected"),
        ("'open == 1", "cannot be read"),
        ("1x == 1", "cannot be read"),
        ("f1.max() > 0", "cannot be read"),
        ("`nothing like it` == 1", "there is no column"),
        ("(" * 1000 + "seed == 1" + ")" * 1000, "parentheses"),
        ("@pd.io.common.os.system('touch pwn')==0", "cannot be read"),
        ("__import__('os').system('touch pwn')", "cannot be read"),
        ("__import__", "there is no column '__import__'"),
    ],
)
def test_a_wrong_condition_is_refused_in_words(where, says):
    with pytest.raises(RunError) as caught:
        select_rows(TABLE, where)
    assert says in str(caught.value)


@pytest.mark.parametrize("read", [tables.table, tables.select])
def test_no_condition_runs_code(read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for where in ("@pd.io.common.os.system('touch pwn')==0", "@pd.eval('1') == f1", "f1.map(@pd.io.common.os.remove)"):
        with pytest.raises(RunError):
            read(EXAMPLE, where=where)
    assert not list(tmp_path.iterdir())


WORDS = ["and", "or", "not", "in", "null", "true", "f1", "seed", "chapter", "flag", "mixed", "models", "run", "@pd",
         "(", ")", "[", "]", ",", "==", "!=", "<", ">=", "'mine'", "0.5", "-3", "`seed (metric)`", "`", "'", "1e999",
         "9" * 5000, "__import__('os')", "²", "\x00", "\ud800"]  # fmt: skip


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
@example("not " * 5000 + "seed == 1")
@example("seed == 1 and " * 2000 + "flag")
@example("1" * 20000 + "x")
@example("' \ud800 '")
def test_any_text_chooses_rows_or_is_refused_and_runs_nothing(where):
    def refuse(*_, **__):
        pytest.fail("code was run")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("eval", "exec", "compile"):
            patch.setattr(builtins, name, refuse)
        for name in ("query", "eval"):
            patch.setattr(pd.DataFrame, name, refuse)
        try:
            found = select_rows(TABLE, where)
        except RunError as error:
            str(error).encode()  # can be printed, whatever was asked
        else:
            assert set(found.index) <= set(TABLE.index)


@given(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from(["and", "or"]), st.integers(-1, 4),
       st.booleans())  # fmt: skip
def test_whole_columns_are_chosen_from_as_pandas_does(sign, word, number, reverse):
    where = f"seed {sign} {number} {word} {'not ' * reverse}`seed (metric)` > 1.5"
    pd.testing.assert_frame_equal(select_rows(TABLE, where), TABLE.query(where))
