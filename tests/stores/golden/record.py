"""Records what a release before this one leaves half way: `python tests/stores/golden/record.py COMMIT NAME`.

The first half of the scenario is run by that commit's code, taken from the history into a temporary folder; each of its
databases is written into the folder NAME here as SQL text, which restores it byte for byte as far as a program can see.
"""

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FIRST, PREVIOUS = "870a285", "d89d168"
RECORDED = ("state_0001", "before-move")
"""The releases of which there is a recording, the oldest first."""
DATABASES = ("log", "detection", "charging", "assurance")


def checked_out(commit: str, folder: Path) -> Path:
    """The tree of a commit, without its history."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)
    return folder


def record(commit: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        release, home = Path(place) / "release", Path(place) / "home"
        release.mkdir()
        command = [sys.executable, str(HERE / "scenario.py"), str(home), "first"]
        subprocess.run(command, cwd=checked_out(commit, release), check=True, stdout=subprocess.DEVNULL)
        (HERE / name).mkdir(exist_ok=True)
        for each in DATABASES:
            database = sqlite3.connect(home / f"{each}.db")
            text = "\n".join(line for line in database.iterdump() if "sqlite_sequence" not in line)
            database.close()
            (HERE / name / f"{each}.sql").write_text(text + "\n", encoding="utf-8")


def restore(home: Path, release: str) -> None:
    """The recorded databases of a release, in the files of a home."""
    home.mkdir(parents=True, exist_ok=True)
    for name in DATABASES:
        database = sqlite3.connect(home / f"{name}.db")
        database.executescript((HERE / release / f"{name}.sql").read_text(encoding="utf-8"))
        database.close()


if __name__ == "__main__":
    record(sys.argv[1], sys.argv[2])
