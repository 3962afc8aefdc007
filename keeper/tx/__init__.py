"""Transactions: simulated, signed, journaled, sent, replaced, confirmed. One owner of one key's nonces."""
