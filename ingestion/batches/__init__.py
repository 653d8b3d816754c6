"""A batch of one kind: its form, where its rows go, and what the catalogue in force says of them."""
