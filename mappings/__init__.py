"""Translation: bytes and resources in, domain values out, and back. No I/O."""
