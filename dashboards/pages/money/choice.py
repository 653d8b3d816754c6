"""What of the money is looked at, as the page's address says: a cause of leakage, and a case of it."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

_LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class MoneyChoice:
    """The cause whose cases are listed (its control, service and subject; "" is any), and the case that is opened.

    >>> MoneyChoice.read("?control=missing_usage&service=voice&subject=msc-1&case=le-1").of_case("").href
    '?control=missing_usage&service=voice&subject=msc-1'
    """

    control: str = ""
    service: str = ""
    subject: str = ""
    case: str = ""

    @classmethod
    def read(cls, query: str | None) -> "MoneyChoice":
        """Whatever the query string says; what is unknown or overlong in it is left out."""
        said = parse_qs((query or "").lstrip("?")[:4_096])
        found = {name: values[-1] for name, values in said.items() if len(values[-1]) <= _LONGEST}
        return cls(*(found.get(name, "") for name in ("control", "service", "subject", "case")))

    def of_case(self, leakage_id: str) -> "MoneyChoice":
        return replace(self, case=leakage_id)

    @property
    def href(self) -> str:
        named = ("control", self.control), ("service", self.service), ("subject", self.subject), ("case", self.case)
        return f"?{urlencode([each for each in named if each[1]])}"
