"""What the names of an inventory say of supports further up, where the chains between differ from one to the next."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from models.correlation.naming import (
    COMPARED,
    TRIED,
    NamedSupports,
    NameRule,
    named_supports,
    proven,
    rule_between,
    sampled,
)

HOPS: Final = 6
"""How many supports one above the other are looked at."""

FAR_AGREED: Final = 0.75
"""In so many cases the inventory agrees with a far rule: what one entry states wrongly, all below it are without."""
DEEPEST: Final = 100
"""No inventory stacks so many; what is above is not looked at."""

Rules = Mapping[str, Mapping[str, NameRule]]


def far_rules(
    kinds: Mapping[str, str], supports: Mapping[str, Sequence[str]], near: Rules
) -> dict[str, dict[str, NameRule]]:
    """By kind of what depends, and by kind of what it depends on through others: the rule by which most of those are
    called (`name_rules`, whose rules `near` are left out). A radio link may hang on a switch, or on another link that
    does: both are called as that switch is.
    """
    found: dict[str, dict[str, NameRule]] = {}
    for kind, names in sorted(sampled(kinds).items()):
        above = {name: _above(name, supports) for name in names}
        tried: dict[str, Counter[NameRule]] = defaultdict(Counter)
        for name in names[:: -(-len(names) // COMPARED)]:
            for support in above[name]:
                other = kinds.get(support, kind)
                rule = rule_between(name, support) if other != kind and other not in near.get(kind, ()) else None
                if rule is not None:
                    tried[other][rule] += 1
        for other, counts in sorted(tried.items()):
            for rule, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TRIED]:
                kept = proven(rule, names, other, kinds, above, FAR_AGREED)
                if kept is not None and _through_others(kept, names, supports, above):
                    found.setdefault(kind, {})[other] = kept
                    break
    return found


class Lineage:
    """What every object hangs on by its own entry and by the names, from the top down, so that what an entry states
    wrongly is told of that object alone and of none below it."""

    def __init__(
        self,
        kinds: Mapping[str, str],
        supports: Mapping[str, Sequence[str]],
        near: Rules,
        far: Rules,
    ) -> None:
        self._kinds, self._supports = kinds, supports
        self._near, self._far = near, far
        self._sought = frozenset(other for rules in far.values() for other in rules)
        self._over: dict[str, frozenset[str]] = {}
        self.named: dict[str, NamedSupports] = {}
        for name in sorted(kinds):  # where supports form a circle, what is found first decides
            self._climb(name)

    def _climb(self, name: str, depth: int = 0) -> frozenset[str]:
        """Itself and all above it that is of a kind that a far rule speaks of."""
        known = self._over.get(name)
        if known is not None or depth > DEEPEST:
            return known or frozenset()
        self._over[name] = frozenset()  # what is among its own supports is looked at once
        stated, kind = self._supports.get(name, ()), self._kinds.get(name, "")
        named = named_supports(name, self._near.get(kind, {}), self._kinds, stated)
        far = self._far.get(kind)
        if far:
            named = self._farther(name, far, named, depth)
        if named is not None:
            self.named[name] = named
            stated = (*(support for support in stated if support not in named.doubted), *named.implied)
        over = set[str]().union(*(self._climb(support, depth + 1) for support in stated))
        if kind in self._sought:
            over.add(name)
        found = self._over[name] = frozenset(over)
        return found

    def _farther(
        self, name: str, far: Mapping[str, NameRule], named: NamedSupports | None, depth: int
    ) -> NamedSupports | None:
        """What near rules say of it, with the far supports that it lacks and the stated ones that lead elsewhere."""
        stated = self._supports.get(name, ())
        implied, doubted = (list(named.implied), list(named.doubted)) if named is not None else ([], [])
        for kind, rule in far.items():
            support = rule.of(name)
            if self._kinds.get(support) != kind:
                continue
            over = {one: self._climb(one, depth + 1) for one in (*stated, *implied) if one not in doubted}
            if any(support in above for above in over.values()):
                continue
            implied.append(support)
            doubted += [
                one
                for one, above in over.items()
                if one in stated and any(self._kinds.get(other) == kind for other in above)
            ]
        return NamedSupports(tuple(implied), tuple(doubted)) if implied else named


def _through_others(
    rule: NameRule,
    names: Sequence[str],
    supports: Mapping[str, Sequence[str]],
    above: Mapping[str, Sequence[str]],
) -> bool:
    """Whether at least half of those that hang on what the rule names do so through others: where most are stated to
    depend on it directly, the near rules have judged it."""
    direct = [rule.of(name) in supports[name] for name in names if rule.of(name) in above[name]]
    return 2 * sum(direct) <= len(direct)


def _above(name: str, supports: Mapping[str, Sequence[str]]) -> list[str]:
    """What it depends on through so many hops, nearest first."""
    found, edge = dict.fromkeys((name,)), [name]
    for _ in range(HOPS):
        edge = [support for one in edge for support in supports.get(one, ()) if support not in found]
        found.update(dict.fromkeys(edge))
        if not edge:
            break
    return list(found)[1:]
