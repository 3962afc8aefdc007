# pragma version 0.4.3
"""
@title ClearingHouse as Governance sees it
@license MIT
@notice For tests: records what it is told, by anyone, and says so with the real events.
"""

from contracts.interfaces import IClearingHouse

params_word: public(HashMap[uint256, uint256])
liquidation_word: public(HashMap[uint256, uint256])
# ppm
vault_fee_share: public(uint256)
treasury_receiver: public(address)


@external
def write_market(market_id: uint256, params: uint256, liquidation: uint256):
    self.params_word[market_id] = params
    self.liquidation_word[market_id] = liquidation
    log IClearingHouse.MarketWritten(market_id=market_id, params=params, liquidation=liquidation)


@external
def set_vault_fee_share(share_ppm: uint256):
    log IClearingHouse.VaultFeeShareSet(old_share=self.vault_fee_share, new_share=share_ppm)
    self.vault_fee_share = share_ppm


@external
def collect_treasury(receiver: address):
    self.treasury_receiver = receiver
    log IClearingHouse.TreasuryCollected(receiver=receiver, amount=0)
