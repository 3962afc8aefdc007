"""A local chain with a deployed system, a crowd that trades on it, and keepers as processes beside it."""
