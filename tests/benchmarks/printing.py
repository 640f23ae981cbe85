"""The figures of an evaluation as lines of text."""

from __future__ import annotations

from benchmarks.goals import Goals
from benchmarks.runs import Figures

SHOWN = {  # what a column says: its line's title, and how it is written
    "automatic": ("matched without a person", "{:.0f}"),
    "wrong": ("of them wrong", "{:.0f}"),
    "found": ("found so, of those in the index", "{:.4f}"),
    "safe": ("or among the first three shown", "{:.4f}"),
    "review": ("sent to review", "{:.4f}"),
    "absent_review": ("of those in no index", "{:.4f}"),
    "list_seconds": ("200 people, warm, s", "{:.3f}"),
    "list_processor": ("of processor", "{:.3f}"),
    "person_milliseconds": ("one person, ms, median", "{:.3f}"),
    "person_processor": ("of processor", "{:.3f}"),
    "person_99_milliseconds": ("one person, ms, 99th percentile", "{:.2f}"),
    "person_99_processor": ("of processor", "{:.2f}"),
    "command_seconds": ("200 people by `flagtag match`, s", "{:.2f}"),
    "command_processor": ("of processor", "{:.2f}"),
    "load": ("index load, s", "{:.1f}"),
    "load_processor": ("of processor", "{:.1f}"),
    "training": ("training, s", "{:.1f}"),
    "disk": ("index on disk, MB", "{:.0f}"),
    "load_memory": ("peak memory while loading, MB", "{:.0f}"),
    "memory": ("peak memory while matching, MB", "{:.0f}"),
    "change_milliseconds": ("one patient changed, ms", "{:.2f}"),
    "change_processor": ("of processor", "{:.2f}"),
}
OF_ALL = {"indexes": ("indexes", "{:.0f}"), "mixes": ("mixes of slips", "{:.0f}")} | {
    name: SHOWN[name] for name in ("automatic", "wrong", "found", "safe", "review", "absent_review")
}
OF_FEBRL = {
    "f1": ("FEBRL4 without its number, best F1", "{:.4f}"),
    "recall": ("recall at no false match", "{:.4f}"),
    "seconds": ("both files, s", "{:.1f}"),
}
WIDE, HIGH = 60, 12  # characters of a plot


def table(columns: dict[str, Figures], goals: Goals, shown: dict[str, tuple[str, str]] = SHOWN) -> str:
    """A line for each figure, a column for each method; the goal, and if it is met, beside the first, which is ours."""
    ours, *others = columns
    beside = goals.columns(columns[ours])
    titles = [ours, *beside, *others]
    widths = [max(10, *map(len, title.split())) + 2 for title in titles]
    headings = [title.split() for title in titles]
    lines = [
        " " * 36 + _cells([words[place] if place < len(words) else "" for words in headings], widths)
        for place in range(max(map(len, headings)))
    ]
    for key, (title, form) in shown.items():
        measured = {name: form.format(column[key]) for name, column in columns.items() if key in column}
        if measured:
            cells = measured | {title: said[key] for title, said in beside.items() if key in said}
            lines.append(f"{title:36}" + _cells([cells.get(name, "-") for name in titles], widths))
    return "\n".join(lines)


def _cells(cells: list[str], widths: list[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def taken_out(told: Figures) -> str:
    """What came of those whose records were taken away."""
    shares = {"of them sent to review": told["taken_review"] / max(1, told["taken_out"])}
    counts = {
        "taken out of the index": told["taken_out"],
        "of them matched all the same": told["taken_wrong"],
        "others matched wrongly then": told["others_wrong"],
    }
    lines = [f"{title:36}{count:12}" for title, count in counts.items()]
    return "\n".join(["", *lines, *(f"{title:36}{share:12.4f}" for title, share in shares.items())])


def curve(points: list[Figures]) -> str:
    """The trade-off: what is shown to a person, and what acts by itself, at each number tried; * is what ships."""
    shown, acting = ([point for point in points if point["threshold"] == name] for name in ("possible", "certain"))
    return "\n".join(
        [
            "possible, bits    found or first three   in review   of those in no index   automatic   wrong",
            *(
                f"{point['bits']:14.2f}{_ships(point)}{point['safe']:22.4f}{point['review']:12.4f}"
                f"{point['absent_review']:23.4f}{point['automatic']:12.0f}{point['wrong']:8.0f}"
                for point in shown
            ),
            "",
            plot([(point["absent_review"], point["safe"], bool(point["ships"])) for point in shown]),
            "",
            "certain, bits     found automatically   automatic   wrong",
            *(
                f"{point['bits']:13.2f}{_ships(point)}{point['found']:22.4f}{point['automatic']:12.0f}{point['wrong']:8.0f}"
                for point in acting
            ),
        ]
    )


def _ships(point: Figures) -> str:
    return " *" if point["ships"] else "  "


def plot(points: list[tuple[float, float, bool]]) -> str:
    """Found or shown against the share of absent people in review; the one that ships is a star."""
    across, up = [point[0] for point in points], [point[1] for point in points]
    field = [[" "] * WIDE for _ in range(HIGH)]
    for x, y, ships in sorted(points, key=lambda point: point[2]):  # the star last, over what is beneath it
        column, row = _place(x, across, WIDE), HIGH - 1 - _place(y, up, HIGH)
        field[row][column] = "*" if ships else "o"
    edges = {0: f"{max(up):.4f}", HIGH - 1: f"{min(up):.4f}"}
    lines = [f"{edges.get(number, ''):>8} |{''.join(row).rstrip()}" for number, row in enumerate(field)]
    below = f"{min(across):.4f}{'of those in no index, in review':^{WIDE - 12}}{max(across):.4f}"
    return "\n".join(["found or first three", *lines, f"{'':9}+{'-' * WIDE}", f"{'':10}{below}"])


def _place(value: float, among: list[float], size: int) -> int:
    """Where a value stands on an axis of so many characters that holds them all."""
    return round((value - min(among)) / ((max(among) - min(among)) or 1.0) * (size - 1))


def guards(counted: dict[str, dict[str, int]]) -> str:
    """What each guard holds back: of the right patient that is its price, of another its worth."""
    lines = ["  the right patient    somebody else", "   alone     in all    alone   in all   held back, since"]
    for word, of_guard in sorted(counted.items(), key=lambda guard: -guard[1].get("right alone", 0)):
        numbers = [of_guard.get(name, 0) for name in ("right alone", "right", "wrong alone", "wrong")]
        lines.append("{:8}{:11}{:9}{:9}   {}".format(*numbers, word))
    return "\n".join(lines)
