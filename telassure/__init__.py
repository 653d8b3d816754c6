"""Telassure: sees trouble in a telecom network before its customers do, and stops the money from leaking."""

__version__ = "0.1.0"
