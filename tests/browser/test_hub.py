"""A room on one machine: seats log in through a browser, run a notebook at once, and are stopped when nobody is there.

With ROOM_SEATS=6 ROOM_CHAPTER=05_project_practice it is the room of which course/results.md speaks; -s shows its table.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import nbformat
import psutil
import pytest

from conftest import KERNEL_IS_READY, ROOT, SCREENSHOTS
from talentlab.experiments import rehearsal

SEATS, CHAPTER = int(os.environ.get("ROOM_SEATS", 2)), os.environ.get("ROOM_CHAPTER", "")
IDLE_S = 120 if CHAPTER else 20
PROXY = ROOT / ".workshop" / "node_modules" / ".bin" / "configurable-http-proxy"
# where a seat's course is, its threads, and that its memory ends long before the machine's
CELLS = [
    "import os\nfrom talentlab import runtime\nprint(runtime.repository_root(), os.environ['OMP_NUM_THREADS'])",
    "import resource\ntry:\n    bytearray(resource.getrlimit(resource.RLIMIT_DATA)[0])\n"
    "except MemoryError:\n    print('no more memory')",
    "!talentlab params 05 | head -1",
]
pytestmark = pytest.mark.skipif(not PROXY.exists(), reason="no configurable-http-proxy: `make hub` gets it by npm")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A hub as `make hub` starts it, in a folder of its own and on free ports: its address and folder."""
    folder = tmp_path_factory.mktemp("hub")
    ports = [free_port() for _ in range(3)]
    address, config = f"http://127.0.0.1:{ports[0]}", folder / "config.py"
    config.write_text(
        f"load_subconfig({str(ROOT / 'course' / 'hub' / 'jupyterhub_config.py')!r})\n"
        f"c.ConfigurableHTTPProxy.api_url, c.JupyterHub.hub_port = 'http://127.0.0.1:{ports[1]}', {ports[2]}\n"
        "c.Spawner.args = [*c.Spawner.args, '--allow-root', '--LabApp.expose_app_in_browser=True']\n"
        "c.Spawner.environment['JUPYTERHUB_ACTIVITY_INTERVAL'], c.JupyterHub.last_activity_interval = '2', 2\n"
    )
    settings = {
        "SEATS": str(SEATS),
        "PASSWORD": "open sesame",
        "ADDRESS": address,
        "FOLDER": str(folder),
        "IDLE_S": str(IDLE_S),
    }
    environment = {**os.environ, **{f"HUB_{name}": value for name, value in settings.items()}}
    with (folder / "log").open("w") as log:
        command = [ROOT / ".workshop" / "bin" / "jupyterhub", "-f", config]
        hub = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(600):
            time.sleep(0.2)
            if "JupyterHub is now running" in (folder / "log").read_text():
                break
        else:
            raise AssertionError((folder / "log").read_text())
        yield address, folder
    finally:
        hub.send_signal(signal.SIGTERM)  # it stops its seats, its proxy and its culler
        hub.wait(120)
        shutil.rmtree(folder / "seats", ignore_errors=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(room, path):
    headers = {"Authorization": f"token {(room[1] / 'token').read_text()}"}
    with urllib.request.urlopen(urllib.request.Request(f"{room[0]}/hub/api/{path}", headers=headers)) as answer:
        return json.loads(answer.read())


def processes(room, name):
    """Of a seat: its server and kernels."""
    home = room[1] / "seats" / name
    for process in psutil.process_iter():
        try:
            if "seat.py" in " ".join(process.cmdline()) and Path(process.cwd()).is_relative_to(home):
                return [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    return []


def memory_mib(room, name):
    total = 0
    for process in processes(room, name):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / 2**20


def log_in(page, address, name, password, then=""):
    page.goto(f"{address}/hub/login{then}")
    page.fill("#username_input", name)
    page.fill("#password_input", password)
    page.click("#login_submit")


def write_settings(home):
    """All cells in the page, also those out of view: else their outputs cannot be looked at."""
    file = home / ".jupyter/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"windowingMode": "none"}))


def write_notebook(path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def test_a_wrong_password_opens_no_seat_and_the_rooms_not_the_instructors(room, browser):
    page = browser.new_page()
    for name, password in (("stranger", "open barley"), ("instructor", "open sesame")):
        log_in(page, room[0], name, password)
        page.locator("text=Invalid username or password").wait_for()
    assert not (room[1] / "seats").exists()
    log_in(page, room[0], "instructor", (room[1] / "token").read_text(), then="?next=%2Fhub%2Fadmin")
    page.locator("text=Shutdown Hub").wait_for()
    page.close()


def test_seats_log_in_run_a_notebook_at_once_and_are_stopped_when_nobody_is_there(room, browser):
    address, folder = room
    names = [f"seat-{number}" for number in range(1, SEATS + 1)]
    pages = {name: browser.new_context(viewport={"width": 1400, "height": 1000}).new_page() for name in names}
    start, ready_s, ran_s = time.monotonic(), {}, {}
    for name, page in pages.items():
        write_settings(folder / "seats" / name)
        page.set_default_timeout(600_000)  # only a guard against hanging
        log_in(page, address, name, "open sesame")
    for name, page in pages.items():
        page.wait_for_url(f"**/user/{name}/lab/tree/work/00_start.ipynb*")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        ready_s[name] = time.monotonic() - start
        own = CHAPTER or "room"
        if not CHAPTER:
            write_notebook(folder / "seats" / name / "talentlab" / "work" / "room.ipynb")
        page.goto(f"{address}/user/{name}/lab/workspaces/{name}/tree/work/{own}.ipynb", wait_until="domcontentloaded")
    for page in pages.values():
        page.wait_for_function(KERNEL_IS_READY)
    start = time.monotonic()
    for page in pages.values():
        page.locator(".lm-MenuBar-item", has_text="Run").first.click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    peak = dict.fromkeys(names, 0.0)
    while len(ran_s) < SEATS:
        assert time.monotonic() - start < 3600
        time.sleep(1)
        for name in names:
            peak[name] = max(peak[name], memory_mib(room, name))
            prompts = pages[name].locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
            if name not in ran_s and prompts and all(text.strip("[]: ").isdigit() for text in prompts):
                ran_s[name] = time.monotonic() - start
    for name, page in pages.items():
        print(f"{name}: ready after {ready_s[name]:.0f} s, ran {ran_s[name]:.0f} s, {peak[name]:,.0f} MiB")
        outputs = page.locator(".jp-OutputArea-output")
        assert page.locator(".Toastify__toast", has_text="news").count() == 0
        assert page.locator('.jp-OutputArea-output[data-mime-type*="stderr"]', has_text="Error").count() == 0
        if not CHAPTER:
            seen = " ".join(outputs.all_inner_texts())
            assert f"{folder / 'seats' / name / 'talentlab'} {max(1, psutil.cpu_count() // SEATS)}" in seen
            assert "no more memory" in seen and "dataset: str" in seen
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pages[names[0]].screenshot(path=SCREENSHOTS / "hub_seat.png")
    assert all(ask(room, f"users/{name}")["servers"] for name in names)  # nobody was stopped at work
    for page in pages.values():
        page.context.close()
    left = time.monotonic()
    while any(ask(room, f"users/{name}")["servers"] for name in names):
        assert time.monotonic() - left < 3 * IDLE_S + 60
        time.sleep(1)
    assert not any(processes(room, name) for name in names)


def test_a_rehearsal_sits_on_the_hubs_seats_and_leaves_them_stopped(room, tmp_path):
    write_notebook(tmp_path / "room.ipynb")
    token = (room[1] / "token").read_text()
    seats = rehearsal.rehearse(2, str(tmp_path / "room.ipynb"), stagger_s=1, on=room[0], token=token)
    assert not rehearsal.first_trouble(seats) and all(seat.told["memory_mib"] > 100 for seat in seats)
    bad = tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), bad)
    assert "ZeroDivisionError" in rehearsal.first_trouble(rehearsal.rehearse(1, str(bad), on=room[0], token=token))
    for _ in range(60):
        if not any(ask(room, f"users/rehearsal-{number}")["servers"] for number in (1, 2)):
            return
        time.sleep(1)
    raise AssertionError("a seat still runs")
