"""Noise of any shape makes few incidents of elements: what their KPIs do together is held against their own hours."""

import numpy as np
import pytest

from telassure.evaluation.elements.labelled import LabelledElement
from telassure.evaluation.elements.told import told_of
from telassure.kernel.instant import DAY, MINUTE
from tests.models.detection_shapes import MONDAY

DAYS = 12
MOST = 0.15  # false incidents an element-day
TIME = np.arange(MONDAY, MONDAY + DAYS * DAY, 15 * MINUTE, dtype=np.int64)
SWING = 10 * np.sin(2 * np.pi * TIME / DAY)[:, None]


def noise(shape: str, kpis: int, seed: int) -> np.ndarray:
    random, size = np.random.default_rng(seed), (len(TIME), kpis)
    shapes = {
        "normal": lambda: random.normal(size=size),
        "heavy": lambda: random.standard_t(3, size=size),
        "counts": lambda: random.poisson(0.3, size=size).astype(np.float64),
        "common": lambda: SWING + random.normal(size=size) + 2 * random.normal(size=(len(TIME), 1)),
        "states": lambda: random.choice([0.0, 1.0], size=(len(TIME), 1)) + random.normal(0, 0.01, size),
    }
    return shapes[shape]()


@pytest.mark.parametrize("shape", ["normal", "heavy", "counts", "common", "states"])
@pytest.mark.parametrize("kpis", [2, 10, 30])
def test_noise_makes_no_more_incidents_of_an_element_than_are_allowed_a_day(shape: str, kpis: int) -> None:
    names = tuple(f"kpi{number}" for number in range(kpis))
    told = [told_of(LabelledElement(f"e{n}", names, TIME, noise(shape, kpis, n), ())) for n in range(3)]

    assert sum(len(run.element.opened) for run in told) / (3 * DAYS) <= MOST
