"""Mappings as they are written in TOML: read whole, or refused with the place and what to write instead."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ingestion.batches.kind import kind_named, kinds
from ingestion.kinds import measurements, usage
from ingestion.mappings.field_rule import FieldRule, Literal, Template
from ingestion.mappings.mapping import Condition, MappedCase, SourceMapping
from ingestion.mappings.paths import FieldPath
from ingestion.mappings.time_form import WRITTEN, TimeForm, time_form
from ingestion.mappings.units import WHOLE, Conversion, conversion
from telassure.kernel import fields
from telassure.kernel.errors import ConfigurationError, InvalidInput, shown

_MAPPING: Final = (
    "text", "kind", "each", "zone", "skew_s", "otherwise", "fields", "values", "cases", "counters", "ignores",
)  # fmt: skip
_RULE: Final = (
    "from", "text", "value", "default", "part", "words", "other", "form", "zone", "unit", "scale", "shift", "whole",
)  # fmt: skip
_TIMES: Final = frozenset({"time", "ends_at", "start", "end"})
_NUMBERS: Final = frozenset({"value", "volume", "suspect", "granularity_s", "records", "amount"})
_COUNTERS: Final = ("counter", "counter32", "counter64")
_MANDATORY: Final = {
    "alarms": ("managed_object", "perceived_severity", "time"),
    "measurements": measurements.REQUIRED,
    "usage": usage.REQUIRED,
}
_OWN: Final = frozenset({"measurement", "value"})
Table = Mapping[str, object]


def mapping_of(name: str, text: str) -> SourceMapping:
    """The mapping that a text states; ConfigurationError that names the mapping, the place in it and what to write."""
    try:
        return _Reader(name).mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigurationError(f"mapping {name}: it is not TOML: {wrong}") from None
    except InvalidInput as wrong:
        place = f"{wrong.place}: " if wrong.place else ""
        raise ConfigurationError(f"mapping {name}: {place}{wrong.reason}") from None


class _Reader:
    """Reads one mapping; its zone and its skew are those of every time in it that states none."""

    def __init__(self, name: str) -> None:
        self._name, self._zone, self._skew = name, "", 0.0
        self._fields: frozenset[str] = frozenset()

    def mapping(self, stated: Table) -> SourceMapping:
        fields.known_only(stated, _MAPPING)
        kind = fields.choice(stated.get("kind"), "kind", tuple(kinds()))
        self._fields = kind_named(kind).form.fields
        self._zone = fields.optional_text(stated.get("zone"), "zone")
        self._skew = _number(stated, "skew_s", 0.0)
        if "each" in stated and not isinstance(stated["each"], str):
            raise InvalidInput("each is no text; write the place of the array of records, such as alerts")
        values = self._values(_table(stated, "values"))
        own = _OWN if values else frozenset[str]()
        rules = self._rules(_table(stated, "fields"), "fields", self._fields - own)
        if not rules:
            raise InvalidInput("fields is empty; say where each field of the kind comes from")
        otherwise = fields.optional_text(stated.get("otherwise"), "otherwise")
        cases = self._cases(stated.get("cases", []), self._fields - own)
        _complete(kind, {*rules, *own}, None if otherwise else "fields", cases)
        return SourceMapping(
            self._name,
            fields.text(stated.get("text"), "text"),
            kind,
            rules,
            tuple(cases),
            FieldPath.of(str(stated["each"])) if "each" in stated else None,
            otherwise,
            values,
            self._counters(_table(stated, "counters"), kind),
            tuple(FieldPath.of(each) for each in _texts(stated, "ignores")),
        )

    def _cases(self, stated: object, known: frozenset[str]) -> list[MappedCase]:
        if not isinstance(stated, list):
            raise InvalidInput("cases is no array of tables; write [[cases]]")
        return [self._case(each, f"cases[{number}]", known) for number, each in enumerate(stated)]

    def _case(self, stated: object, place: str, known: frozenset[str]) -> MappedCase:
        if not isinstance(stated, dict):
            raise InvalidInput("is no table; write [[cases]]", place)
        fields.known_only(stated, ("when", "fields", "skip"), f"{place}.")
        when = [_condition(path, words, f"{place}.when") for path, words in _table(stated, "when").items()]
        if not when:
            raise InvalidInput(
                'when is empty; say for which records it is, such as when = {status = "resolved"}', place
            )
        skip = fields.optional_text(stated.get("skip"), f"{place}.skip")
        rules = self._rules(_table(stated, "fields"), f"{place}.fields", known)
        if bool(skip) is bool(rules):
            raise InvalidInput("give either fields, or skip with the reason why such records are left out", place)
        return MappedCase(tuple(when), rules, skip)

    def _values(self, stated: Table) -> dict[str, FieldRule]:
        if stated and not self._fields >= _OWN:
            raise InvalidInput('values are measurements; write kind = "measurements", or use fields', "values")
        return {name: self._rule("value", rule, f"values.{name}") for name, rule in stated.items()}

    def _rules(self, stated: Table, place: str, known: frozenset[str]) -> dict[str, FieldRule]:
        fields.known_only(stated, known, f"{place}.")
        return {name: self._rule(name, rule, f"{place}.{name}") for name, rule in stated.items()}

    def _rule(self, name: str, stated: object, place: str) -> FieldRule:
        rule = {"from": stated} if isinstance(stated, str | list) else stated
        if not isinstance(rule, dict):
            raise InvalidInput(f"{shown(stated)} is no rule; write the place in the document, or a table", place)
        fields.known_only(rule, _RULE, f"{place}.")
        if sum(each in rule for each in ("from", "text", "value")) != 1:
            raise InvalidInput("give one of from (a place or several), text (a template) and value", place)
        try:
            return FieldRule(
                name,
                tuple(FieldPath.of(each) for each in _texts(rule, "from")),
                Template.of(fields.text(rule["text"], "text")) if "text" in rule else None,
                _literal(rule, "value"),
                _literal(rule, "default"),
                _pattern(rule),
                {word.lower(): _literal(_table(rule, "words"), word) for word in _table(rule, "words")},
                _literal(rule, "other"),
                self._time(name, rule),
                _quantity(rule),
                name not in _NUMBERS | _TIMES,
            )
        except InvalidInput as wrong:
            raise InvalidInput(wrong.reason, wrong.place or place) from None

    def _time(self, name: str, rule: Table) -> TimeForm | None:
        if name not in _TIMES:
            if stated := [each for each in ("form", "zone") if each in rule]:
                raise InvalidInput(f"{stated[0]} is for times, and {name} is none; leave it out")
            return None
        zone = fields.optional_text(rule.get("zone"), "zone") or self._zone
        return time_form(fields.optional_text(rule.get("form"), "form") or WRITTEN, zone, self._skew)

    def _counters(self, stated: Table, kind: str) -> dict[str, str]:
        if stated and kind != "measurements":
            raise InvalidInput("counters are of measurements alone; leave them out", "counters")
        return {name: fields.choice(word, f"counters.{name}", _COUNTERS) for name, word in stated.items()}


def _complete(kind: str, common: set[str], alone: str | None, cases: Sequence[MappedCase]) -> None:
    """Refuse a mapping whose rows could never be taken; `alone` is the place of fields that stand without a case."""
    parts = {
        f"cases[{number}].fields": common | each.rules.keys() for number, each in enumerate(cases) if not each.skip
    }
    if alone is not None:
        parts[alone] = common
    for place, names in parts.items():
        if missing := [name for name in _MANDATORY.get(kind, ()) if name not in names]:
            raise InvalidInput(
                f"{missing[0]} has no rule, and every row of {kind} needs it; say where it comes from", place
            )


def _condition(path: str, words: object, place: str) -> Condition:
    several = words if isinstance(words, list) else [words]
    if not several or not all(isinstance(word, str | int | bool) for word in several):
        raise InvalidInput(f"{shown(words)} is neither a word nor several; write one, an array of them, or *", place)
    told = (str(word).lower() for word in several)
    return Condition(FieldPath.of(path), frozenset(told))


def _quantity(rule: Table) -> Conversion | None:
    whole = fields.choice(rule["whole"], "whole", tuple(WHOLE)) if "whole" in rule else ""
    found = _conversion(rule)
    return replace(found or Conversion(), whole=whole) if whole else found


def _conversion(rule: Table) -> Conversion | None:
    if "unit" in rule:
        if "scale" in rule or "shift" in rule:
            raise InvalidInput("give either unit, or scale and shift")
        units = _texts(rule, "unit")
        if len(units) != 2:
            raise InvalidInput('unit is what the sender states and what is wanted; write unit = ["kbit/s", "bit/s"]')
        return conversion(*units)
    if "scale" not in rule and "shift" not in rule:
        return None
    return Conversion(_number(rule, "scale", 1.0), _number(rule, "shift", 0.0))


def _pattern(rule: Table) -> re.Pattern[str] | None:
    if "part" not in rule:
        return None
    try:
        return re.compile(fields.text(rule["part"], "part"))
    except re.error as wrong:
        raise InvalidInput(f"part is no regular expression: {wrong}; try it with python -m re") from None


def _literal(rule: Table, name: str) -> Literal:
    found = rule.get(name)
    if found is None or isinstance(found, str | int | float | bool):
        return found
    raise InvalidInput(f"{name} {shown(found)} is no text, number or truth; write one")


def _texts(stated: Table, name: str) -> list[str]:
    found = stated.get(name, [])
    several = found if isinstance(found, list) else [found]
    return [fields.text(each, name) for each in several]


def _table(stated: Table, name: str) -> Table:
    found = stated.get(name, {})
    if not isinstance(found, dict):
        raise InvalidInput(f"{name} is no table; write [{name}]")
    return found


def _number(stated: Table, name: str, default: float) -> float:
    found = stated.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InvalidInput(f"{name} {shown(found)} is not a number; write one without quotes")
    return float(found)
