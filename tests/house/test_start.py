"""Every process of the system starts by reading the same modules: nothing heavy is among them."""

import subprocess
import sys

HEAVY = ("numba", "scipy", "sklearn", "pandas", "river", "dash", "plotly", "faust")


def test_a_process_starts_without_what_few_of_them_need():
    program = (
        "import sys, telassure.app.cli.main; from telassure.access import passwords;"
        f" print(*[name for name in {HEAVY!r} if name in sys.modules], passwords._nobodys.cache_info().currsize)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0"]
