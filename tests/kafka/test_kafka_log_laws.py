"""The laws of ports.EventLog for the log over Kafka: those of tests/stores that do not speak of trimming."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from telassure.store.kafka.log import KafkaEventLog
from telassure.store.memory import MemoryPositionLedger
from tests.kafka.fixtures import Cluster
from tests.stores.test_event_log_laws import (
    test_a_conflict_is_named_by_its_index_and_the_others_are_taken,
    test_a_letter_is_buried_again_without_complaint,
    test_a_position_is_taken_per_topology_and_source_whatever_the_partition,
    test_a_reading_goes_on_after_an_offset_within_its_bounds,
    test_a_repeat_is_counted_and_not_written,
    test_a_repeat_within_one_batch_counts_too,
    test_every_partition_and_topology_has_its_own_order,
    test_nothing_is_a_batch_too,
    test_trim_leaves_other_partitions_alone,
    test_what_was_appended_is_read_in_order_from_offset_one,
)

__all__ = [
    "test_a_conflict_is_named_by_its_index_and_the_others_are_taken",
    "test_a_letter_is_buried_again_without_complaint",
    "test_a_position_is_taken_per_topology_and_source_whatever_the_partition",
    "test_a_reading_goes_on_after_an_offset_within_its_bounds",
    "test_a_repeat_is_counted_and_not_written",
    "test_a_repeat_within_one_batch_counts_too",
    "test_every_partition_and_topology_has_its_own_order",
    "test_nothing_is_a_batch_too",
    "test_trim_leaves_other_partitions_alone",
    "test_what_was_appended_is_read_in_order_from_offset_one",
]


@pytest.fixture
def log(kafka: Cluster) -> Iterator[KafkaEventLog]:
    kafka.create("charging", "detection")
    with closing(KafkaEventLog(kafka.client, kafka.prefix, MemoryPositionLedger())) as found:
        yield found
