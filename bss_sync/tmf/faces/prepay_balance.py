"""TMF654: what prepaid accounts have left, and what is done to it."""

from typing import Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.back_office import BackOffice
from bss_sync.tmf.balance_acts import ADJUST, BalanceTasks, Reservations, actions
from bss_sync.tmf.buckets import Buckets, bucket, total
from bss_sync.tmf.face import ALL, Backing, Face, ResourceFace
from telassure.kernel.rights import BILL

_USAGE: Final = ("monetary", "voice", "data", "sms", "other")
_STATES: Final = ("created", "failed", "cancelled", "completed")
_COMMON: Final = (
    "confirmationDate:t description:s reason:s requestedDate:t amount:o bucket:o channel:o logicalResource:a "
    "partyAccount:o product:a relatedParty:a requestor:o status:w usageType:w validFor:o"
)
_TOP_UP: Final = "isAutoTopup:b numberOfPeriods:i voucher:s balanceTopup:o paymentMethod:o recurringPeriod:w"
_TRANSFER: Final = (
    "costOwner:w receiver:o receiverBucket:o receiverBucketUsageType:w receiverLogicalResource:o receiverProduct:o "
    "transferCost:o"
)
_WORDS: Final = {"status": _STATES, "usageType": _USAGE}
_PERIODS: Final = ("weekly", "fortnightly", "monthly")
_OWNERS: Final = ("originator", "receiver")
_BUCKET: Final = Attributes.of(
    "confirmationDate:t description:s isShared:b name:s remainingValueName:s requestedDate:t logicalResource:a "
    "partyAccount:o product:a relatedParty:a remainingValue:o reservedValue:o status:w usageType:w validFor:o",
    status=("active", "suspended", "expired"),
    usageType=_USAGE,
)
_TOTAL: Final = Attributes.of(
    "description:s name:s bucket:a logicalResource:o partyAccount:o product:a relatedParty:a totalBalance:o"
)
_HISTORY: Final = Attributes.of(
    f"{_COMMON} {_TOP_UP} {_TRANSFER} adjustType:w",
    **_WORDS,
    adjustType=("recurring", "oneTime"),
    recurringPeriod=_PERIODS,
    costOwner=_OWNERS,
    receiverBucketUsageType=_USAGE,
)


def _buckets(office: BackOffice) -> Backing:
    return Buckets(office, bucket)


def _totals(office: BackOffice) -> Backing:
    return Buckets(office, total)


def _task(command: str, path: str, attributes: Attributes, mandatory: tuple[str, ...]) -> ResourceFace:
    def made(office: BackOffice) -> Backing:
        return BalanceTasks(office, path, command)

    return ResourceFace(path, path[0].upper() + path[1:], attributes, made, ALL, mandatory, _FIXED)


def _reservations(office: BackOffice) -> Backing:
    return Reservations(office)


_FIXED: Final = ("bucket", "receiverBucket", "usageType", "requestedDate", "confirmationDate", "requestor")
TMF654: Final = Face(
    "TMF654",
    "Prepay Balance Management",
    ("/tmf-api/prepayBalanceManagement/v4",),
    (
        ResourceFace("bucket", "Bucket", _BUCKET, _buckets),
        ResourceFace("accumulatedBalance", "AccumulatedBalance", _TOTAL, _totals),
        ResourceFace("balanceActionHistory", "BalanceActionHistory", _HISTORY, actions),
        _task(
            "topup",
            "topupBalance",
            Attributes.of(f"{_COMMON} {_TOP_UP}", **_WORDS, recurringPeriod=_PERIODS),
            ("amount", "usageType", "bucket", "partyAccount"),
        ),
        _task(
            ADJUST,
            "adjustBalance",
            Attributes.of(f"{_COMMON} adjustType:w", **_WORDS, adjustType=("recurring", "oneTime")),
            ("amount", "usageType", "bucket"),
        ),
        _task(
            "transfer",
            "transferBalance",
            Attributes.of(f"{_COMMON} {_TRANSFER}", **_WORDS, costOwner=_OWNERS, receiverBucketUsageType=_USAGE),
            (
                "reason",
                "receiverLogicalResource",
                "channel",
                "logicalResource",
                "amount",
                "usageType",
                "bucket",
                "receiverBucket",
                "receiverBucketUsageType",
            ),
        ),
        ResourceFace(
            "reserveBalance",
            "ReserveBalance",
            Attributes.of(_COMMON, **_WORDS),
            _reservations,
            ALL,
            ("usageType", "bucket", "partyAccount"),
            _FIXED,
        ),
    ),
    writes=BILL,
)
