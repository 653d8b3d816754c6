"""What each channel contributed adds up to the score, from the kernel to the point that is kept."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detection import layout
from models.detection.layout import BAND, JUMP, LEVEL, NOTHING, RANGE, RHYTHM
from telassure.kernel.events import PolicyValue, ScoredPoints
from telassure.kernel.events.shares import CHANNELS, STEPS, UNKNOWN, codes_of, contributions, shares_of
from telassure.kernel.instant import DAY, HOUR
from tests.operators.test_anomaly import LIVE, Site, faulted, throughput

PARTS = st.floats(0.0, 1_000.0, width=32).map(lambda part: part if part > 1e-30 else 0.0)


def test_the_channels_have_the_names_of_their_numbers() -> None:
    assert [CHANNELS.index(name.lower()) for name in ("JUMP", "LEVEL", "RHYTHM", "BAND", "RANGE")] == [
        JUMP, LEVEL, RHYTHM, BAND, RANGE,
    ]  # fmt: skip
    assert NOTHING not in range(len(CHANNELS))
    assert layout.CHANNELS == 3


@given(parts=arrays(np.float32, (8, 3), elements=PARTS), held=st.sampled_from([1.0, 0.01]))
@settings(max_examples=200, deadline=None, database=None)
def test_contributions_add_up_to_the_score_and_are_known_to_a_step(parts: np.ndarray, held: float) -> None:
    whole = parts.sum(axis=1, dtype=np.float64)
    score = whole * held  # a score that a policy holds down divides as it would have
    loudest = np.where(score > 0, parts.argmax(axis=1), NOTHING).astype(np.uint8)

    found = contributions(codes_of(loudest, parts, score), score)

    np.testing.assert_allclose(found.sum(axis=1), score, rtol=1e-12)
    exact = parts * held
    assert (np.abs(found[:, :3] - exact) <= score[:, np.newaxis] / STEPS * (1 + 1e-5)).all()
    assert (found >= 0).all()


@given(
    channel=arrays(np.uint8, 8),
    parts=arrays(np.float32, (8, 3), elements=st.floats(width=32)),
    score=arrays(np.float64, 8, elements=st.floats(max_value=1e300)),
)
@settings(max_examples=300, deadline=None, database=None)
def test_whatever_the_parts_the_shares_are_of_this_score_or_not_known(
    channel: np.ndarray, parts: np.ndarray, score: np.ndarray
) -> None:
    codes = codes_of(channel, parts, score)
    with np.errstate(over="ignore"):
        kept = score.astype(np.float32)
    shares = shares_of(codes)
    known = codes != UNKNOWN

    assert (kept[known] > 0).all()
    assert np.isfinite(shares[known]).all()
    np.testing.assert_allclose(shares[known].sum(axis=1), 1, rtol=1e-12)
    assert (known <= (channel < len(CHANNELS))).all()
    assert (np.isfinite(parts).all(axis=1) | ~known | (channel >= BAND)).all()
    assert ((parts >= 0).all(axis=1) | ~known | (channel >= BAND)).all()


def test_the_band_and_the_range_have_the_whole_score_whatever_was_new() -> None:
    codes = codes_of(np.array([BAND, RANGE], np.uint8), np.full((2, 3), 0.5, np.float32), np.array([2.0, 10.0]))

    assert contributions(codes, np.array([2.0, 10.0])).tolist() == [[0, 0, 0, 2, 0], [0, 0, 0, 0, 10]]


def test_no_score_has_nothing_and_a_score_whose_parts_were_not_kept_is_not_known() -> None:
    score = np.array([np.nan, 0.0])
    codes = codes_of(np.full(2, NOTHING, np.uint8), np.zeros((2, 3), np.float32), score)

    assert codes.tolist() == [UNKNOWN, UNKNOWN]
    np.testing.assert_array_equal(contributions(codes, score), [[np.nan] * 5, [0.0] * 5])
    assert np.isnan(contributions(np.array([UNKNOWN], np.uint8), np.array([2.0]))).all()


def test_every_scored_point_says_what_each_channel_contributed() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "highest", "500"), PolicyValue("detection", "profile", "sensitive")])
    site.learn()
    site.take(faulted(LIVE, LIVE + 6 * HOUR, 0.2), faulted(LIVE + 6 * HOUR, LIVE + 2 * DAY, 1.0))
    site.take(throughput(np.array([LIVE + 2 * DAY + HOUR]), np.array([501.0])))

    points = site.emitted(ScoredPoints)
    score, codes = (np.concatenate([getattr(p, name) for p in points]) for name in ("score", "shares"))
    found = contributions(codes, score)

    assert ((codes == UNKNOWN) == ~(score > 0)).all()
    np.testing.assert_allclose(found.sum(axis=1), score, rtol=1e-12)
    told = {CHANNELS[number] for number in shares_of(codes[score > 1]).argmax(axis=1)}
    assert told >= {"jump", "band", "range"}
    assert CHANNELS[shares_of(codes[-1:]).argmax()] == "range"
