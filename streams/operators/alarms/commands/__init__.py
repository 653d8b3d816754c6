"""What may be asked of the alarm list: one family of commands a file."""
