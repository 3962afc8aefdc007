"""The Plimsoll keeper: watches the chain, liquidates, ranks the queue and submits verified deleveraging."""

__version__ = "0.1.0"
