"""The chain's state as events tell it: accounts, positions and markets in columns, undone block by block."""
