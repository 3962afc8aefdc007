# pragma version 0.4.3
"""
@title Who bears what of an account that is closed
@license MIT
@notice Pure. A solvent account pays by maintenance, which leaves equity / maintenance as it was. A bankruptcy is
        borne by the legs that lost: by maintenance weight a leg that crashed from 100 to 1 would carry almost
        nothing, and the counterparties of an uninvolved market would pay for it.
@dev Every input is below 2**128, sizes below 2**95: no product overflows.
"""

from contracts.modules import fixed_point


@internal
@pure
def _share_down(equity: int256, freed: uint256, maintenance: uint256) -> uint256:
    """
    @notice What of a solvent account's equity goes with a part that frees `freed` of its `maintenance`,
            floor(E * (M(s) - M(s + d)) / M).
    @param equity Not negative.
    """
    return unsafe_div(convert(equity, uint256) * freed, maintenance)


@internal
@pure
def _shortfall(
    equity: int256, loss: uint256, losses: uint256, leg_maintenance: uint256, maintenance: uint256
) -> uint256:
    """
    @notice H: what a bankrupt account's leg is short of, quote units, rounded up; 0 for a solvent account. A single
            leg carries all of it, and no leg ever more than all.
    @param loss The leg's unrealised loss against entry, of `losses` over the account's priced legs.
    @param leg_maintenance The leg's part of the account's `maintenance`.
    """
    if equity >= 0:
        return 0
    debt: uint256 = fixed_point._abs(equity)
    if losses >= debt:
        return fixed_point._div_up(debt * loss, losses)
    return loss + fixed_point._div_up((debt - losses) * leg_maintenance, maintenance)


@internal
@pure
def _part_up(whole: uint256, part: uint256, size: uint256) -> uint256:
    """
    @notice ceil(whole * part / size): of a whole leg's amount what falls on a part of its size.
    """
    return fixed_point._div_up(whole * part, size)
