"""Cycles among resources: what depends on itself, by whatever way, could never be told the cause of anything."""

from collections.abc import Callable, Iterable, Sequence

Supports = Callable[[str], Sequence[str]]


def cycles(starts: Iterable[str], supports: Supports) -> list[list[str]]:
    """The groups of resources that depend on each other in a circle, as far as they are reached from `starts`; each in
    sorted order. `supports` gives what a resource depends on directly. Source: R. Tarjan, "Depth-first search and
    linear graph algorithms", 1972.

    >>> cycles(["a"], {"a": ["b"], "b": ["c"], "c": ["b"]}.__getitem__)
    [['b', 'c']]
    """
    walk = _Walk(supports)
    for start in starts:
        if start not in walk.order:
            walk.from_(start)
    return walk.found


class _Walk:
    def __init__(self, supports: Supports) -> None:
        self._supports = supports
        self.order: dict[str, int] = {}
        self.found: list[list[str]] = []
        self._low: dict[str, int] = {}
        self._open: list[str] = []
        self._is_open: set[str] = set()

    def from_(self, start: str) -> None:
        path = [(start, iter(self._entered(start)))]
        while path:
            here, rest = path[-1]
            there = next(rest, None)
            if there is None:
                path.pop()
                if path:
                    above = path[-1][0]
                    self._low[above] = min(self._low[above], self._low[here])
                self._left(here)
            elif there not in self.order:
                path.append((there, iter(self._entered(there))))
            elif there in self._is_open:
                self._low[here] = min(self._low[here], self.order[there])

    def _entered(self, node: str) -> Sequence[str]:
        self.order[node] = self._low[node] = len(self.order)
        self._open.append(node)
        self._is_open.add(node)
        return self._supports(node)

    def _left(self, node: str) -> None:
        if self._low[node] != self.order[node]:
            return
        group: list[str] = []
        while not group or group[-1] != node:
            group.append(self._open.pop())
            self._is_open.discard(group[-1])
        if len(group) > 1 or node in self._supports(node):
            self.found.append(sorted(group))
