"""The sandbox of demonstrations: the chain read and judged from outside."""
