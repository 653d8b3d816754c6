"""Lets host tests import the reference operator by name, however pytest was started."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.kafka.fixtures import kafka, mock_kafka, real_kafka, secured_kafka  # noqa: E402  # after the path

__all__ = ["kafka", "mock_kafka", "real_kafka", "secured_kafka"]
