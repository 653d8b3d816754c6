"""What every page is drawn of: read once for all viewers, and the pieces that say it."""
