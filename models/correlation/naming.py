"""What the names of an inventory say of who depends on whom, learned from the inventory itself."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

SAMPLED: Final = 400
COMPARED: Final = 60
LEAST: Final = 20
AGREED: Final = 0.85
ALONE: Final = 0.95
TRIED: Final = 3
_TOKENS: Final = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]")


class NameRule(NamedTuple):
    """A support is called as what depends on it, without its first `skip` and its last `drop` tokens (words, numbers,
    marks), between `head` and `tail`. `alone`: what depends on one of this kind depends on no other.

    >>> NameRule("mw", 1, 0, "").of("enb-lodz-1c3"), NameRule("", 0, 2, "").of("gnb-7-c1")
    ('mw-lodz-1c3', 'gnb-7-')
    """

    head: str
    skip: int
    drop: int
    tail: str
    alone: bool = False

    def of(self, name: str) -> str:
        """What the support of this one is called; "" where the name is too short for the rule."""
        tokens = _tokens(name)
        kept = tokens[self.skip : len(tokens) - self.drop]
        return f"{self.head}{''.join(kept)}{self.tail}" if kept else ""


class NamedSupports(NamedTuple):
    """What rules say of one object: supports that its own entry lacks (`implied`), and stated ones in whose place the
    rules name another (`doubted`)."""

    implied: tuple[str, ...]
    doubted: tuple[str, ...]


def name_rules(kinds: Mapping[str, str], supports: Mapping[str, Sequence[str]]) -> dict[str, dict[str, NameRule]]:
    """By kind of what depends, and by kind of the support: the rule by which most of them are called. `kinds` has the
    kind of every object, `supports` what each is stated to depend on.

    A rule is kept where it names an existing object of that kind and the inventory agrees in 85 of a hundred cases, and
    in twenty at least; of each kind four hundred objects are looked at, so that the size of an inventory costs little.
    """
    found: dict[str, dict[str, NameRule]] = {}
    for kind, names in sorted(sampled(kinds).items()):
        tried: dict[str, Counter[NameRule]] = defaultdict(Counter)
        for name in names[:: -(-len(names) // COMPARED)]:
            for support in supports[name]:
                rule = rule_between(name, support) if support in kinds else None
                if rule is not None:
                    tried[kinds[support]][rule] += 1
        for other, counts in sorted(tried.items()):
            for rule, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TRIED]:
                kept = proven(rule, names, other, kinds, supports)
                if kept is not None:
                    found.setdefault(kind, {})[other] = kept
                    break
    return found


def named_supports(
    name: str, rules: Mapping[str, NameRule], kinds: Mapping[str, str], stated: Sequence[str]
) -> NamedSupports | None:
    """What the rules of its kind say of one object; None where they agree with its entry."""
    implied, doubted = [], []
    for kind, rule in rules.items():
        support = rule.of(name)
        if support != name and kinds.get(support) == kind and support not in stated:
            implied.append(support)
            if rule.alone:
                doubted += [other for other in stated if kinds.get(other) == kind]
    return NamedSupports(tuple(implied), tuple(doubted)) if implied else None


def sampled(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """Of each kind at most so many, spread evenly over all in the order of their names."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name, kind in kinds.items():
        by_kind[kind].append(name)
    return {kind: sorted(names)[:: -(-len(names) // SAMPLED)] for kind, names in by_kind.items()}


def proven(
    rule: NameRule,
    names: Sequence[str],
    kind: str,
    kinds: Mapping[str, str],
    supports: Mapping[str, Sequence[str]],
    share: float = AGREED,
) -> NameRule | None:
    """The rule, if the inventory mostly agrees with it, with whether it names the only support of this kind."""
    existing = agreed = alone = 0
    for name in names:
        support = rule.of(name)
        if support != name and kinds.get(support) == kind:
            existing += 1
            if support in supports[name]:
                agreed += 1
                alone += sum(kinds.get(other) == kind for other in supports[name]) == 1
    if agreed < LEAST or agreed < share * existing:
        return None
    return rule._replace(alone=alone >= ALONE * agreed)


def rule_between(name: str, support: str) -> NameRule | None:
    """The rule that the longest common run of tokens makes; None where it has neither a word nor a number in it."""
    mine, theirs = _tokens(name), _tokens(support)
    best = (0, 0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            length = 0
            for one, other in zip(islice(mine, i, None), islice(theirs, j, None), strict=False):
                if one != other:
                    break
                length += 1
            if length > best[0]:
                best = (length, i, j)
    length, i, j = best
    if not any(token.isalnum() for token in mine[i : i + length]):
        return None
    return NameRule("".join(theirs[:j]), i, len(mine) - i - length, "".join(theirs[j + length :]))


@lru_cache(maxsize=200_000)
def _tokens(name: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(name))
