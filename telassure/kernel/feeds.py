"""What the name of a feed says: recordings have names of their own, and their times are not those of now."""

from typing import Final

RECORDED: Final = "replay:"
"""How the name of a recorded feed begins."""
