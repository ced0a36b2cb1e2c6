"""`make lab` in a copy of the checkout, on a free port, and a headless Chromium to look at it."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "artifacts" / "screenshots"
# JupyterLab says idle before there is a kernel; whoever runs a cell then is asked to select one
KERNEL_IS_READY = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
    return session?.kernel?.connectionStatus === "connected" && session.kernel.status === "idle";
}"""


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: install one, for example `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        open_page = browser.new_page

        def new_page(**settings):
            page = open_page(**settings)
            page.set_default_timeout(300_000)  # only a guard against hanging
            return page

        browser.new_page = new_page
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Address of a JupyterLab that `make lab` opened, and its root: a copy, where no learner's work is."""
    root, config = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("config")
    for name in ("course", "lib", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "README.md"):
        shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    server_config = {
        "ServerApp": {"port": 0, "allow_root": True, "open_browser": False}, "IdentityProvider": {"token": ""},
        "ExtensionApp": {"open_browser": False}, "LabApp": {"open_browser": False, "expose_app_in_browser": True},
        "LabServerApp": {"check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }  # fmt: skip
    for name in ("server", "lab"):
        (config / f"jupyter_{name}_config.json").write_text(json.dumps(server_config))
    # Cells out of view are otherwise not in the page, and cannot be looked at.
    file = config / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"windowingMode": "none"}))
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "PYTHONPATH": str(root / "lib")}
    environment.pop("MAKEFLAGS", None)  # --output-sync of the make that runs the tests would hold back what it says
    log = (config / "server.log").open("w+")
    server = subprocess.Popen(  # .venv is this checkout's own, so there is nothing to install
        ["make", "-o", ".venv/.dev", "lab"], cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield _address(config / "server.log"), root
    finally:
        os.killpg(server.pid, signal.SIGTERM)
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
