"""The command line: what the operator sees and starts."""
