"""Shows a document page by page, and knows whether its end was reached."""

from __future__ import annotations

import shutil
import sys

from integration.cli.printing import out


def shown_to_the_end(text: str) -> bool:
    """Print a page, wait for Enter, print the next; False if the display ended before the text did."""
    lines = text.splitlines() or [""]
    page = max(5, shutil.get_terminal_size().lines - 2)
    try:
        for start in range(0, len(lines), page):
            for line in lines[start : start + page]:
                out(line)
            more = len(lines) - (start + page)
            if more > 0 and not _go_on(more):
                return False
    except (KeyboardInterrupt, BrokenPipeError):
        return False
    return True


def _go_on(more: int) -> bool:
    print(f"-- {more} more lines: Enter goes on, q stops --", file=sys.stderr, end=" ", flush=True)
    answer = sys.stdin.readline()
    return answer != "" and answer.strip().casefold() != "q"
