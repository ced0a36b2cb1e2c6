"""The form of a lesson: how long its texts are, where its exercises stand and what they ask."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import yaml
from nbformat import NotebookNode

from talentlab.authoring import glossary
from talentlab.course import quizzes
from talentlab.runtime import repository_root

KINDS = {
    "predict": "预测", "concept": "概念", "code": "写代码", "debug": "改错", "train": "训练",
}  # fmt: skip
_MOST_WORDS = 200  # of one Markdown cell
_FIRST_FIGURE = (300, 60)  # words and lines of code before it
_MOST_CODE_CELLS = 3  # in a row
_PICTURE = re.compile(r"!\[([^\]]*)\]\(images/([\w.-]+)\)")


@dataclass(frozen=True)
class Listed:
    """An exercise as the chapter's source describes it."""

    number: str
    kind: str
    difficulty: int
    importance: int
    minutes: int
    in_a_section: bool  # not in the section of exercises at the end

    def line(self, *, chinese: bool = False) -> str:
        """What stands under its heading."""
        hard, weight = ("●" * n + "○" * (3 - n) for n in (self.difficulty, self.importance))
        if chinese:
            return f"*{KINDS[self.kind]} · 难度 {hard} · 重要 {weight} · {self.minutes} 分钟*"
        return f"*{self.kind} · difficulty {hard} · importance {weight} · {self.minutes} minutes*"


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell, none if it has none."""
    return cell.metadata.get("tags", [])


def number_of(cell: NotebookNode) -> str | None:
    """The number of the exercise in a code cell."""
    found = re.search(r'exercises\.check\(\s*"([^"]+)"', cell.source)
    return found[1] if found else None


def listed(cells: list[NotebookNode]) -> list[Listed]:
    """The exercises of a source, in its order; those that lack a description are left out."""
    found, at_the_end = [], False
    for cell in cells:
        at_the_end |= cell.cell_type == "markdown" and bool(re.search(r"^## Exercises$", cell.source, re.MULTILINE))
        described = {name: cell.metadata.get(name) for name in ("kind", "difficulty", "importance", "minutes")}
        if "exercise" in tags(cell) and (number := number_of(cell)) and None not in described.values():
            found.append(Listed(number, in_a_section=not at_the_end, **described))
    return found


def problems(cells: list[NotebookNode], slug: str) -> Iterator[str]:
    """Where a lesson breaks the form that its learners rely on."""
    english = [cell for cell in cells if cell.metadata.get("lang") != "zh"]
    yield from _length_problems(english)
    yield from _exercise_problems(english)
    yield from _quiz_problems(english, slug)
    yield from _term_problems(english)
    for cell in cells:
        for alt, name in _PICTURE.findall(cell.source):
            chinese = cell.metadata.get("lang") == "zh"
            if not alt or not (repository_root() / "course" / "images" / name).is_file():
                yield f"the picture {name!r} has no text alternative, or is not in course/images"
            if chinese != name.endswith(".zh.svg"):
                yield f"the picture {name!r} is of the other language"
    if not any(_PICTURE.search(cell.source) for cell in english):
        yield "no drawn concept: ![what it shows](images/NAME.svg)"


def words(cell: NotebookNode) -> int:
    """Words of a Markdown cell; code, formulas and addresses count as one each."""
    return len(
        re.sub(r"`[^`]+`|\$[^$]+\$|\]\([^)]*\)|[|*_#>-]+", " x " if "`" in cell.source else " ", cell.source).split()
    )


def measure(cells: list[NotebookNode]) -> dict[str, int]:
    """Numbers of a lesson: longest text, most code cells in a row, words and lines of code before the first figure."""
    cells = [cell for cell in cells if cell.metadata.get("lang") != "zh" and "solution" not in tags(cell)]
    seen_words = seen_lines = 0
    for cell in cells:
        if re.search(r"plots\.(show|explore)\(|!\[", cell.source):
            break
        if cell.cell_type == "code":
            seen_lines += len([line for line in cell.source.split("\n") if line.strip()])
        else:
            seen_words += words(cell)
    runs = (list(group) for _, group in groupby(cells, key=lambda cell: cell.cell_type))
    in_a_row = [
        len([cell for cell in run if "exercise" not in tags(cell)]) for run in runs if run[0].cell_type == "code"
    ]
    return {
        "longest text": max((words(cell) for cell in cells if cell.cell_type == "markdown"), default=0),
        "code cells in a row": max(in_a_row, default=0),
        "words before the first figure": seen_words,
        "lines of code before the first figure": seen_lines,
    }


def _length_problems(cells: list[NotebookNode]) -> Iterator[str]:
    limits = dict(zip(measure(cells), (_MOST_WORDS, _MOST_CODE_CELLS, *_FIRST_FIGURE), strict=True))
    for name, number in measure(cells).items():
        if number > limits[name] and name != "longest text":
            yield f"{name}: {number}, at most {limits[name]}"
    for cell in cells:
        if cell.cell_type == "markdown" and (number := words(cell)) > _MOST_WORDS:
            yield f"{number} words in one cell, at most {_MOST_WORDS}: {cell.source.split(chr(10))[0][:50]!r}"


def _exercise_problems(cells: list[NotebookNode]) -> Iterator[str]:
    found = listed(cells)
    numbers = {exercise.number for exercise in found}
    yield from (
        f"exercise {number}: wants kind, difficulty, importance and minutes behind its tag"
        for cell in cells
        if "exercise" in tags(cell) and (number := number_of(cell)) not in numbers
    )
    for exercise in found:
        if (
            exercise.kind not in KINDS
            or not {exercise.difficulty, exercise.importance} <= {1, 2, 3}
            or exercise.minutes < 1
        ):
            yield f"exercise {exercise.number}: kind of {', '.join(KINDS)}; difficulty, importance from 1 to 3; minutes"
    kinds = [exercise.kind for exercise in found]
    if len(found) < 5 or sum(exercise.in_a_section for exercise in found) < 2:
        yield "at least five exercises, two of them before the section of exercises"
    yield from (f"no exercise of the kind {kind!r}" for kind in ("debug", "train") if kind not in kinds)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if "exercise" in tags(cell) and (following is None or "solution" not in tags(following)):
            yield f"exercise {number_of(cell)}: no cell tagged `solution` after it gives the reason"


def _quiz_problems(cells: list[NotebookNode], slug: str) -> Iterator[str]:
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    for call in (
        r'quizzes\.ask\("[\w.]+", "before"\)',
        r'quizzes\.ask\("[\w.]+"\)',
        r'guesses\.guess\("',
        r"\.settle\(",
        r"guesses\.summary\(",
    ):
        if not re.search(call, source):
            yield f"no call {call.replace(chr(92), '')}"
    path = repository_root() / "course" / "quiz" / f"{slug}.yaml"
    if not path.is_file():
        yield f"no course/quiz/{slug}.yaml"
        return
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    yield from (f"{path.name}: {problem}" for problem in quizzes.problems(content))
    asked = {name.rpartition(".")[2] for name in re.findall(r'guesses\.guess\("([^"]+)"\)', source)}
    yield from (
        f"{path.name}: the guess {name!r} is not asked, or not there"
        for name in sorted(asked ^ set(content.get("guesses", {})))
    )


def _term_problems(cells: list[NotebookNode]) -> Iterator[str]:
    """An exercise uses no term that the chapter has not."""
    texts = [cell for cell in cells if cell.cell_type == "markdown" and "solution" not in tags(cell)]
    of_exercises = [bool(re.search(r"^#+ Exercise ", cell.source, re.MULTILINE)) for cell in texts]
    for number, start, end, _ in glossary.first_uses([cell.source for cell in texts], "en"):
        if of_exercises[number]:
            text = texts[number].source.strip()
            yield f"{texts[number].source[start:end]!r} is used first in an exercise: {text[:40]!r}"
