"""Cases that debit an account: its buckets before, what was used, and what stands in them after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import product
from typing import Any, Final

from models.rating import (
    MONEY,
    FundBucket,
    FundedSession,
    RateGroup,
    RateRow,
    RatingDeck,
    RoundingRule,
    SessionPayment,
    SessionUse,
    UnauthorizedDestination,
    grant_units,
    in_order,
    worth,
)
from telassure.evaluation.rating.stated_tariff import increment_rounding, number, rating_deck
from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.money import MICRO, round_half_up

INSUFFICIENT: Final = "INSUFFICIENT_CREDIT"
_UNITS: Final = ("voice", "sms", "mms", "data")
Answered = tuple[dict[str, object], tuple[str, ...]]
Tariffs = Mapping[str, Mapping[str, Any]]
Use = Callable[[Mapping[str, Any]], SessionUse]


@dataclass(frozen=True, slots=True)
class CaseAccount:
    """An account as a case states it: its own buckets, those of its group, and the decks of buckets with a tariff."""

    buckets: tuple[FundBucket, ...]
    decks: Mapping[str, RatingDeck]
    kinds: tuple[str, ...]
    main: RatingDeck
    rounding: RoundingRule | None

    def pay(self, buckets: tuple[FundBucket, ...], use: SessionUse) -> FundedSession:
        return SessionPayment(list(buckets), self.main, self.decks, self.rounding).pay(use, self.kinds)


def funded(case: Mapping[str, Any], tariffs: Tariffs, use_of: Use) -> Answered:
    """The values that such a case may expect, and the trace."""
    account, event = _account(case, tariffs), case["event"]
    try:
        if "sequence" in event:
            return _sequence(account, event, use_of)
        if event.get("mode") == "max_session":
            return _granted(account, use_of(event))
        if event["account"].get("create_after_failure"):
            return _after_failure(account, use_of(event))
        return _debited(account, event, use_of(event))
    except UnauthorizedDestination as refusal:
        return {"error": "UNAUTHORIZED_DESTINATION"}, (str(refusal),)


def _debited(account: CaseAccount, event: Mapping[str, Any], use: SessionUse) -> Answered:
    done = account.pay(account.buckets, use)
    refused = done.unpaid_units and event.get("mode") == "max_debit" and event.get("force_duration")
    after = account.buckets if refused else done.buckets
    found = _standing(after)
    # By a tariff and without a mode usage is debited that has happened: what no bucket pays for is owed
    happened = event.get("rate") is None and not event.get("mode")
    owed = _owed(account, use, done) if happened else Fraction(0)
    found["cost"] = owed + Fraction(0 if refused else done.cost, MICRO)
    found["granted_s"] = Fraction(0 if refused else use.units - done.unpaid_units)
    found["default_money"] = -owed - Fraction(done.owed, MICRO)
    if done.unpaid_units and (refused or not (happened or event.get("mode") == "max_debit")):
        found["error"] = INSUFFICIENT
    return found, (*done.trace, f"{owed} owed") if owed else done.trace


def _granted(account: CaseAccount, use: SessionUse) -> Answered:
    """Units of buckets first, then what money pays."""
    units = SessionPayment(list(account.buckets), account.main, account.decks).pay(use, account.kinds)
    served = sum(bucket.amount for bucket in account.buckets if bucket.kind != MONEY)
    served -= sum(bucket.amount for bucket in units.buckets if bucket.kind != MONEY)
    money = Fraction(worth(account.buckets, in_order(account.buckets, MONEY, use.destination, use.start)), MICRO)
    if served:
        return {"granted_s": Fraction(use.units - units.unpaid_units)}, units.trace
    granted = grant_units(account.main, use, money)
    return {"granted_s": Fraction(granted)}, (f"{money} of money pays {granted} units",)


def _sequence(account: CaseAccount, event: Mapping[str, Any], use_of: Use) -> Answered:
    """As they arrived, and all again in the order of their time."""
    uses = [use_of({**event, **one}) for one in event["sequence"]]
    arrival, first = _costs(account, uses)
    rerated, again = _costs(account, sorted(uses, key=lambda use: use.start))
    found: dict[str, object] = {"costs_arrival": arrival, "costs_after_rerate_by_answer_time": rerated}
    return found, ("as they arrived:", *first, "in the order of their time:", *again)


def _costs(account: CaseAccount, uses: list[SessionUse]) -> tuple[list[Fraction], tuple[str, ...]]:
    buckets, costs = account.buckets, []
    trace: tuple[str, ...] = ()
    for use in uses:
        done = account.pay(buckets, use)
        owed = _owed(account, use, done)
        buckets, trace = done.buckets, (*trace, *done.trace)
        costs.append(Fraction(done.cost, MICRO) + owed)
    return costs, trace


def _owed(account: CaseAccount, use: SessionUse, done: FundedSession) -> Fraction:
    """What the units cost that no bucket pays: records that are rated after the fact are owed."""
    if not done.unpaid_units:
        return Fraction(0)
    unlimited = FundBucket("owed", MONEY, 2**62)
    whole = account.pay((*done.buckets, unlimited), _unpaid(use, done.unpaid_units))
    return Fraction(whole.cost, MICRO)


def _unpaid(use: SessionUse, units: int) -> SessionUse:
    return SessionUse(use.destination, use.start, units, use.timed, use.before + use.units - units)


def _after_failure(account: CaseAccount, use: SessionUse) -> Answered:
    done = account.pay(account.buckets, use)
    found = _standing(done.buckets)
    found |= {"first_cost": Fraction(-1), "first_error": "ACCOUNT_NOT_FOUND"}
    found["after_rerate_cost"] = Fraction(done.cost, MICRO)
    return found, ("no account: suspended; then it is there and the record is rated again", *done.trace)


def _standing(buckets: tuple[FundBucket, ...]) -> dict[str, object]:
    """What stands in the buckets by kind; money also by whose it is."""
    found: dict[str, object] = {}
    for kind in (*_UNITS, MONEY):
        scale = MICRO if kind == MONEY else 1
        found[kind] = [Fraction(b.amount, scale) for b in buckets if b.kind == kind and "/" not in b.bucket_id]
    found["own_money"] = found[MONEY]
    for bucket in buckets:
        owner, slash, _ = bucket.bucket_id.partition("/")
        if slash:
            theirs = found.setdefault(f"{owner}_{bucket.kind}", [])
            if isinstance(theirs, list):
                theirs.append(Fraction(bucket.amount, MICRO if bucket.kind == MONEY else 1))
    return found


def _account(case: Mapping[str, Any], tariffs: Tariffs) -> CaseAccount:
    event, name = case["event"], case["tariff"]
    stated = event["account"]
    buckets, decks = [], {}
    for kind in (*_UNITS, MONEY):
        for place, one in enumerate(stated.get(kind) or ()):
            bucket = _bucket(one, kind, f"{kind}-{place}", 0)
            buckets.append(bucket)
            if one.get("tariff"):
                decks[bucket.bucket_id] = rating_deck(one["tariff"], tariffs)
    for members in (stated.get("group") or {}).values():
        for kind, member in product((*_UNITS, MONEY), members):
            for place, one in enumerate(member.get(kind) or ()):
                buckets.append(_bucket(one, kind, f"{member['account']}/{kind}-{place}", -1_000_000))
    main = rating_deck(name, tariffs) if name else _flat(event.get("rate"))
    kinds = tuple(kind for kind in _UNITS if any(bucket.kind == kind for bucket in buckets))
    return CaseAccount(tuple(buckets), decks, kinds, main, increment_rounding(name, tariffs) if name else None)


def _bucket(stated: Mapping[str, Any], kind: str, bucket_id: str, priority: int) -> FundBucket:
    value = stated.get("value_s", stated.get("value"))
    amount = round_half_up(number(value) * (MICRO if kind == MONEY else 1))
    expires = stated.get("expires") or stated.get("expiry")
    return FundBucket(
        bucket_id,
        kind,
        amount,
        priority + (stated.get("weight") or 0),
        expires=datetime.fromisoformat(expires) if expires else None,
        prefixes=frozenset(stated.get("prefixes") or stated.get("destinations") or ()),
        increment=stated.get("increment_s") or stated.get("increment") or 1,
        cost=round_half_up(number(stated.get("cost")) * MICRO),
    )


def _flat(rate: Mapping[str, Any] | None) -> RatingDeck:
    if rate is None:
        raise InvalidInput(f"the case has neither a tariff nor a rate: {shown(rate)}")
    deck = RatingDeck()
    fee = number(rate.get("connect_fee"))
    group = RateGroup(number(rate["rate"]), 0, rate.get("per") or 1, rate.get("increment") or 1, fee)
    deck.add([""], RateRow((group,)))
    return deck
