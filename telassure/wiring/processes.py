"""How this installation starts a process of its own: the same interpreter, the same command, nothing of the folder."""

import sys


def own_command(*arguments: str) -> list[str]:
    """The `telassure` command with these arguments. Python would look for modules in the working folder first (an
    `http.py` there would stand for the standard library's): `-P` leaves that folder out.

    >>> own_command("worker")[1:]
    ['-P', '-m', 'telassure', 'worker']
    """
    return [sys.executable, "-P", "-m", "telassure", *arguments]
