"""`telassure policies …`: rules that may change while the system runs: what is in force, who set it, setting it."""

import getpass
import sys
from dataclasses import asdict
from typing import Annotated, Final

import typer

from ingestion.batches.batch import Batch, Origin
from ingestion.kinds.catalogue import CATALOGUE
from streams.operators.policy_register import AnyPolicy, judged, policy_named
from telassure import wiring
from telassure.app.cli.output import notes, print_lines, reasons, show
from telassure.app.cli.policy_lines import PolicyLine, Values, lines, lines_of, page
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import in_utc, parse_instant
from telassure.wiring.settings import Settings

policies_app = typer.Typer(help="Rules that may change while the system runs.", no_args_is_help=True)
_FEED: Final = "policies"
_COLUMNS: Final = ("policy", "for", "value", "default", "range", "set_by", "since")
_LONGEST: Final = 60
Named = Annotated[str, typer.Argument(metavar="AREA.NAME", help="Such as leakage.bill_delay_hours.")]


@policies_app.command("list")
def list_policies(
    area: Annotated[str, typer.Argument(metavar="[AREA]", help="Only this area, such as detection.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="The declarations as docs/policies.md.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Every policy with its default and range, what is in force, for whom, and who set it since when.

    Example: telassure policies list detection
    """
    if markdown:
        sys.stdout.write(page())
        return
    with reasons():
        _print(lines(_values(configured(config)), area), as_json)


@policies_app.command("show")
def show_policy(named: Named, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """One policy: what it is for, and what is in force for whom.

    Example: telassure policies show correlation.settle_seconds
    """
    with reasons():
        policy = _policy(named)
        found = list(lines_of(policy, _values(configured(config))))
        if not as_json:
            notes.print(f"{policy}: {policy.text}", highlight=False, markup=False)
        _print(found, as_json)


@policies_app.command("set")
def set_policy(
    named: Named,
    value: Annotated[str, typer.Argument(help="What the policy is from here on.")],
    selector: Annotated[str, typer.Option("--for", help="A domain, feed, measurement …; in general without it.")] = "",
    user: Annotated[str, typer.Option(help="Who sets it; whoever runs the command without it.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Set a policy from here on, by a control record in the one ordered input; also while the system runs.

    Example: telassure policies set leakage.bill_delay_hours 48
    """
    with reasons():
        policy = _policy(named)
        text = judged(*policy.place, value, selector)
        settings = configured(config)
        before = _line_for(policy, selector, _values(settings))
        repeat = before is not None and before.set_by is not None and not before.trouble and before.value == text
        if not repeat:
            _put(settings, policy, (text, selector), user or getpass.getuser())
        after = _line_for(policy, selector, _values(settings))
        if after is None or after.value != text:
            raise InvalidInput("it is not in force; another has set it at the same time", str(policy))
        was = policy.default_for(selector) if before is None else before.value
        if as_json:
            show({**asdict(after), "before": was, "changed": not repeat}, as_json)
            return
        _print([after], as_json)
        notes.print(f"it was {was}" if not repeat else "it was so before; nothing has changed", highlight=False)


def _policy(named: str) -> AnyPolicy:
    area, _, name = named.partition(".")
    return policy_named(area, name)


def _line_for(policy: AnyPolicy, selector: str, values: Values) -> PolicyLine | None:
    return next((line for line in lines_of(policy, values) if line.selector == selector), None)


def _values(settings: Settings) -> Values:
    """What was set, at the log's end, also where no worker has applied it yet."""
    wiring.home(settings)
    with wiring.opened_log(settings) as log:
        return wiring.CatalogueFollower(settings, log).policies


def _put(settings: Settings, policy: AnyPolicy, stated: tuple[str, str], user: str) -> None:
    text, selector = stated
    row = {"area": policy.area, "name": policy.name, "value": text, "selector": selector}
    position = derive_id("policy", *policy.place, selector, text, user, wiring.WallClock().now())
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        receipt = gateway.submit(
            Batch(CATALOGUE.name, {"policies": [row]}, position), Origin(_FEED, "policies:set", actor=user)
        )
    if receipt.rejected:
        raise InvalidInput(receipt.rejected[0].reason, str(policy))


def _print(found: list[PolicyLine], as_json: bool) -> None:
    if as_json:
        show({"policies": [asdict(line) for line in found]}, as_json)
        return
    print_lines(_COLUMNS, [_shown(line) for line in found])
    for line in found:
        if line.trouble:
            where = f" for {line.selector}" if line.selector else ""
            notes.print(
                f"{line.area}.{line.name}{where}: {line.trouble}", highlight=False, markup=False, soft_wrap=True
            )


def _shown(line: PolicyLine) -> dict[str, str]:
    return {
        "policy": f"{line.area}.{line.name}",
        "for": line.selector,
        "value": line.value if len(line.value) <= _LONGEST else f"{line.value[:_LONGEST]}…",
        "default": line.default,
        "range": line.range,
        "set_by": line.set_by or "",
        "since": in_utc(parse_instant(line.since)) if line.since else "",
    }
