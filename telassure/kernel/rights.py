"""What there is to be allowed, by name: endpoints, kinds, commands, records and pages say which right they need.

Which roles have a right, and who has which role, is `telassure.access`; here are the names only.
"""

from typing import Final

VIEW: Final = "view"
"""Reading what the pages show."""
INGEST: Final = "ingest"
"""Sending what the network says."""
OPERATE: Final = "operate"
"""Acting on alarms, problems and tickets."""
JUDGE: Final = "judge"
"""Saying what an episode was worth."""
TUNE: Final = "tune"
"""Changing which model finds episodes, and how they are ranked."""
BILL: Final = "bill"
"""Deciding cases of leakage."""
CONFIGURE: Final = "configure"
"""Stating the catalogue (network, customers, tariffs, policies) and what rules every partition."""
MEASURE: Final = "measure"
"""Reading the system's own figures."""
RIGHTS: Final = frozenset({VIEW, INGEST, OPERATE, JUDGE, TUNE, BILL, CONFIGURE, MEASURE})
