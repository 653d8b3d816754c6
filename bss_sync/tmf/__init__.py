"""TM Forum's Open APIs over what the system knows: one engine, one face a file."""
