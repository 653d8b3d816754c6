"""Acting on the balance of a prepaid account: topping up, adjusting, transferring, reserving."""

from typing import Final

from streams.operators.charging.purse import TRANSFER, TRANSFER_TO, Purse
from telassure.kernel.commands import ACCOUNT, Argument, Command, MoneyArgument, micros_of
from telassure.kernel.events import Act
from telassure.kernel.rights import BILL

_AMOUNT: Final = MoneyArgument("amount", "How much, in major units of the account's currency.")
_RESERVATION: Final = Argument("reservation", "The id of the act that made the reservation.")


def _top_up(purse: Purse, act: Act) -> str:
    return purse.give(micros_of(act))


def _adjust(purse: Purse, act: Act) -> str:
    micros = micros_of(act)
    return purse.take(-micros) if micros < 0 else purse.give(micros)


def _transfer(purse: Purse, act: Act) -> str:
    return purse.take(micros_of(act))


def _reserve(purse: Purse, act: Act) -> str:
    return purse.reserve(act.act_id, micros_of(act))


def _release(purse: Purse, act: Act) -> str:
    return purse.release(act.argument(_RESERVATION.name))


def _settle(purse: Purse, act: Act) -> str:
    return purse.settle(act.argument(_RESERVATION.name))


TOP_UP: Final = Command(
    "topup", ACCOUNT, "Top up a prepaid balance.", _top_up, (_AMOUNT,), right=BILL, example="ACCOUNT --amount 10"
)
ADJUST: Final = Command(
    "adjust",
    ACCOUNT,
    "Adjust a prepaid balance by an amount; a negative one lowers it.",
    _adjust,
    (_AMOUNT,),
    right=BILL,
    needs_why=True,
    example='ACCOUNT --amount -2.50 --why "charged twice"',
)
GIVE: Final = Command(
    TRANSFER,
    ACCOUNT,
    "Transfer a part of a prepaid balance to another prepaid account.",
    _transfer,
    (_AMOUNT, Argument(TRANSFER_TO, "The account that receives it.")),
    right=BILL,
    example="ACCOUNT --amount 5 --to OTHER",
)
RESERVE: Final = Command(
    "reserve",
    ACCOUNT,
    "Reserve a part of a prepaid balance, which nothing else spends.",
    _reserve,
    (_AMOUNT,),
    right=BILL,
    example="ACCOUNT --amount 5",
)
RELEASE: Final = Command(
    "release",
    ACCOUNT,
    "Release a reservation: what it held may be spent again.",
    _release,
    (_RESERVATION,),
    right=BILL,
    example="ACCOUNT --reservation ID",
)
SETTLE: Final = Command(
    "settle",
    ACCOUNT,
    "Settle a reservation: what it held is spent.",
    _settle,
    (_RESERVATION,),
    right=BILL,
    example="ACCOUNT --reservation ID",
)
