"""Frozen records in the field's own terms. Times are microseconds UTC; columns are numpy arrays of equal length."""

from telassure.events.alarm import Alarm, AlarmAction, AlarmNotification, PerceivedSeverity
from telassure.events.bill import BilledLine
from telassure.events.control import CatalogueChange, CatalogueEntry, Control, EndOfFeed, Policy, Tick
from telassure.events.customer import Account, Customer, Price, Product, Subscriber, Tariff
from telassure.events.inventory import Resource, Service
from telassure.events.kpi import KpiEpisode, Measurements, ScoredPoints
from telassure.events.outcome import (
    Charge,
    DeadLetter,
    Notification,
    RevenueLeakage,
    RootCause,
    ServiceProblem,
    TroubleTicket,
)
from telassure.events.usage import MediatedCount, Recharge, SwitchCount, UsageRecords
from telassure.events.verdict import ModelComparison, ThresholdChange, Verdict

__all__ = [
    "Account",
    "Alarm",
    "AlarmAction",
    "AlarmNotification",
    "BilledLine",
    "CatalogueChange",
    "CatalogueEntry",
    "Charge",
    "Control",
    "Customer",
    "DeadLetter",
    "EndOfFeed",
    "KpiEpisode",
    "Measurements",
    "MediatedCount",
    "ModelComparison",
    "Notification",
    "PerceivedSeverity",
    "Policy",
    "Price",
    "Product",
    "Recharge",
    "Resource",
    "RevenueLeakage",
    "RootCause",
    "ScoredPoints",
    "Service",
    "ServiceProblem",
    "Subscriber",
    "SwitchCount",
    "Tariff",
    "ThresholdChange",
    "Tick",
    "TroubleTicket",
    "UsageRecords",
    "Verdict",
]
