"""Takes notices from the outbox to their receivers, in a process of its own."""
