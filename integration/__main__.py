"""`flagtag` and `python -m integration`."""

from __future__ import annotations

from integration.cli.app import main

if __name__ == "__main__":
    main()
