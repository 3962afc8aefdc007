"""The whole mission on a local chain: a crowd, a crash, a keeper as its own process, a liar, a report."""
