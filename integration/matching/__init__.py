"""Who the people on a list are: spelling, keys, comparison, weights, guards, decision."""
