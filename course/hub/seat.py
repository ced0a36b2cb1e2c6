"""A seat of the room, before it is a JupyterLab: its copy of the course, its working copies, its limit of memory.

Called by JupyterHub, as the seat's account in its home, with the limit of each of its processes [MiB].
"""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

root, here = Path(__file__).resolve().parents[2], Path.home() / "talentlab"
if not here.exists():
    part = here.with_name("talentlab.part")
    shutil.rmtree(part, ignore_errors=True)  # of a start that was cut off
    for name in ("course", "lib", "notebooks"):
        shutil.copytree(root / name, part / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    part.rename(here)
os.environ["PYTHONPATH"] = str(here / "lib")  # this copy, not the installed one, for kernels and terminals
subprocess.run([Path(sys.executable).with_name("talentlab"), "work"], cwd=here, check=True, stdout=subprocess.DEVNULL)
limit = int(float(sys.argv.pop(1)) * 2**20)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
os.chdir(here)
# the learners' JupyterLab; JupyterHub itself comes from the instructor's environment, after everything else
sys.path.append(str(next((root / ".workshop" / "lib").glob("python*/site-packages"))))

from jupyterhub.singleuser import main  # noqa: E402

main()
