"""`telassure bench detect` with its rounds to choose: python -m benchmarks.detect [--series 100000] [--rounds 5]"""

import argparse
import json

from telassure.evaluation.detect import measure


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--series", type=int, default=100_000)
    ask.add_argument("--rounds", type=int, default=5)
    chosen = ask.parse_args()
    print(json.dumps(measure(chosen.series, chosen.rounds)))


if __name__ == "__main__":
    main()
