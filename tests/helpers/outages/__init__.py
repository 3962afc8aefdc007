"""Whole deployments whose second market gets its price from Chainlink's or Pyth's contracts, what can happen
to that price, and what contracts/OUTAGES.md says becomes of everything then.
"""
