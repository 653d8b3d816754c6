"""What of a home is not in a backup of it, by name, so that nobody believes to have what is not there."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from telassure.wiring.settings import Settings

SECRETS: Final = "secrets"
_MADE_ANEW: Final = frozenset({"locks", "health", "log.mark"})  # by whoever starts or writes next
_FOLDED: Final = frozenset({"inbox/done", "inbox/failed"})  # named as one, since they hold thousands


def omissions(settings: Settings, copied: Collection[str], secrets: bool) -> list[str]:
    """What lies in the home and was not copied, and what it uses that lies elsewhere, each once."""
    return list(dict.fromkeys([*_within(settings.home, copied), *_elsewhere(settings, secrets)]))


def _within(home: Path, copied: Collection[str]) -> Iterator[str]:
    for place in sorted(each for each in home.rglob("*") if each.is_symlink() or not each.is_dir()):
        inside = place.relative_to(home)
        name, above = inside.as_posix(), "/".join(inside.parts[:2])
        if name in copied or inside.parts[0] in (*_MADE_ANEW, SECRETS) or beside(place) or place.suffix == ".lock":
            continue
        yield f"{above}/" if above in _FOLDED else name


def _elsewhere(settings: Settings, secrets: bool) -> Iterator[str]:
    if settings.retention.archive is not None:
        yield f"{settings.retention.archive} (retention.archive; keep a copy of it too)"
    if settings.secrets is not None:
        yield f"{settings.secrets} (secrets; keep a copy of it too)"
    if settings.distributed:
        topics, days = f"{settings.kafka.prefix}.*", settings.kafka.topic_days
        yield f"the records in Kafka's topics {topics} (kept {days} days: a restored state goes on from them)"
    if not secrets:
        yield f"{SECRETS}/ (give --secrets; without pseudonym_key accounts do not match)"


def beside(place: Path) -> bool:
    """Whether a file is a part of the database that lies beside it."""
    return place.name.endswith(("-wal", "-shm", "-journal"))
