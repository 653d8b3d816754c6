"""What is asked of prepaid balances: each is a command in the log with who gave it, kept with what became of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.buckets import account_ref, bucket_ref, prepaid
from bss_sync.tmf.documents import DocumentBacking
from bss_sync.tmf.face import Backing, Wire, WirePage
from bss_sync.tmf.query import ListQuery
from bss_sync.tmf.records import UNFOUND, Column, Projection, RecordBacking, as_instant
from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.commands import ACCOUNT
from telassure.kernel.events import Account, ActOutcome
from telassure.kernel.events.act import DONE, REFUSED
from telassure.kernel.instant import iso

RESERVE: Final = "reserveBalance"
ADJUST: Final = "adjust"
_STATUS: Final = {DONE: "completed", REFUSED: "failed"}
_ASKED: Final = "created"
_OURS: Final = ("requestedDate", "confirmationDate", "status")


class BalanceTasks(DocumentBacking):
    """Each does `command` to a bucket once, whoever repeats it under one Idempotency-Key. What was done stays done: to
    remove one takes it from the list only."""

    became: ClassVar[Mapping[str, str]] = _STATUS
    """The status of one by what its command came to."""

    def __init__(self, office: BackOffice, resource: str, command: str) -> None:
        super().__init__(office, resource)
        self._command, self._told = command, resource

    def get(self, identity: str) -> Wire | None:
        found = super().get(identity)
        return None if found is None else self._standing(found)

    def listed(self, query: ListQuery) -> WirePage:
        page = super().listed(query)
        return WirePage([self._standing(each) for each in page.rows], page.total)

    def create(self, body: Wire, caller: Caller) -> Wire:
        named = f"telassure:{self._told}:{caller.name}:{caller.key}"
        identity = str(uuid5(NAMESPACE_URL, named) if caller.key else uuid4())
        stated = {name: value for name, value in body.items() if name not in _OURS}
        known = self.get(identity) if caller.key else None
        if known is not None:
            return self._carried_on(_same(known, stated), caller)
        made = {**stated, "id": identity, "requestedDate": iso(self._office.now()), "status": _ASKED}
        made.setdefault("requestor", {"id": caller.name, "name": caller.name, "@referredType": "Individual"})
        return self._asked(made, caller)

    def _carried_on(self, known: Wire, caller: Caller) -> Wire:
        """What was kept but perhaps never given is given now: the log does one act id once."""
        return self._asked(dict(known), caller) if _unsettled(known) else known

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        if after.get("amount") != before.get("amount"):
            raise bad("amount cannot be changed: what was asked for is done")
        if after.get("status") != before.get("status"):
            raise bad(f"status follows from what became of it, which is {before.get('status')}; adjust the balance")
        return super().change(before, after, caller)

    def _asked(self, made: dict[str, Any], caller: Caller) -> Wire:
        """Kept before it is given, so that what was done is never without its resource."""
        account = self._account(made, "bucket")
        amount = _amount(made, account)
        if amount == 0 or (amount < 0 and self._command != ADJUST):
            raise bad("amount is not above 0")
        arguments = {"amount": f"{amount:f}", **self._receiver(made)}
        before = self._office.documents.get(self._told, made["id"])
        self._office.documents.put(self._told, made["id"], made)
        try:
            self._give(made, arguments, caller)
        except FaceRefusal as refused:
            if refused.status != 409 or self._office.reader.get(ActOutcome, made["id"]) is None:
                self._put_back(made["id"], before)
            raise
        return self._done(made)

    def _give(self, made: dict[str, Any], arguments: Mapping[str, str], caller: Caller) -> None:
        why = _why(made, self._told)
        self._office.give(self._command, made["bucket"]["id"], caller, why=why, act_id=made["id"], **arguments)

    def _put_back(self, identity: str, before: Wire | None) -> None:
        if before is None:
            self._office.documents.remove(self._told, identity)
        else:
            self._office.documents.put(self._told, identity, before)

    def _done(self, made: dict[str, Any]) -> Wire:
        done = {**made, "status": self.became[DONE], "confirmationDate": iso(self._office.now())}
        self._office.documents.put(self._told, made["id"], done)
        return done

    def _receiver(self, made: Mapping[str, Any]) -> dict[str, str]:
        if "receiverBucket" not in made:
            return {}
        if made.get("receiverBucketUsageType") != "monetary":
            raise bad("receiverBucketUsageType is not monetary: the buckets here hold money")
        return {"to": self._account(made, "receiverBucket").account_id}

    def _account(self, made: Mapping[str, Any], name: str) -> Account:
        if made.get("usageType") != "monetary":
            raise bad("usageType is not monetary: the buckets here hold money")
        identity = made[name].get("id") if isinstance(made[name], dict) else None
        account = prepaid(self._office, identity) if isinstance(identity, str) else None
        if account is None:
            raise bad(f"{name} names no bucket that is there by its id")
        return account

    def _standing(self, found: Wire) -> Wire:
        """With what has become of it where that was not known when it was kept."""
        if found.get("status") != _ASKED or found.get("confirmationDate"):
            return found
        outcome = self._office.reader.get(ActOutcome, str(found["id"]))
        return found if outcome is None else {**found, "status": self.became[outcome.outcome]}


class Reservations(BalanceTasks):
    """What is reserved is `created`, until its status is set to `cancelled`, which releases it, or to `completed`,
    which spends it. One without an amount holds nothing until it is given one. To remove one releases it."""

    became: ClassVar[Mapping[str, str]] = {**_STATUS, DONE: _ASKED}

    def __init__(self, office: BackOffice) -> None:
        super().__init__(office, RESERVE, "reserve")

    def change(self, before: Wire, after: Wire, caller: Caller) -> Wire:
        if after.get("amount") != before.get("amount"):
            if before.get("amount") is not None or before.get("status") != _ASKED:
                raise bad("amount cannot be changed: make another reservation")
            if after.get("status") != _ASKED:
                raise bad("amount and status cannot be stated together: state the amount first, then the status")
            return self._asked(dict(after), caller)
        status = after.get("status")
        if status == before.get("status") and _unsettled(before):
            return self._asked(dict(after), caller)
        if status != before.get("status"):
            if before.get("status") != _ASKED or status not in ("cancelled", "completed"):
                raise bad(f"status: what is {before.get('status')} stays; what is created is cancelled or completed")
            self._end(before, "release" if status == "cancelled" else "settle", caller)
        return DocumentBacking.change(self, before, after, caller)

    def remove(self, identity: str, caller: Caller) -> None:
        found = self.get(identity)
        if found is not None and found.get("status") == _ASKED:
            self._end(found, "release", caller)
        super().remove(identity, caller)

    def _asked(self, made: dict[str, Any], caller: Caller) -> Wire:
        if made.get("amount") is None:
            self._account(made, "bucket")
            self._office.documents.put(self._told, made["id"], made)
            return made
        if any(self._is_done(f"{command}-{made['id']}") for command in ("release", "settle")):
            raise FaceRefusal(409, "what this Idempotency-Key reserved is released or spent; choose a new one")
        return super()._asked(made, caller)

    def _is_done(self, act_id: str) -> bool:
        outcome = self._office.reader.get(ActOutcome, act_id)
        return outcome is not None and outcome.outcome == DONE

    def _end(self, found: Wire, command: str, caller: Caller) -> None:
        if found.get("amount") is None:
            return
        identity = str(found["id"])
        act_id = f"{command}-{identity}"
        self._office.give(command, found["bucket"]["id"], caller, act_id=act_id, reservation=identity)


def _unsettled(known: Wire) -> bool:
    """Whether an amount was asked for of which nothing says that it came to anything."""
    return known.get("status") == _ASKED and not known.get("confirmationDate") and known.get("amount") is not None


def _same(known: Wire, stated: Wire) -> Wire:
    if any(known.get(name) != value for name, value in stated.items()):
        raise FaceRefusal(409, "this Idempotency-Key was used before with another body; choose a new one")
    return known


def _amount(made: Mapping[str, Any], account: Account) -> Decimal:
    amount = made.get("amount")
    value = amount.get("amount") if isinstance(amount, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad("amount is not a quantity such as {amount: 10.0, units: EUR}")
    units = amount.get("units") if isinstance(amount, dict) else None
    if units is not None and units != account.opening_balance.currency:
        raise bad(f"amount.units is not the bucket's own, which is {account.opening_balance.currency}")
    return Decimal(repr(value))


def _why(made: Mapping[str, Any], told: str) -> str:
    reason = made.get("reason")
    return reason if isinstance(reason, str) and reason.strip() else f"asked for over TMF654 {told}"


def _shown(outcome: ActOutcome, office: BackOffice) -> dict[str, Any]:
    given = dict(text.split("=", 1) for text in outcome.arguments)
    account = office.stated.get(Account, outcome.owner)
    units = {} if account is None else {"units": account.opening_balance.currency}
    amount = {"amount": float(given["amount"]), **units} if "amount" in given else None
    receiver = given.get("to", outcome.owner)
    found = {
        "status": _STATUS[outcome.outcome],
        "description": outcome.command,
        "reason": outcome.why or None,
        "requestedDate": iso(outcome.given_at),
        "confirmationDate": iso(outcome.given_at),
        "amount": amount,
        "usageType": "monetary",
        "bucket": bucket_ref(outcome.owner),
        "partyAccount": account_ref(outcome.owner),
        "receiverBucket": bucket_ref(given["to"]) if "to" in given else None,
        "receiverLogicalResource": {"id": receiver, "name": receiver, "@referredType": "LogicalResource"},
        "requestor": {"id": outcome.user, "name": outcome.user, "@referredType": "Individual"},
        "@type": "BalanceActionHistory",
    }
    return {name: value for name, value in found.items() if value is not None}


def actions(office: BackOffice) -> Backing:
    """What was done to balances, whatever way it was asked for, the newest first."""
    columns = {
        "id": Column("act_id"),
        "description": Column("command"),
        "bucket.id": Column("object_id"),
        "partyAccount.id": Column("object_id"),
        "requestor.id": Column("user"),
        "status": Column("outcome", lambda word: next((o for o, s in _STATUS.items() if s == word), UNFOUND)),
        "requestedDate": Column("given_at", as_instant),
    }
    only = {"object_type": ACCOUNT.name}
    return RecordBacking(
        office,
        Projection(ActOutcome, "balanceActionHistory", lambda found: _shown(found, office), columns, only=only),
    )
