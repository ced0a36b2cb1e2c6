"""A league: who counts, places with ties, runs repeated, and a page on which nothing of an entry is code."""

import dataclasses
import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from talentlab import models
from talentlab.cli.main import main
from talentlab.errors import RunError
from talentlab.experiments import league_page, leagues, scoring
from talentlab.talent import plan as planning
from talentlab.talent import staffing, tables, views

CHAPTER = "05_project_practice"


def scored(right, value=None):
    right = np.asarray(right, float)
    return leagues.Scored(right.mean() if value is None else value, 0.1, 0.9, 0.5, right)


def league(**changes):
    return leagues.League(**{"kind": "runs", "title": {"en": "A league", "zh": "联赛"}, "chapter": CHAPTER} | changes)


def test_entries_tie_unless_the_same_texts_tell_them_apart():
    texts = np.arange(300)
    rows = leagues.ranked(
        {"best": scored(texts % 10 != 0), "alike": scored((texts + 1) % 10 != 0), "worse": scored(texts % 2),
         "out": "late"},
        {"best": "run again"}, league(),
    )  # fmt: skip
    assert [(row.name, row.place) for row in rows] == [("alike", 1), ("best", 1), ("worse", 3), ("out", 0)]
    assert rows[1].again == "run again" and rows[3].trouble == "late"


def test_plans_have_exact_days_and_fewer_are_better():
    entered = {name: scored([], value=days) for name, days in {"a": 90, "b": 84, "c": 84}.items()}
    rows = leagues.ranked(entered, {}, league(kind="plans"))
    assert [(row.name, row.place) for row in rows] == [("b", 1), ("c", 1), ("a", 3)]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A league of small texts, and a weights file that fits it."""
    base = tmp_path_factory.mktemp("league")
    texts = pd.DataFrame({"text": [f"text {n} is {'good' if n % 2 else 'bad'}" for n in range(200)],
                          "label": ["good" if n % 2 else "bad" for n in range(200)]})  # fmt: skip
    texts.to_csv(base / "own.csv", index=False)
    rules = base / "rules.yaml"
    rules.write_text(f"{{kind: runs, title: {{en: A}}, chapter: {CHAPTER}, corpus: reviews, held_back: 40,"
                     " budget_cpu_s: 180, fixed: {model_name: minilm}}")  # fmt: skip
    leagues.start(str(rules), base / "room", base / "secret.csv", texts=str(base / "own.csv"), seed=3)
    saved = models.save_model(base / "saved", *models.load_pretrained("minilm", num_labels=2, seed=1))  # as a run does
    shutil.copyfile(saved / "model.safetensors", base / "weights.safetensors")
    return base


@pytest.fixture
def desk(room):
    return scoring.open_desk(leagues.load(room / "room" / leagues.SETTINGS), room / "room", room / "secret.csv")


def enter(folder, room, desk, **changes):
    """A run's folder as a seat leaves it."""
    entry = folder / "run-1"
    (entry / "model").mkdir(parents=True)
    shutil.copyfile(room / "weights.safetensors", entry / "model" / "model.safetensors")
    record = {
        "chapter": CHAPTER, "status": "completed", "data": desk.job.data, "seconds": 60.0, "threads": 2, "processes": 1,
        "device": "cpu: x86_64", "source": "/etc/passwd",
        "parameters": {"dataset": "../../elsewhere.csv", "output_folder": "/tmp/away", "learning_rate": 3e-4},
    } | changes  # fmt: skip
    (entry / "record.json").write_text(json.dumps(record))
    return entry


def test_nobody_trains_on_what_is_held_back(room):
    shared, secret = pd.read_csv(room / "room" / leagues.TEXTS), pd.read_csv(room / "secret.csv")
    assert len(secret) == 40 and len(shared) == 160 and not set(shared["text"]) & set(secret["text"])
    with pytest.raises(RunError, match="outside"):
        leagues.start("chapter_5", room / "other", room / "other" / "labels.csv", seed=0)
    with pytest.raises(RunError, match="has a league"):
        leagues.start("chapter_5", room / "room", room / "labels.csv", seed=0)


def test_a_good_entry_is_scored_by_this_machines_model(room, desk, tmp_path):
    entry = enter(tmp_path, room, desk)
    found = scoring.score(entry, desk)
    assert isinstance(found, leagues.Scored), found
    assert found.used == pytest.approx(120 / 180) and found.right.shape == (40,)
    assert found.low <= found.value == found.right.mean() <= found.high


@pytest.mark.parametrize(("changes", "why"), [
    ({"seconds": 91.0}, "182 CPU s, 180 are allowed"),
    ({"seconds": -5.0}, "CPU s"),
    ({"seconds": "fast"}, "seconds"),
    ({"threads": None, "cores": 64}, "3840 CPU s"),
    ({"status": "failed"}, "the run is failed"),
    ({"data": "0" * 16}, "other data"),
    ({"device": "cuda: H100"}, "not on a CPU"),
    ({"chapter": "../05"}, "a run of"),
    ({"parameters": {"model_name": "bert-base-uncased"}}, "model_name is bert-base-uncased"),
    ({"parameters": {"num_epochs": "__import__('os')"}}, "num_epochs"),
])  # fmt: skip
def test_what_breaks_a_rule_is_a_row_with_its_reason(room, desk, tmp_path, changes, why):
    said = scoring.score(enter(tmp_path, room, desk, **changes), desk)
    assert isinstance(said, str) and why in said


def test_damaged_weights_are_a_row_and_nothing_is_unpickled(room, desk, tmp_path):
    def spoilt(name, change):
        entry = enter(tmp_path / name, room, desk)
        change(entry / "model" / "model.safetensors")
        return scoring.score(entry, desk)

    def pickled(path):
        path.unlink()
        torch.save({"a": torch.zeros(1)}, path.with_name("pytorch_model.bin"))

    def infinite(path):
        tensors = load_file(path)
        tensors["classifier.weight"][0, 0] = float("nan")
        save_file(tensors, path)

    def linked(path):
        path.unlink()
        path.symlink_to(room / "weights.safetensors")

    assert "cannot be read" in spoilt("torn", lambda path: path.write_bytes(path.read_bytes()[:1000]))
    assert "another one" in spoilt("small", lambda path: save_file({"classifier.weight": torch.zeros(2, 384)}, path))
    assert "there is no model" in spoilt("pickled", pickled)
    assert "no numbers" in spoilt("infinite", infinite)
    assert "is a link" in spoilt("linked", linked)
    (tmp_path / "torn" / "run-1" / "record.json").write_text("{")
    assert "no readable record" in scoring.score(tmp_path / "torn" / "run-1", desk)


def test_the_best_are_run_again_and_one_that_is_not_reached_is_out(room, desk, tmp_path, monkeypatch):
    folder = tmp_path / "room"
    shutil.copytree(room / "room", folder)
    for name in ("ann", "ben", "cy"):
        enter(folder / name, room, desk)
    worth = {"ann": scored(np.ones(40)), "ben": scored(np.r_[np.ones(38), 0, 0]), "cy": "too late"}
    monkeypatch.setattr(scoring, "score", lambda entry, _: worth[entry.parent.name])
    here = {3e-4: scored(np.r_[np.ones(20), np.zeros(20)])}
    asked = []

    def run_job(job, **settings):
        asked.append((dict(job.values), settings["limits"].run_s, settings["threads"]))
        return SimpleNamespace(folder=tmp_path)

    monkeypatch.setattr(scoring.runs, "run_job", run_job)
    monkeypatch.setattr(scoring, "_score_run", lambda *_: here[3e-4])
    memory = scoring.Memory({}, {})
    rows = scoring.board(folder, desk, memory, confirm=1)
    assert {row.name: row.place for row in rows} == {"ann": 0, "ben": 0, "cy": 0}
    assert "surely less than the 100.0% handed in" in rows[0].trouble
    assert len(asked) == 2  # the first failed, so the next had its turn
    assert asked[0][0]["learning_rate"] == 3e-4 and asked[0][0]["dataset"] == desk.job.values["dataset"]
    assert asked[0][1:] == (180.0, 1) and "output_folder" not in asked[0][0]
    here[3e-4] = scored(np.r_[np.ones(39), 0])
    rows = scoring.board(folder, desk, scoring.Memory({}, {}), confirm=1)
    assert rows[0].name == "ann" and rows[0].again == "run again here: 97.5%" and rows[1].again == ""
    assert len(asked) == 3
    scoring.board(folder, desk, memory, confirm=1)
    assert len(asked) == 3  # what was found is kept


def test_the_page_loads_nothing_and_shows_names_as_they_are():
    rows = [leagues.Row("<script>alert(1)</script>", 1, scored([1, 0])), leagues.Row("b", 1, scored([0, 1])),
            leagues.Row("c", 0, None, trouble="<img src=http://x>")]  # fmt: skip
    page = league_page.page(league(), rows)
    assert not re.search(r"""<(script|img|link|iframe)|(src|href)\s*=\s*['"]|url\(""", page)
    assert "&lt;script&gt;" in page and "1=" in page and "http-equiv='refresh'" in page


@pytest.fixture(scope="module")
def small_startup(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    leagues.start("startup", folder, None, seed=0)
    return folder


def test_plans_are_checked_and_a_report_table_is_an_entry(small_startup):
    rules = leagues.load(small_startup / leagues.SETTINGS)
    desk = scoring.open_desk(rules, small_startup, None)
    assert desk.startup.settings.cash == rules.settings["cash"]
    plan = planning.plan_by_hand(tables.load_startup(small_startup / leagues.STARTUP))
    sheets = {"sheet": staffing.sheet(plan), "report": views.schedule(plan).reset_index()}
    sheets["short"] = sheets["sheet"].iloc[:-1]
    sheets["unknown"] = sheets["sheet"].assign(people="Nobody")
    sheets["no column"] = sheets["sheet"][["task"]]
    for name, sheet in sheets.items():
        (small_startup / name).mkdir()
        sheet.to_csv(small_startup / name / leagues.PLAN, index=False)
    rows = {row.name: row for row in scoring.board(small_startup, desk, scoring.Memory({}, {}))}
    assert {row.name for row in rows.values() if row.scored} == {"sheet", "report"}
    assert rows["report"].scored.value == rows["sheet"].scored.value == plan.end and rows["sheet"].place == 1
    assert rows["sheet"].again == "checked here" and 0 < rows["sheet"].scored.used < 1
    poor = scoring.open_desk(rules, small_startup, None)
    settings = poor.startup.settings.model_copy(update={"cash": 1000.0})
    poor = poor._replace(startup=dataclasses.replace(poor.startup, settings=settings))
    assert "are spent until delivery" in scoring.score(small_startup / "sheet", poor)
    assert "has no row" in rows["short"].trouble and "nobody is called" in rows["unknown"].trouble
    assert "no column people" in rows["no column"].trouble


def test_the_command_begins_a_league_and_writes_its_page(tmp_path):
    run = CliRunner().invoke
    begun = run(main, ["workshop", "league", str(tmp_path / "r"), "--start", "startup"])
    assert begun.exit_code == 0 and "plan.csv" in begun.output
    shown = run(main, ["workshop", "league", str(tmp_path / "r")])
    assert shown.exit_code == 0 and (tmp_path / "r" / "league.html").is_file(), shown.output
    assert run(main, ["workshop", "league", str(tmp_path / "none")]).exit_code != 0
