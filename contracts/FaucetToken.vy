# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title FaucetToken: collateral for local chains and testnets
@license MIT
@notice snekmate's ERC-20 (with permit) whose `drip` gives anyone tokens. The deployer may also `mint` without a cap.
@custom:security Worthless by construction. Never list it where money is real.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.IERC20,
    erc20.IERC20Detailed,
    erc20.IERC20Permit,
    erc20.IERC5267,
    erc20.owner,
    erc20.is_minter,
    erc20.set_minter,
    erc20.mint,
    erc20.burn,
    erc20.burn_from,
    erc20.transfer_ownership,
    erc20.renounce_ownership,
)

# What one call may give, in whole tokens.
DRIP_CAP: public(constant(uint256)) = 1_000_000


@deploy
def __init__(name: String[25], symbol: String[5], decimals: uint8):
    """
    @param decimals 6 or 18, what the protocol accepts as collateral.
    """
    assert decimals == 6 or decimals == 18, "token: bad decimals"
    ownable.__init__()
    erc20.__init__(name, symbol, decimals, name, "1")


@external
def drip(receiver: address, amount: uint256):
    """
    @notice Anyone: create `amount` (smallest units) for `receiver`, at most DRIP_CAP whole tokens a call.
    @custom:error "token: above the drip cap"
    """
    assert amount <= DRIP_CAP * 10 ** convert(erc20.decimals, uint256), "token: above the drip cap"
    erc20._mint(receiver, amount)
