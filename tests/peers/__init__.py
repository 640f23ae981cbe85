"""Real servers on this machine's loopback, started for the tests."""
