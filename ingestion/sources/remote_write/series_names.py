"""What a series of Prometheus is here: the object that is measured, and what of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.sources.remote_write.labels import label_pairs
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput

NAME: Final = "__name__"
_KNOWN: Final = 200_000


@dataclass(slots=True)
class SeriesNames:
    """The object is the first of the labels `objects` that a series has, its port aside; the measurement is its name
    with the labels that are left, without `ignored` ones. Names that were made before are kept."""

    objects: Sequence[str]
    ignored: frozenset[str]
    _known: dict[bytes, tuple[str, str]] = field(default_factory=dict)

    def of(self, octets: bytes) -> tuple[str, str]:
        """(object, measurement) of the octets of a series' labels; InvalidInput where it has no such."""
        found = self._known.get(octets)
        if found is None:
            found = self._made(label_pairs(octets))
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[octets] = found
        return found

    def _made(self, labels: dict[str, str]) -> tuple[str, str]:
        name = labels.pop(NAME, "")
        if not name:
            raise InvalidInput(f"a series has no {NAME}; send every series with its name")
        owner = next((each for each in self.objects if labels.get(each)), None)
        if owner is None:
            wanted = ", ".join(self.objects)
            raise InvalidInput(
                f"series {fields.shown(name)} has none of the labels {wanted}; one names what is measured"
            )
        measured = _without_port(labels.pop(owner))
        telling = (each for each in sorted(labels) if each not in self.ignored and labels[each])
        left = ",".join(f'{each}="{labels[each]}"' for each in telling)
        whole = f"{name}{{{left}}}" if left else name
        return fields.text(measured, owner), fields.text(whole, "the name of a series")


def _without_port(instance: str) -> str:
    """
    >>> _without_port("cell-7:9100"), _without_port("[2001:db8::1]:9100"), _without_port("2001:db8::1")
    ('cell-7', '[2001:db8::1]', '2001:db8::1')
    """
    host, colon, port = instance.rpartition(":")
    named = colon and port.isdecimal() and (":" not in host or host.endswith("]"))
    return host if named and host else instance
