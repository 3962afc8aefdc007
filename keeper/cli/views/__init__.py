"""What the commands show, as dataclasses: pure functions of the book. Amounts are exact, in whole units."""
