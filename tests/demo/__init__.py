"""The demonstration: what is played, what is seen of it."""
