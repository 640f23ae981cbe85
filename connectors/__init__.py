"""The outside: one file for each kind of outside system, each behind one of our ports."""
