"""`telassure access …`: who may do what: principals, their roles and their tokens."""

import getpass
import sys
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from telassure import wiring
from telassure.access.accounts import Accounts
from telassure.access.principal import Principal
from telassure.access.register import Enrolment, Register
from telassure.access.roles import ROLES
from telassure.app.cli.output import notes, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.instant import DAY, HOUR, MINUTE, Instant, in_utc, iso

access_app = typer.Typer(help="Who may do what: principals, roles, tokens.", no_args_is_help=True)
_COLUMNS: Final = ("principal", "roles", "feeds", "domains", "token", "made_at", "expires_at", "state")
Named = Annotated[str, typer.Argument(metavar="NAME", help="The name that acts are kept under.")]
Days = Annotated[int, typer.Option("--days", min=0, help="How many days the token serves; 0: until it is revoked.")]


@access_app.command("add")
def add(
    name: Named,
    role: Annotated[list[str], typer.Option("--role", help=f"{', '.join(ROLES)}; may be repeated.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="feed=NAME (a source; replay:* for all so) or domain=NAME.")
    ] = None,
    days: Days = 0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """A new principal. Its token is printed, once: only a digest of it is kept.

    Example: telassure access add ems-north --role source --only feed=pm-north --days 90
    """
    with reasons():
        wanted = Principal(name, frozenset(role), *_bounds(only or []))
        ends = _ends(days)
        _told(name, _register(config).enrol(wanted, ends), ends, as_json)


@access_app.command("person")
def person(
    name: Named,
    role: Annotated[list[str], typer.Option("--role", help=f"{', '.join(ROLES)}; may be repeated.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="domain=NAME; may be repeated.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """A new person, who logs in to the page. The password is asked for, or is the first line of standard input.

    Example: telassure access person eve --role operator
    """
    with reasons():
        found = _accounts(config)
        found.open(Principal(name, frozenset(role), *_bounds(only or [])), _password())
        show({"principal": name, "roles": sorted(set(role))}, as_json)


@access_app.command("password")
def password(name: Named, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Another password of a person, or the first of a principal that has none. Sessions and links of it end.

    Example: telassure access password eve
    """
    with reasons():
        _accounts(config).change(name, _password())
        show({"principal": name, "changed": True}, as_json)


@access_app.command("link")
def link(
    name: Named,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=1440, help="For how long it may be used.")] = 60,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """A link that logs a principal in to the page, once.

    Example: telassure access link eve --minutes 10
    """
    with reasons():
        key = _accounts(config).link(name, minutes * MINUTE)
        show({"principal": name, "link": wiring.page_address(configured(config), key)}, as_json)


@access_app.command("rotate")
def rotate(
    name: Named,
    overlap: Annotated[int, typer.Option("--overlap", min=0, help="Hours for which the token before serves too.")] = 0,
    days: Days = 0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """A new token of a principal; the one before ends.

    Example: telassure access rotate ems-north --overlap 24
    """
    with reasons():
        ends = _ends(days)
        _told(name, _register(config).rotate(name, overlap * HOUR, ends), ends, as_json)


@access_app.command("revoke")
def revoke(name: Named, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """End every token of a principal, its password, sessions and links: within a second and without a restart.

    Example: telassure access revoke ems-north
    """
    with reasons():
        show({"principal": name, "revoked": _register(config).revoke(name)}, as_json)


@access_app.command("list")
def list_principals(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Every principal with its roles, its bounds and its tokens, of which only ids are known.

    Example: telassure access list --json
    """
    with reasons():
        found, people = _register(config).listed(), frozenset(_accounts(config).names())
        if as_json:
            listed = [{**_listed(each), "password": each.principal.name in people} for each in found]
            show({"principals": listed}, as_json)
            return
        print_lines(_COLUMNS, [line for each in found for line in _lines(each, people)])


def _register(config: Path | None) -> Register:
    settings = configured(config)
    wiring.home(settings)
    return wiring.access_register(settings, f"{getpass.getuser()} (command line)")


def _accounts(config: Path | None) -> Accounts:
    settings = configured(config)
    wiring.home(settings)
    return wiring.accounts(settings, f"{getpass.getuser()} (command line)")


def _password() -> str:
    """Asked for twice on a terminal; never an argument, which others on the machine could see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _bounds(only: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The feeds and the domains that a principal is bounded to."""
    found: dict[str, set[str]] = {"feed": set(), "domain": set()}
    for each in only:
        kind, _, name = each.partition("=")
        if kind not in found or not name:
            raise typer.BadParameter(f"--only {each}: write feed=NAME or domain=NAME")
        found[kind].add(name)
    return frozenset(found["feed"]), frozenset(found["domain"])


def _ends(days: int) -> Instant:
    return wiring.WallClock().now() + days * DAY if days else 0


def _told(name: str, token: str, ends: Instant, as_json: bool) -> None:
    show({"principal": name, "token": token, "expires_at": iso(ends) if ends else None}, as_json)
    notes.print("the token is shown this once; only a digest of it is kept", highlight=False)


def _listed(enrolment: Enrolment) -> dict[str, Any]:
    now = wiring.WallClock().now()
    tokens = [
        {
            "token_id": each.token_id,
            "origin": each.origin,
            "made_at": iso(each.made_at),
            "expires_at": iso(each.expires_at) if each.expires_at else None,
            "revoked_at": iso(each.revoked_at) if each.revoked_at else None,
            "serves": each.serves(now),
        }
        for each in enrolment.tokens
    ]
    return {**asdict(enrolment.principal), "made_at": iso(enrolment.principal.made_at), "tokens": tokens}


def _lines(enrolment: Enrolment, people: Collection[str]) -> list[dict[str, str]]:
    """A line a token, and one for a person's password."""
    now, who = wiring.WallClock().now(), enrolment.principal
    told = dict.fromkeys(_COLUMNS, "") | {
        "principal": who.name,
        "roles": ", ".join(who.roles),
        "feeds": ", ".join(who.feeds),
        "domains": ", ".join(who.domains),
    }
    person = [{**told, "state": "logs in by password"}] if who.name in people else []
    if not enrolment.tokens and not person:
        return [{**told, "state": "logs in by links"}]
    return person + [
        {
            **told,
            "token": each.token_id,
            "made_at": in_utc(each.made_at),
            "expires_at": in_utc(each.expires_at) if each.expires_at else "",
            "state": "serves" if each.serves(now) else "revoked" if each.revoked_at else "expired",
        }
        for each in enrolment.tokens
    ]
