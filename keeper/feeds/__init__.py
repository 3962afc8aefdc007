"""Where the prices come from that the keeper signs, and how it signs them. A feed never makes a price up."""
