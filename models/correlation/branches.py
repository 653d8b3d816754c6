"""What it costs to say which parts of a network below a cause are alarmed and which are silent."""

from functools import lru_cache
from math import lgamma, log


@lru_cache(maxsize=65_536)
def branch_cost(branches: int, alarmed: int) -> float:
    """The cost, in units of log-likelihood, of `alarmed` of the `branches` below an object being struck when it fails.

    How much of what depends on an element its failure strikes is unknown beforehand: a card takes all of its ports, a
    mistake in a configuration a few sites. So the share is integrated out (uniform prior): -log of
    1 / ((n + 1) · C(n, k)). All of many branches cost little, and so does one of few; two of forty cost more than
    two faults.

    >>> branch_cost(3, 3) < branch_cost(40, 40) < branch_cost(40, 2)
    True
    """
    if not alarmed:
        return 0.0
    branches = max(branches, alarmed)
    choices = lgamma(branches + 1) - lgamma(alarmed + 1) - lgamma(branches - alarmed + 1)
    return log(branches + 1) + choices
