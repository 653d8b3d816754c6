"""The work queue: incidents and loose alarms in one grid, ordered by impact, and what is done about them."""
