"""Money: what was charged, what leaks and why, what waits in suspense, and who watches."""
