"""The public name of the notebook's way in: `from telassure.lab import Lab`."""

from telassure.app.lab import Lab

__all__ = ["Lab"]
