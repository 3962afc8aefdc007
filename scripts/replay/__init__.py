"""A venue's recorded history through the contracts, and what other rules would have done in its rounds."""
