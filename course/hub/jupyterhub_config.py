"""A room on one machine: every seat a JupyterLab with a copy of the course of its own. `make hub` starts it.

From the environment: HUB_SEATS (6), HUB_PASSWORD (made up and printed if none), HUB_ADDRESS (http://127.0.0.1:8000:
this machine alone), HUB_IDLE_S (3600), HUB_FOLDER (.hub). A file of your own may begin with `load_subconfig` of this.
"""

import os
import secrets
import sys
from pathlib import Path

import psutil

SHARED = ("TALENTLAB_ROOM", "TALENTLAB_STATES")  # folders: who is where, and kept trainings
c = get_config()  # noqa: F821 (JupyterHub calls this file with it)
root = Path(__file__).resolve().parents[2]
state = Path(os.environ.get("HUB_FOLDER", root / ".hub")).resolve()
seats, idle_s = int(os.environ.get("HUB_SEATS", 6)), int(os.environ.get("HUB_IDLE_S", 3600))
address = os.environ.get("HUB_ADDRESS", "http://127.0.0.1:8000")
password = os.environ.get("HUB_PASSWORD") or secrets.token_hex(4)
state.mkdir(mode=0o700, parents=True, exist_ok=True)
if not (token := state / "token").exists():
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(24))

c.JupyterHub.bind_url = address
c.JupyterHub.db_url = f"sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(root / ".workshop/node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

# one password for the room, any name; who teaches has a long one
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password
c.SharedPasswordAuthenticator.admin_password = token.read_text()
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"instructor"}
c.Authenticator.username_pattern = "[a-z0-9_-]{1,32}"  # it becomes the name of a folder

# A seat is a process of this account in a folder of its own: nothing keeps one seat from another's files.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{state}/seats/{{username}}"
memory_mib = max(5000, psutil.virtual_memory().total * 0.8 / 2**20 / seats)  # reserved is twice what is used
threads = max(1, (psutil.cpu_count() or 1) // seats)  # with more of them the seats wait for each other
c.Spawner.cmd = [str(root / ".venv/bin/python"), str(Path(__file__).with_name("seat.py")), f"{memory_mib:.0f}"]
c.Spawner.environment = {
    "TALENTLAB_LANGUAGE": os.environ.get("TALENTLAB_LANGUAGE", "en"),
    "XDG_CACHE_HOME": str(state / "cache"),  # fonts and converted models, made once for all
    "TALENTLAB_SEAT": lambda spawner: spawner.user.name,
    **{name: str(Path(os.environ[name]).resolve()) for name in SHARED if name in os.environ},
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads)),
}
chinese = os.environ.get("TALENTLAB_LANGUAGE") == "zh"
c.Spawner.default_url = f"/lab/tree/work/{'zh/' if chinese else ''}00_start.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # the whole room comes at the same minute

# what nobody uses goes: a kernel a quarter of an hour after its tab was closed, a seat after an hour
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=900"]
c.JupyterHub.services = [
    {"name": "culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={idle_s}"]},
    {"name": "rehearsal", "api_token": token.read_text()},
]
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["culler"],
    },
    {"name": "rehearsal", "scopes": ["admin:users", "admin:servers", "access:servers"], "services": ["rehearsal"]},
]
print(f"\n    {address}   password {password}   {threads} threads and {memory_mib:,.0f} MiB a seat\n", file=sys.stderr)
