"""Stand-ins for the outside, held to the same contract suites as the real connectors."""
