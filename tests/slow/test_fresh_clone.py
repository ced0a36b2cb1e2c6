"""What a newcomer does: clone, `make run`, the README's commands; and whether environment.yml installs the same."""

import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# Commands of the README that are not run here, with the reason.
NOT_RUN = {
    "make lab": "opens a browser",
    "make run": "was run for the fixture `made`",
    "make test": "is what runs the tests",
    "talentlab sweep 05 -g learning_rate=1e-4,2e-4 -g seed=0:3": "six trainings; sweeps are tested on small notebooks",
    "talentlab sweep 05 -g learning_rate=1e-5..1e-3:log --bayes --metric f1": "thirty trainings",
    "talentlab compare ID1 ID2": "ID1 and ID2 stand for runs",
    "talentlab serve ID": "ID stands for a run; the service is tested with the unit tests and in the browser",
}


def run(command, folder, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "VIRTUAL_ENV", "TALENTLAB"))}
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh") / "talent-lab"
    run(f"git clone --quiet {ROOT} {folder}", ROOT)
    return folder


@pytest.fixture(scope="module")
def made(clone):
    """What `make run` prints in a fresh clone without an environment."""
    return run("make run", clone)


def test_make_run_ends_with_results_files_and_what_to_do_next(clone, made):
    for name in ("accuracy", "precision", "recall", "f1"):
        assert re.search(rf"^{name}\s+\d+\.\d%\s+\d+\.\d% – \d+\.\d%", made, re.MULTILINE), made
    assert "85%" in made and "90%" in made and "make lab" in made
    (folder,) = (clone / "runs").iterdir()
    assert {"05_project_practice.ipynb", "05_project_practice.html", "record.json", "model"} <= {
        p.name for p in folder.iterdir()
    }
    assert (folder / "model" / "model.safetensors").stat().st_size > 50e6


def test_the_readmes_commands_run_as_printed(clone, made, readme_commands):
    """All of them but those that `NOT_RUN` names, and it names none that the README does not have."""
    assert set(NOT_RUN) <= set(readme_commands)
    commands = [command for command in readme_commands if command not in NOT_RUN]
    assert len(commands) >= 7
    run("make .venv/.dev", clone)  # what `make lab`, the first of them, sets up
    for command in commands:
        run(f"export PATH={clone}/.venv/bin:$PATH; {command}", clone)


def test_environment_yml_installs_exactly_the_pinned_set(clone, tmp_path):
    """A plain venv from the pip section; conda itself only brings Python and pip."""
    shutil.rmtree(clone / ".venv", ignore_errors=True)  # with a GPU build of torch, three at once fill a small disk
    sections = yaml.safe_load((clone / "environment.yml").read_text())["dependencies"]
    requirements = next(part["pip"] for part in sections if isinstance(part, dict))
    (clone / "requirements-of-the-test.txt").write_text("\n".join(requirements) + "\n")
    venv.create(tmp_path / "venv", with_pip=True)
    pip = f"{tmp_path}/venv/bin/python -m pip --disable-pip-version-check"
    run(f"{pip} install --quiet -r requirements-of-the-test.txt", clone)
    frozen = run(f"{pip} freeze --exclude-editable", clone).splitlines()

    def comparable(lines):
        pairs = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
        gpu = re.compile(r"(nvidia-|cuda-|triton)")  # what a GPU build of torch brings along
        return {name.lower(): version.split("+")[0] for name, version in pairs.items() if not gpu.match(name.lower())}

    assert comparable(frozen) == comparable((clone / "constraints.txt").read_text().splitlines())
