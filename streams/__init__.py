"""The streaming core: pure operators, topologies as data, and the hosts that run them."""
