"""The views as tables for a terminal, 80 columns or more, and as JSON."""
