"""Every policy as a line: what is in force for whom, the default, and who set it since when; and the page of docs/."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from streams.operators.policy_register import AnyPolicy, policies, trouble_with
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import iso
from telassure.kernel.policies import GENERAL

Values = Mapping[tuple[str, str, str], PolicyValue]
"""What was set, by area, name and selector."""
_HEAD: Final = """\
# Policies

Rules that may change while the system runs. Each is set in general, or for a narrower selector where the table names
one; the narrowest that was set is in force, from the next record on. A change is a control record in the one ordered
input, so that a replay sees each where it came; who set it and since when are kept with it.

```sh
telassure policies list                                            # every policy, what is in force, and who set it
telassure policies show leakage.bill_delay_hours
telassure policies set leakage.bill_delay_hours 48
telassure policies set correlation.settle_seconds 5 --for ems-1    # for one feed
```

They may also come with the catalogue: `[[policies]]` with `area`, `name`, `value` and `selector` in a file, or in a
body of `POST /v1/ingest/catalogue`. A policy that nobody knows is refused where it is sent, with the nearest name; so
is a value of another type or out of range, a selector that the policy cannot have, and a value above that of another
policy where "at most" names one: for the same selector, of what is in force and of what the same body states. A value
that an older release has stored and this one cannot read leaves the default in force; `telassure policies list` says
so.

Adding one: [adding/policy.md](adding/policy.md). This page is written by `telassure policies list --markdown`.
"""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy for a selector ("" in general). `set_by` is None where the default is in force, and "" of what a release
    stored that kept nobody. `trouble` says why a stored text is not in force."""

    area: str
    name: str
    selector: str
    value: str
    default: str
    set_by: str | None
    since: str | None
    range: str
    by: tuple[str, ...]
    text: str
    trouble: str = ""


def lines(values: Values, area: str = "") -> list[PolicyLine]:
    """Each policy in general, and each selector that has a value of its own, by area, name and selector."""
    known = [policy for policy in policies().values() if area in ("", policy.area)]
    found = [line for policy in known for line in lines_of(policy, values)]
    unknown = [entry for place, entry in values.items() if place[:2] not in policies() and area in ("", place[0])]
    return sorted([*found, *map(_unknown, unknown)], key=lambda line: (line.area, line.name, line.selector))


def lines_of(policy: AnyPolicy, values: Values) -> Iterator[PolicyLine]:
    """One policy, first in general."""
    own = {place[2]: entry for place, entry in values.items() if place[:2] == policy.place}
    if "" not in own and GENERAL in policy.by:
        yield _line(policy, "", None)
    yield from (_line(policy, selector, own[selector]) for selector in sorted(own))


def default_of(policy: AnyPolicy, selector: str = "") -> str:
    """The default as a person reads it."""
    if policy.otherwise is not None:
        return f"that of {policy.otherwise}"
    if selector:
        return policy.default_for(selector)
    return "; ".join([policy.default, *(f"{text} for {beginning}*" for beginning, text in policy.defaults)])


def _line(policy: AnyPolicy, selector: str, entry: PolicyValue | None) -> PolicyLine:
    default = default_of(policy, selector)
    trouble = "" if entry is None else trouble_with(*policy.place, entry.value)
    value = default if entry is None or trouble else entry.value
    return PolicyLine(
        area=policy.area,
        name=policy.name,
        selector=selector,
        value=value,
        default=default,
        set_by=None if entry is None else entry.set_by,
        since=iso(entry.since) if entry is not None and entry.since else None,
        range=policy.bounds,
        by=tuple(kind.name for kind in policy.by if kind is not GENERAL),
        text=policy.text,
        trouble=trouble,
    )


def _unknown(entry: PolicyValue) -> PolicyLine:
    since = iso(entry.since) if entry.since else None
    trouble = trouble_with(entry.area, entry.name, entry.value)
    return PolicyLine(entry.area, entry.name, entry.selector, entry.value, "", entry.set_by, since, "", (), "", trouble)


def page() -> str:
    """docs/policies.md."""
    areas = sorted({area for area, _ in policies()})
    return "\n".join([_HEAD, *map(_section, areas)])


def _section(area: str) -> str:
    rows = [
        f"| `{policy.name}` | {_cell(policy.text)} | {_cell(default_of(policy))} "
        f"| {_cell(policy.bounds)} | {_cell(', '.join(_selectors(policy)))} |"
        for policy in policies().values()
        if policy.area == area
    ]
    return "\n".join(
        [f"## {area}", "", "| name | meaning | default | range | by |", "| --- | --- | --- | --- | --- |", *rows, ""]
    )


def _selectors(policy: AnyPolicy) -> list[str]:
    return [kind.name for kind in policy.by if kind is not GENERAL]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
