"""What `telassure diff` answers: a past day replayed as it was and with something changed."""
