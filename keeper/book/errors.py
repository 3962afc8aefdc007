"""What can be wrong with the events or blocks the book is given."""


class MalformedLog(Exception):
    """Not a log of the contract it claims to be from: the node lies, or is not an Ethereum node."""


class BrokenHistory(Exception):
    """An event that cannot follow from the state: logs are missing, doubled or out of order."""


class Reorged(Exception):
    """The block does not build on the book's head."""


class TooDeep(Exception):
    """The blocks to be undone are not kept any more: rebuild."""


class Unusable(Exception):
    """Half of a stretch of history is in the book: rebuild."""
