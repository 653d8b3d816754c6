"""What may be asked of charging: acts on the balance of a prepaid account."""
