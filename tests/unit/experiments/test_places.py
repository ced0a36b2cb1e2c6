"""How many runs are under way on this machine, counted by several at once."""

from concurrent.futures import ThreadPoolExecutor

from filelock import FileLock

from talentlab.experiments.processes import take_a_place


def test_runs_are_counted_right_by_several_at_once_and_what_is_over_is_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "talentlab" / "running"
    folder.mkdir(parents=True)
    for number in range(300):
        (folder / f"{number}.lock").touch()

    def look(_):
        with take_a_place() as others:
            return others

    with FileLock(folder / "0.lock", thread_local=False), ThreadPoolExecutor(3) as pool:
        seen = set(pool.map(look, range(60)))
    assert 1 in seen <= {1, 2, 3}
    assert look(0) == 0 and len(list(folder.iterdir())) == 1  # its own
