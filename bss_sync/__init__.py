"""What speaks to the operator's OSS and BSS: here, the relay that takes notices out of the outbox to their channel."""
