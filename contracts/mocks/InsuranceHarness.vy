# pragma version 0.4.3
"""
@title The vault's pure modules, callable
@license MIT
@notice For tests: every function of buckets and share_price as it is.
"""

from contracts.modules import buckets
from contracts.modules import share_price


@external
@pure
def cap(word: uint256) -> uint256:
    return buckets._cap(word)


@external
@pure
def available(word: uint256, now: uint256) -> uint256:
    return buckets._available(word, now)


@external
@pure
def taken(word: uint256, amount: uint256, now: uint256) -> uint256:
    return buckets._taken(word, amount, now)


@external
@pure
def given_back(word: uint256, amount: uint256, now: uint256) -> uint256:
    return buckets._given_back(word, amount, now)


@external
@pure
def with_cap(word: uint256, cap: uint256, now: uint256) -> uint256:
    return buckets._with_cap(word, cap, now)


@external
@pure
def shares_down(assets: uint256, supply: uint256, total: uint256) -> uint256:
    return share_price._shares_down(assets, supply, total)


@external
@pure
def shares_up(assets: uint256, supply: uint256, total: uint256) -> uint256:
    return share_price._shares_up(assets, supply, total)


@external
@pure
def assets_down(shares: uint256, supply: uint256, total: uint256) -> uint256:
    return share_price._assets_down(shares, supply, total)


@external
@pure
def assets_up(shares: uint256, supply: uint256, total: uint256) -> uint256:
    return share_price._assets_up(shares, supply, total)


@external
@pure
def deposit_limit(supply: uint256, total: uint256) -> uint256:
    return share_price._deposit_limit(supply, total)


@external
@pure
def mint_limit(supply: uint256, total: uint256) -> uint256:
    return share_price._mint_limit(supply, total)
