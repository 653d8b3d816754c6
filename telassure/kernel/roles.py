"""What a client may be allowed to do, by name: kinds of input, commands, records and pages say which role they need."""

from typing import Final

VIEW: Final = "view"
INGEST: Final = "ingest"
OPERATE: Final = "operate"
RECORD: Final = "record"
"""Sending what has been recorded, whose times are not those of now."""
