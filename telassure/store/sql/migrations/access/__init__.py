"""Revisions of the event log."""
