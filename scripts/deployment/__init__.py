"""Deployment in parts: what is pure, and `chain` and `session` ask a node."""
