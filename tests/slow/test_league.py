"""A league of one seat on few texts: its run, the score, and the run again on this machine."""

import re

import pandas as pd
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.runtime import repository_root

RULES = """
kind: runs
title: {en: A short league}
chapter: 05_project_practice
held_back: 60
budget_cpu_s: 600
fixed: {model_name: minilm}
"""
SHORT = ["-p", "num_epochs=1", "-p", "freeze=all_but_head", "-p", "max_length=32"]


def run(*words):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_run_is_scored_and_confirmed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    room, labels, rules, texts = (tmp_path / name for name in ("room", "labels.csv", "rules.yaml", "few.csv"))
    rules.write_text(RULES)
    pd.read_csv(repository_root() / "course" / "data" / "reviews.csv").groupby("split").head(120).to_csv(
        texts, index=False
    )
    told = run("workshop", "league", room, "--start", rules, "--held-back", labels, "--texts", texts)
    assert f"dataset={room}/texts.csv" in told
    run("run", "05", "--threads", 1, "-p", f"dataset={room}/texts.csv", "--runs-folder", room / "ann", *SHORT)
    said = run("workshop", "league", room, "--held-back", labels, "--confirm", 1)
    found = re.search(r"1 ann: ([\d.]+)% \[.*\] run again here: ([\d.]+)%", said)
    assert found and abs(float(found[1]) - float(found[2])) < 5, said  # the same seed, on the same machine
    assert "run again here" in (room / "league.html").read_text(encoding="utf-8")
