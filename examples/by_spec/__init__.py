"""A second implementation, from protocol/SPEC.md alone. R-12 in a comment is rule R-12 of it; §2 is its section 2."""
