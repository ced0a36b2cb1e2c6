import ast

import pytest

from talentlab.authoring.names import bound_names, leaks, read_names

EXERCISE = ("exercise", ["answer = None\ncheck(answer)", "mine = 3\nanswer = mine + 1\ncheck(answer)"])


@pytest.mark.parametrize(
    "later",
    [
        "print(answer)",
        "y = mine",
        "mine += 1",
        "if z:\n    mine = 1\nprint(mine)",
        "for row in rows:\n    print(mine)",
        "def f():\n    return mine",
        "f = lambda x=mine: x",
        "rows = [mine for x in y]",
        "rows = [mine for mine in mine]",
        "try:\n    mine = f()\nexcept E:\n    print(mine)",
        "with open(mine) as file:\n    pass",
        "class A(mine):\n    pass",
        "print(f'{mine:.2f}')",
        "match mine:\n    case 1:\n        pass",
        "del other[mine]",
    ],
)
def test_a_later_cell_may_not_read_what_an_exercise_sets(later):
    (problem,) = leaks([EXERCISE, ("later", [later])])
    assert "'later' reads `" in problem and "'exercise' sets" in problem


@pytest.mark.parametrize(
    "later",
    [
        "mine = 1\nprint(mine)",
        "def f(mine):\n    return mine",
        "def f():\n    mine = 1\n    return mine",
        "def f():\n    mine = 1\n    return lambda: mine",
        "f = lambda mine: mine",
        "rows = [mine for mine in rows]",
        "rows = [x for row in rows for mine in row if mine]",
        "for mine in rows:\n    print(mine)",
        "for row in rows:\n    mine = row\n    print(mine)",
        "with open(path) as mine:\n    print(mine)",
        "with no_grad():\n    mine = 1\nprint(mine)",
        "try:\n    f()\nexcept E as mine:\n    print(mine)",
        "import mine\nmine.f()",
        "from a import b as mine\nmine()",
        "def mine():\n    pass\nmine()",
        "f(mine=1)\nx.mine()",
        "match x:\n    case [mine, *_]:\n        print(mine)",
        "print([half := 1, half])",
    ],
)
def test_names_of_its_own_are_not_read_from_an_exercise(later):
    assert leaks([EXERCISE, ("later", [later])]) == []


def test_each_exercise_sets_its_own_answer_in_both_forms():
    assert leaks([EXERCISE, EXERCISE]) == []
    unsolved = ("next", ["check(mine)", "mine = 1\ncheck(mine)"])
    assert leaks([EXERCISE, unsolved]) == ["'next' reads `mine`, which the exercise 'exercise' sets"]


def test_a_name_is_free_again_after_another_cell_set_it():
    assert leaks([EXERCISE, ("sets", ["mine = 1"]), ("reads", ["print(mine)"])]) == []
    assert len(leaks([EXERCISE, ("sets", ["if x:\n    mine = 1"]), ("reads", ["print(mine)"])])) == 1


def test_an_exercise_leaves_the_chapters_objects_alone():
    def changing(line):
        return leaks([("start", ["def f():\n    return rate"]), ("exercise", ["answer = None", line])])

    assert "changes `rows`" in changing("rows['x'] = 1")[0]
    assert "changes `model`" in changing("model.head.weight = 1")[0]
    assert "sets `rate`, which a function before it reads" in changing("rate = 1")[0]
    assert changing("rows = {}\nrows['x'] = 1") == []
    assert changing("def f(rows, /, *more, **named):\n    rows[0] = more[0] = named['x'] = 1") == []
    assert changing("def f():\n    rows = []\n    rows[0] = 1") == []
    assert "changes `rows`" in changing("def f(values):\n    rows[0] = values")[0]


def test_scopes():
    tree = ast.parse(
        "def f(a: A = d) -> R:\n    global g\n    g = a\n    return b\nx, *y = [(i, n) for i in s]\nimport p.q"
    )
    assert bound_names(tree) == {"f", "x", "y", "p"}
    assert read_names(tree) == {"A", "d", "R", "b", "n", "s"}
