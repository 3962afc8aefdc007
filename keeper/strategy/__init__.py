"""What to do about what the book says: pure functions of the book, marks and facts; no clock, no network."""
