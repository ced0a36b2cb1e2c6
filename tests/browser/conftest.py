"""JupyterLab on a free port, over a copy of the notebooks, and a headless Chromium to look at it."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "artifacts" / "screenshots"


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: install one, for example `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Address and root folder of a running JupyterLab."""
    root = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", root, dirs_exist_ok=True)
    for path in root.rglob("*.ipynb"):  # without counts, so that a number in a prompt is one of this run
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = None
        nbformat.write(notebook, path)
    # Cells out of view are otherwise not in the page, and cannot be looked at; nor are there news without a network.
    for plugin, settings in {
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }.items():
        file = root / ".settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings))
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={root}", f"--LabApp.user_settings_dir={root / '.settings'}",
        "--LabServerApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    log = (root / "server.log").open("w+")
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield _address(root / "server.log"), root
    finally:
        server.terminate()
        server.wait(60)


def _address(log: Path) -> str:
    for _ in range(1200):
        time.sleep(0.5)
        for word in log.read_text().split():
            if word.startswith("http://localhost:"):
                address = word.split("/lab")[0]
                urllib.request.urlopen(f"{address}/api").read()
                return address
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")
