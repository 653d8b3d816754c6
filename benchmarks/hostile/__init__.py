"""An hour of a running system beside a hostile client that does all of it at once."""
