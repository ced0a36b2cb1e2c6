"""The record: a chapter at a size that decides, on public data; what it found about the document's claims is kept.

    export DATA=../shared/data
    python tests/bench/record.py 01 --claims 1-performance,1-transfer --data "SST-2, five seeds" -- \
        -p dataset=$DATA/sst2 -p sizes=160,1000 -p seeds=0,1,2,3,4

Runs `talentlab run 01 …` and writes each claim named, with its measurement and verdict, into
`course/data/records/<chapter>.csv`; a claim that is there is replaced. Only numbers are kept, no text of the data.
"""

import argparse
import csv
import os
import platform
import sys
from datetime import date
from pathlib import Path

from talentlab.course import claims
from talentlab.experiments import runs
from talentlab.experiments.records import describe_environment
from talentlab.runtime import repository_root

COLUMNS = ["claim", "measured", "verdict", "data", "command", "commit", "machine", "date"]


def processor() -> str:
    """Its name where Linux tells it, else its kind."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def keep(chapter: str, found: dict[str, dict[str, str]], common: dict[str, str]) -> None:
    """Write claims into the chapter's file of the record; one that is there is replaced.

    Args:
        chapter: Its slug.
        found: Claim → `measured` and `verdict`.
        common: `data` and `command` of all of them.
    """
    environment = describe_environment()
    commit = environment["git"].get("commit", "")[:10] + ("+" if environment["git"].get("dirty") else "")
    where = {"commit": commit, "machine": f"{environment['cores']} cores, {processor()}",
             "date": date.today().isoformat()}  # fmt: skip
    path = repository_root() / "course" / "data" / "records" / f"{chapter}.csv"
    path.parent.mkdir(exist_ok=True)
    rows = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["claim"]: row for row in csv.DictReader(file)}
    rows |= {name: {"claim": name, **row, **common, **where} for name, row in found.items()}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))


def main() -> None:
    own, options = sys.argv[1:], []
    if "--" in own:
        own, options = own[: own.index("--")], own[own.index("--") + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapter")
    parser.add_argument("--claims", required=True, help="ids of course/outline.yaml, separated by commas")
    parser.add_argument("--data", required=True, help="the data in words, such as 'SST-2, five seeds'")
    args = parser.parse_args(own)
    asked = args.claims.split(",")
    if unknown := [name for name in asked if name not in claims.outline()["claims"]]:
        parser.error(f"no such claims: {', '.join(unknown)}")
    given = dict(option.split("=", 1) for option in options if option != "-p")
    done = runs.run(args.chapter, given, runs_folder=Path("runs") / "records")
    found = {claim["claim"]: claim for claim in done.record["claims"]}
    if missing := [name for name in asked if name not in found]:
        sys.exit(f"the run recorded {sorted(found)}, not {missing}; its folder is {done.folder}")
    data = os.environ.get("DATA", "../shared/data")
    command = f"talentlab run {args.chapter} {' '.join(options)}".replace(data, "$DATA")
    short = {name: found[name]["measured"].replace(f"{data}/", "") for name in asked}  # the data's name, not its folder
    rows = {name: {"measured": short[name], "verdict": found[name]["verdict"]} for name in asked}
    keep(done.record["chapter"], rows, {"data": args.data, "command": command})
    for name in asked:
        print(f"{name}: {found[name]['verdict']}: {short[name]}")


if __name__ == "__main__":
    main()
