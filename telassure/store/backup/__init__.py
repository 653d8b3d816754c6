"""Copies of a running home: taken consistent, kept in pieces by their content, proven when they are put back."""
