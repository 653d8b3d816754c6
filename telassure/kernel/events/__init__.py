"""Frozen records in the field's own terms. Times are microseconds UTC; columns are numpy arrays of equal length."""

from telassure.kernel.events.act import Act, ActOutcome
from telassure.kernel.events.alarm import Alarm, AlarmAction, AlarmNotification, PerceivedSeverity
from telassure.kernel.events.bill import BilledLine, CustomerBill
from telassure.kernel.events.case_decision import CaseDecision
from telassure.kernel.events.control import CatalogueChange, CatalogueEntry, ClockCure, EndOfFeed, PolicyValue, Tick
from telassure.kernel.events.customer import (
    PLAIN_TERMS,
    Account,
    Customer,
    Price,
    PriceTerms,
    Product,
    Subscriber,
    Tariff,
)
from telassure.kernel.events.inventory import Resource, Service
from telassure.kernel.events.kpi import KpiEpisode, Measurements, ScoredPoints
from telassure.kernel.events.ledger import BalanceTransfer, Charge, RevenueLeakage
from telassure.kernel.events.outcome import (
    DeadLetter,
    Notification,
    RootCause,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.events.silence import Silence
from telassure.kernel.events.usage import MediatedCount, Recharge, SwitchCount, UsageRecords
from telassure.kernel.events.verdict import ModelComparison, ThresholdChange, Verdict

__all__ = [
    "PLAIN_TERMS",
    "Account",
    "Act",
    "ActOutcome",
    "Alarm",
    "AlarmAction",
    "AlarmNotification",
    "BalanceTransfer",
    "BilledLine",
    "CaseDecision",
    "CatalogueChange",
    "CatalogueEntry",
    "Charge",
    "ClockCure",
    "Customer",
    "CustomerBill",
    "DeadLetter",
    "EndOfFeed",
    "KpiEpisode",
    "Measurements",
    "MediatedCount",
    "ModelComparison",
    "Notification",
    "PerceivedSeverity",
    "PolicyValue",
    "Price",
    "PriceTerms",
    "Product",
    "Recharge",
    "Resource",
    "RevenueLeakage",
    "RootCause",
    "ScoredPoints",
    "Service",
    "ServiceProblem",
    "Silence",
    "Subscriber",
    "SwitchCount",
    "Tariff",
    "ThresholdChange",
    "Tick",
    "TroubleTicket",
    "UsageRecords",
    "Verdict",
]
