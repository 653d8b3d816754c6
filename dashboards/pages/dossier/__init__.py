"""One incident: what and why, who, what can be done, and what was done."""
