"""The capacity table follows from measured figures, and says where one is missing."""

from dataclasses import replace

from benchmarks.capacity import Network, plan, table, written

MEASURED = {
    "telemetry_points_per_second": 100_000.0,
    "alarms_per_second": 1_000.0,
    "usage_records_per_second": 10_000.0,
    "memory_base_bytes": 1e8,
    "memory_bytes_per_series": 1e3,
    "state_bytes_per_series": 1e3,
    "bytes_per_charge": 100.0,
    "bytes_per_alarm": 400.0,
}


def test_workers_keep_up_with_the_burst_of_a_round_within_their_share_of_the_time() -> None:
    network = Network(objects=1_000_000, granularity=60, series=6)  # 6 million points within 20 s: 300,000 a second
    found = plan(network, MEASURED)
    assert found.workers["detection"] == 6  # of 100,000 a second each, busy half of the time
    assert found.memory == 1e8 * sum(n or 0 for n in found.workers.values()) + 6e9


def test_more_objects_never_need_less() -> None:
    plans = [plan(replace(Network(), objects=objects), MEASURED) for objects in (10_000, 100_000, 1_000_000)]
    for name in ("cores", "partitions", "memory", "state", "database_day"):
        sizes = [getattr(found, name) for found in plans]
        assert sizes == sorted(sizes), name
    assert all((found.partitions or 0) >= 2 * max(n or 0 for n in found.workers.values()) for found in plans)


def test_further_workers_count_for_what_the_second_one_brought_where_there_were_cores_for_it() -> None:
    network = Network(objects=1_000_000, granularity=60, series=6)
    measured = {**MEASURED, "speedup": 1.6, "cores": 8}
    assert (
        plan(network, measured).workers["detection"] == 10
    )  # 100,000 of the first, 60,000 of each further: 1 + 5 / 0.6
    assert plan(network, measured | {"cores": 2}).workers["detection"] == 6


def test_a_figure_that_was_not_measured_is_a_question_mark() -> None:
    row = table(Network(), {"alarms_per_second": 1_000.0})[1]
    assert row[2:] == ("?/2/?", "?", "?", "?", "?", "?", "?", "?")
    assert written(None) == "?"


def test_bytes_are_written_in_their_unit() -> None:
    assert [written(size) for size in (999, 1_500, 2.5e9, 3e15)] == ["999 B", "1.5 kB", "2.5 GB", "3000 TB"]
