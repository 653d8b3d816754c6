"""Revisions of a topology's state."""
