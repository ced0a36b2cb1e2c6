"""Rehearsals: are all seats run at once, and is what breaks told?"""

import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.errors import ParameterError
from talentlab.experiments import rehearsal
from talentlab.experiments.rehearsal import Seat


def test_seats_run_beside_each_other_and_each_is_measured(write_notebook):
    seats = rehearsal.rehearse(
        3,
        str(write_notebook("x: int = 1  # a number", "import time; time.sleep(2); print(__import__('os').getpid())")),
        stagger_s=0.1,
    )
    assert len(seats) == 3 and all(seat.waited_s > 2 and seat.memory_mib > 20 and not seat.trouble for seat in seats)


def test_a_seat_that_breaks_is_named_and_the_command_fails(write_notebook):
    path = str(write_notebook("x: int = 1  # a number", "raise ValueError('no such file')"))
    done = CliRunner().invoke(main, ["workshop", "rehearse", "--seats", "2", "--chapter", path, "--stagger", "0"])
    assert done.exit_code == 1 and "2 of 2 seats broke" in done.output and "no such file" in done.output


def test_the_memory_carries_what_leaves_a_fifth_free():
    assert rehearsal.carried([Seat(60, 1000, ""), Seat(70, 800, "")], memory_mib=10_000) == 8
    assert rehearsal.carried([Seat(60, 1000, ""), Seat(70, 0, "died")], memory_mib=10_000) == 0


def test_no_seat_is_no_rehearsal():
    with pytest.raises(ParameterError, match="0 seats"):
        rehearsal.rehearse(0)
