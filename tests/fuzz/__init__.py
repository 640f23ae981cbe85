"""Coverage-guided fuzzing of what strangers' bytes reach first, for a bounded time: `make fuzz`."""
