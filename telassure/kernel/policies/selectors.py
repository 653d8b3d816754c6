"""What a policy may be narrowed to: a domain, a feed, a measurement and the like, or nothing."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SelectorKind:
    """A kind of selector, and the form that its names have (all of the text). `name` stands in messages and tables.

    >>> PAYMENT.takes("prepaid"), PAYMENT.takes("cash"), DOMAIN.takes("site-*"), BEGINNING.takes("site-*")
    (True, False, False, True)
    """

    name: str
    form: str = r".*[^*]"

    def takes(self, selector: str) -> bool:
        return re.fullmatch(self.form, selector, re.DOTALL) is not None


GENERAL: Final = SelectorKind("nothing", "")
DOMAIN: Final = SelectorKind("domain")
FEED: Final = SelectorKind("feed")
MEASUREMENT: Final = SelectorKind("measurement")
OBJECT: Final = SelectorKind("object")
BEGINNING: Final = SelectorKind("beginning of objects with a *", r".+\*")
PAYMENT: Final = SelectorKind("payment (prepaid, postpaid)", "prepaid|postpaid")
RANKER_VERSION: Final = SelectorKind("version of a ranker", "r[0-9a-f]{12}")
CAUSE_RULE_ID: Final = SelectorKind("rule of causes by its id", "c[0-9a-f]{12}")
CHANGE: Final = SelectorKind("id of a change", ".+")
