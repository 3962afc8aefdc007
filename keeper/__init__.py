"""The Plimsoll keeper: watches the chain, liquidates, ranks the queue and submits verified deleveraging."""
