"""Rehearsals: are all seats run at once, and is what breaks told?"""

import signal
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.errors import ParameterError
from talentlab.experiments import rehearsal
from talentlab.experiments.rehearsal import Seat

TRAINS = """
import time
class History: unit, seen, training_s = "tokens", 900, 3
history, end = History(), time.process_time() + 2
while time.process_time() < end: pass
"""


def seat(cpu_s=60.0, memory_mib=1000.0, trouble="", began_s=0.0):
    told = {"cpu_s": cpu_s, "memory_mib": memory_mib, "tokens_per_s": None, "cores": 2, "machine_mib": 10_000}
    return Seat(began_s, 60, {} if trouble else told, trouble)


def test_seats_run_beside_each_other_and_each_is_measured(write_notebook):
    seats = rehearsal.rehearse(3, str(write_notebook("x: int = 1  # a number", TRAINS)), stagger_s=0.1)
    assert len(seats) == 3 and not rehearsal.first_trouble(seats)
    for each in seats:
        assert each.waited_s > 2 and 2 < each.told["cpu_s"] < 20 and each.told["memory_mib"] > 20
    table = rehearsal.table(seats)
    assert list(table.index) == [1, 2, 3] and (table["tokens/s"] == 300).all() and (table["CPU [s]"] >= 2).all()


def test_the_last_seat_is_stopped_before_the_memory_is_full(write_notebook, monkeypatch):
    full = psutil.virtual_memory()._replace(available=1)
    monkeypatch.setattr(rehearsal.psutil, "virtual_memory", lambda: full)
    path = str(write_notebook("x: int = 1  # a number", "import time; time.sleep(900)"))
    (only,) = rehearsal.rehearse(1, path)
    assert "the memory of the machine was full" in only.trouble and only.waited_s < 800


def test_ctrl_c_ends_the_seats_that_run_and_those_that_wait(write_notebook, tmp_path):
    """In a process of its own: there the signal means what it means to a command, whatever ran before."""
    sits = tmp_path / "sits"
    path = write_notebook("x: int = 1  # a number", f"import time; open({str(sits)!r}, 'w'); time.sleep(500)")
    code = f"from talentlab.experiments import rehearsal; rehearsal.rehearse(2, {str(path)!r}, stagger_s=450)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # else inherited: ignored
    )  # fmt: skip
    while not sits.exists():
        assert process.poll() is None
        time.sleep(0.1)
    started, start = psutil.Process(process.pid).children(recursive=True), time.monotonic()
    (kernel,) = [each for each in started if "ipykernel_launcher" in each.cmdline()]
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=400)[1]
    assert "KeyboardInterrupt" in said and process.returncode == -signal.SIGINT and time.monotonic() - start < 400
    assert not kernel.is_running()


def test_a_seat_that_breaks_is_named_and_the_command_fails(write_notebook):
    path = str(write_notebook("x: int = 1  # a number", "raise ValueError('no such file')"))
    done = CliRunner().invoke(main, ["workshop", "rehearse", "--seats", "2", "--chapter", path, "--stagger", "0"])
    assert done.exit_code == 1 and "2 of 2 seats broke" in done.output and "no such file" in done.output


def test_what_broke_first_is_told_whoever_sat_there():
    late, early = seat(trouble="late", began_s=20), seat(trouble="early", began_s=5)
    assert rehearsal.first_trouble([late, seat(), early]) == "early"
    assert rehearsal.first_trouble([seat(), seat()]) == ""


def test_memory_and_cores_carry_so_many_seats():
    room = [seat(), seat(memory_mib=800)]
    assert rehearsal.carried(room) == 8  # a fifth is kept free
    assert rehearsal.carried(room, 120) == 4 and rehearsal.carried(room, 50) == 1
    assert rehearsal.carried(room, 600) == 8
    assert rehearsal.carried([*room, seat(trouble="died")]) == 0


def test_no_seat_is_no_rehearsal():
    with pytest.raises(ParameterError, match="0 seats"):
        rehearsal.rehearse(0)


def test_a_hub_that_does_not_answer_is_named(write_notebook):
    path = str(write_notebook("x: int = 1  # a number"))
    arguments = ["--chapter", path, "--on", "http://127.0.0.1:9", "--token", "none"]
    done = CliRunner().invoke(main, ["workshop", "rehearse", "--seats", "1", *arguments])
    assert done.exit_code == 1 and "No answer from http://127.0.0.1:9/" in done.output
