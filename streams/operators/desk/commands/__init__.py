"""What may be asked of the desk: of problems and of their tickets."""
