import json

import pytest

from talentlab.course import exercises, guesses, progress, quizzes, room
from talentlab.errors import ParameterError


@pytest.fixture
def learner(monkeypatch, tmp_path):
    """Somebody whose progress is kept, at a seat of a room; returns the room's folder."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(progress, "_file", lambda: tmp_path / "local" / "progress.json")
    monkeypatch.setattr(progress, "is_kept", lambda: True)
    monkeypatch.setattr(exercises, "display", lambda *arguments, **settings: None)
    monkeypatch.setattr(guesses, "display", lambda *arguments, **settings: None)
    monkeypatch.setenv(progress.ROOM_VARIABLE, str(folder))
    monkeypatch.setenv(progress.SEAT_VARIABLE, "Ada / 三排")
    return folder


def only(folder):
    (seat,), foreign = room.seats(folder)
    assert foreign == []
    return seat


def write(folder, name, **changes):
    told = {progress.SEAT: name, "at": "5.1", "when": 1000.0, "passed": ["5.A"], "attempts": {"5.1": 2, "2.1": 9}}
    (folder / f"{name}.json").write_text(json.dumps(told | changes))


def test_a_seat_tells_where_it_is_and_no_answers(learner):
    exercises.check("5.A", None)
    assert only(learner)[:4] == ("Ada / 三排", "5.A", 0, 0)
    exercises.check("5.A", "1")
    exercises.check("5.A", "12")
    assert only(learner)[:4] == ("Ada / 三排", "5.A", 2, 0)
    exercises.check("5.1", "a wrong form")
    assert only(learner)[:4] == ("Ada / 三排", "5.1", 0, 0)
    exercises.check("5.A", "125")
    assert only(learner)[:4] == ("Ada / 三排", "5.A", 0, 1) and only(learner).silent_s < 60
    (path,) = learner.iterdir()
    assert path.name == "Ada___三排.json" and set(json.loads(path.read_text())) == {
        progress.SEAT, "at", "when", "passed", "attempts",
    }  # fmt: skip


def test_quizzes_and_guesses_tell_where_a_seat_is_too(learner, monkeypatch):
    shown = []
    monkeypatch.setattr(quizzes, "display", lambda *arguments, **settings: None)
    monkeypatch.setattr(quizzes, "_question", lambda number, item, choose: shown.append(choose))
    monkeypatch.setattr(quizzes.ipywidgets, "VBox", lambda parts: quizzes.ipywidgets.HTML())
    quizzes.ask("5", "before")
    shown[0](0, 1)
    assert room.table([only(learner)])["where"].tolist() == ["5, quiz"]
    guess = guesses.Guess("5.word_counts", guesses.load("5")["guesses"]["word_counts"], (50.0, 60.0))
    guess.settle(55)
    assert room.table([only(learner)])["where"].tolist() == ["5, guess"]


def test_nothing_is_told_where_nobody_named_a_room_or_the_share_is_gone(learner, monkeypatch):
    monkeypatch.setenv(progress.ROOM_VARIABLE, str(learner / "gone"))
    exercises.check("5.A", "1")
    monkeypatch.delenv(progress.ROOM_VARIABLE)
    exercises.check("5.A", "1")
    assert list(learner.iterdir()) == [] and progress.read()["attempts"] == {"5.A": 2}


def test_a_headless_run_is_at_no_seat(learner, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv(progress.ROOM_VARIABLE, str(learner))
    progress.reached("5.A")  # a test is no learner
    assert list(learner.iterdir()) == []


def test_damaged_files_are_rows_and_foreign_ones_are_named(tmp_path):
    write(tmp_path, "b", when=400)
    write(tmp_path, "later", when=5e9)  # a clock that goes wrong
    damaged = {"cut": '{"talentlab seat": "x", ', "deep": "[" * 100_000, "empty": ""}
    for name, text in damaged.items():
        (tmp_path / f"{name}.json").write_text(text)
    for number, value in enumerate([None, "soon", float("nan"), 10**400, []]):
        write(tmp_path, f"when{number}", when=value)
    write(tmp_path, "at", at="")
    write(tmp_path, "attempts", attempts=[1])
    for name, text in {"notes.txt": "x", "other.json": '{"a": 1}', "list.json": "[1]"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "half.json.part").write_text("")
    (tmp_path / "states").mkdir()
    found, foreign = room.seats(tmp_path, now=1000)
    assert sorted(foreign) == ["list.json", "notes.txt", "other.json"]
    whole = {seat.name: seat for seat in found if seat.at}
    assert whole == {"b": room.Seat("b", "5.1", 2, 1, 600.0), "later": room.Seat("later", "5.1", 2, 1, 0.0)}
    assert {seat.name for seat in found if not seat.at} == {
        *damaged, "bytes", "at", "attempts", *(f"when{number}" for number in range(5)),
    }  # fmt: skip
    rows = room.table(found)
    assert rows.loc["b"].tolist() == ["5.1", 2, 1, 10] and rows.loc["cut", "where"] == "file damaged"
    assert "other files there: 3 (list.json" in room.summary(found, foreign)


def test_places_are_counted_in_the_order_of_the_course(tmp_path):
    found = [room.Seat(str(n), at) for n, at in enumerate(["10.1", "5.10", "5.2", "5.A", "5.2", "5.quiz"])]
    assert room.summary(found, []) == "seats: 6 · 5.2: 2 · 5.10: 1 · 5.A: 1 · 5, quiz: 1 · 10.1: 1"


def test_an_anonymous_table_has_numbers_that_stay_and_give_nobody_away(tmp_path):
    found = [room.Seat(name, f"5.{n}") for n, name in enumerate(["Ada", "Bo", "Chen", "Dee"])]
    first = room.table(found, anonymous=True)
    assert first.index.tolist() == ["1", "2", "3", "4"] and sorted(first["where"]) == [seat.at for seat in found]
    assert first["where"].tolist() != [seat.at for seat in found]
    assert room.table(found[::-1], anonymous=True).equals(first)


def test_the_page_shows_names_as_they_are_written_and_loads_itself(tmp_path):
    write(tmp_path, "x", **{progress.SEAT: "<script>alert(1)</script>\x1b[31m", "at": "<b>"})
    found, foreign = room.seats(tmp_path)
    page = room.page(room.table(found), room.summary(found, foreign))
    assert "<script" not in page and "<b>" not in page and "\x1b" not in page and "http-equiv='refresh'" in page


def test_a_folder_that_is_none_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(ParameterError, match="TALENTLAB_ROOM"):
        room.seats(tmp_path / "none")
