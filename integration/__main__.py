"""`flagtag` and `python -m integration`."""

from __future__ import annotations

import gc

MANY_OBJECTS = 200_000  # new ones before the collector looks at them: what a start imports is no garbage


def main() -> None:
    """Run one command. A sixth of a short one's time would else go to a collector that finds nothing."""
    gc.set_threshold(MANY_OBJECTS)
    from integration.cli.app import main as run

    try:
        run()
    finally:
        gc.freeze()  # the process ends: nothing of what is left need be looked through once more


if __name__ == "__main__":
    main()
