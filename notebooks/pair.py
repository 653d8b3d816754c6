"""Writes each text notebook (percent format) beside itself as .ipynb, without outputs: `python notebooks/pair.py`."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def cells(text: str) -> list[dict[str, object]]:
    """The cells of a percent-format text, as nbformat 4.5 has them."""
    found = []
    for number, block in enumerate(text.split("# %%")[1:]):
        head, _, body = block.partition("\n")
        lines = body.strip("\n").split("\n")
        if "[markdown]" in head:
            source = [line.removeprefix("#").removeprefix(" ") for line in lines]
            cell = {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}}
        else:
            source = lines
            empty = {"execution_count": None, "outputs": []}
            cell = {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, **empty}
        cell["source"] = [line + "\n" for line in source[:-1]] + source[-1:]
        found.append(cell)
    return found


def notebook(text: str) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    body = {"cells": cells(text), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1) + "\n"


if __name__ == "__main__":
    for path in HERE.glob("*.py"):
        if path != Path(__file__):
            path.with_suffix(".ipynb").write_text(notebook(path.read_text()))
