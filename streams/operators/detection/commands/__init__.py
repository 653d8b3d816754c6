"""What may be asked of detection: one family of commands a file."""
