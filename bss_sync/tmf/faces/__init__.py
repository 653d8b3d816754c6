"""The faces that are served, one Open API a module."""
