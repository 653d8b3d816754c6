"""Compaction: hot blocks go into tiles, the runs of a tile merge; always in pieces, each its own transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from telassure.store.metrics_embedded.blocks import HOT_TILE, LARGEST_BLOCK, BlockTable, Run, Tile, tiled, transaction
from telassure.store.points import latest


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """Merge the newest runs of a place once there are `runs` small ones: small enough that each point moves seldom."""

    runs: int
    sealed: int
    eager: bool = False

    def due(self, runs: Sequence[Run]) -> Sequence[Run]:
        """The newest runs to merge into one, oldest first; empty where it is not yet time.

        >>> MergePolicy(runs=4, sealed=100).due([Run(1, 50), Run(2, 2), Run(3, 1), Run(4, 1)])
        [Run(number=2, points=2), Run(number=3, points=1), Run(number=4, points=1)]
        """
        small = len(runs)
        while small and runs[small - 1].points < self.sealed:
            small -= 1
        if len(runs) - small < self.runs:
            return []
        begin = len(runs) - max(self.runs // 2, 2)
        total = sum(run.points for run in runs[begin:])
        limit = 4 * self.sealed
        while (
            begin > small
            and total + runs[begin - 1].points <= limit
            and (self.eager or runs[begin - 1].points <= total)
        ):
            begin -= 1
            total += runs[begin].points
        return runs[begin:]


@dataclass(frozen=True, slots=True)
class CompactionPolicy:
    """How much may lie unmerged, and how much one transaction may move.

    `hot_points` in the hot level are spilled into tiles, at most `tiles_a_piece` of them at once. A run of `sealed`
    points is merged no more: memory and pauses stay bounded at any granularity.
    """

    hot_points: int = 400_000
    hot_runs: int = 16
    tile_runs: int = 8
    sealed: int = 262_144
    tiles_a_piece: int = 4_096
    points_a_piece: int = 200_000
    largest_block: int = LARGEST_BLOCK

    @property
    def hot(self) -> MergePolicy:
        return MergePolicy(self.hot_runs, self.sealed // 4)

    @property
    def tile(self) -> MergePolicy:
        return MergePolicy(self.tile_runs, self.sealed)

    @property
    def settled(self) -> MergePolicy:
        return MergePolicy(2, self.sealed, eager=True)


class Compactor:
    """Does what is due in bounded steps. A step killed half-way leaves the store as it was before the step."""

    def __init__(self, connection: sqlite3.Connection, blocks: BlockTable, policy: CompactionPolicy) -> None:
        self._connection = connection
        self._blocks = blocks
        self._policy = policy
        self._crowded = blocks.tiles(policy.tile_runs)
        self._unsettled: list[Tile] = []

    def advance(self, points: int) -> None:
        """Do due steps until about so many points have been moved."""
        moved = 0
        while moved < points:
            step = self._step()
            if step == 0:
                return
            moved += step

    def settle(self, before_day: int, points: int) -> bool:
        """Merge the runs of tiles of days before one until about so many points have been moved; whether any were."""
        if not self._unsettled:
            self._unsettled = self._blocks.tiles(2, before_day)
        moved = 0
        while self._unsettled and moved < points:
            moved += self._merge_tiles(self._unsettled, self._policy.settled)
        return moved > 0

    def spill(self) -> int:
        """Move the oldest hot points into tiles, as far as one piece goes; how many points were looked at."""
        most, hot = self._policy.tiles_a_piece, self._oldest_hot()
        if not hot:
            return 0
        with transaction(self._connection):
            points = latest(self._blocks.load(HOT_TILE, hot))
            self._blocks.drop(HOT_TILE, hot)
            by_tile = tiled(points)
            run = self._blocks.next_run()
            for tile, part in by_tile.parts(most):
                self._blocks.add(tile, run, part)
            self._blocks.add(HOT_TILE, hot[-1].number, latest([by_tile.rest(most)]))
        self._crowded = self._blocks.tiles(self._policy.tile_runs)
        return max(len(points), 1)

    def _oldest_hot(self) -> Sequence[Run]:
        runs = self._blocks.runs(HOT_TILE)
        enough = 0
        for i, run in enumerate(runs):
            enough += run.points
            if enough >= self._policy.hot_points:
                return runs[: i + 1]
        return runs

    def _step(self) -> int:
        hot = self._blocks.runs(HOT_TILE)
        if sum(run.points for run in hot) >= self._policy.hot_points:
            return self.spill()
        due = self._policy.hot.due(hot)
        if due:
            with transaction(self._connection):
                return self._merge(HOT_TILE, due)
        return self._merge_tiles(self._crowded, self._policy.tile) if self._crowded else 0

    def _merge_tiles(self, tiles: list[Tile], policy: MergePolicy) -> int:
        moved = 0
        with transaction(self._connection):
            while tiles and moved < self._policy.points_a_piece:
                tile = tiles.pop()
                due = policy.due(self._blocks.runs(tile))
                if due:
                    moved += self._merge(tile, due)
        return moved

    def _merge(self, tile: Tile, runs: Sequence[Run]) -> int:
        points = latest(self._blocks.load(tile, runs))
        self._blocks.drop(tile, runs)
        if len(points):
            self._blocks.add(tile, runs[-1].number, points)
        return len(points)
