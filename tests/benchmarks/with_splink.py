"""Splink on the same data, as a practised user would set it up; runs in the environment of the methods compared.

    with_splink.py FOLDER LIST em|labelled [--times]       the last word: time a list of 200 too

Fourteen blocking rules, frequencies of names, previous names and postcodes, swapped names, postcode and address in one
comparison, since a household shares both; the parameters found by expectation maximisation, or from decided pairs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from benchmarks.scoring import Stopwatch, by_threshold, figures, peak_megabytes, ranked, tell
from benchmarks.tables import columns, patients, people, truth
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

LIST = 200
SWAPPED = "substr({0}, 1, 4) || '-' || substr({0}, 9, 2) || '-' || substr({0}, 6, 2)"  # day and month of a date
REVERSED = "given_l = family_r and family_l = given_r"
BLOCKING: list[Any] = [
    block_on("nhs_number"),
    block_on("phone"),
    block_on("given", "family"),
    block_on("birth", "family"),
    block_on("birth", "given"),
    block_on("birth", "postcode"),
    block_on("family", "postcode"),
    block_on("given", "postcode"),
    block_on("birth", "substr(family, 1, 1)", "substr(given, 1, 1)"),
    "l.given = r.family and l.family = r.given",
    "l.prev_postcode = r.postcode and l.given = r.given",
    "l.prev_postcode = r.postcode and l.family = r.family",
    "l.other_family = r.family and l.given = r.given",
    f"l.family = r.family and {SWAPPED.format('l.birth')} = r.birth",
]


def name(column: str, *between: cll.CustomLevel) -> cl.CustomComparison:
    """A name: the same, told apart by less and less, or beginning alike."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            *between,
            cll.JaroWinklerLevel(column, 0.92),
            cll.JaroWinklerLevel(column, 0.85),
            cll.CustomLevel(f"substr({column}_l, 1, 1) = substr({column}_r, 1, 1)", "one initial"),
            cll.ElseLevel(),
        ],
    )


def comparisons() -> list[Any]:
    unknown_birth = cll.CustomLevel("birth_l is null or (birth_r is null and age_r is null)", "missing")
    age = (
        "birth_r is null and abs(date_diff('day', birth_l::date, date '2026-11-22') / 365.25 - 0.5 - age_r::int) < 1.6"
    )
    unknown_place = cll.CustomLevel("postcode_l is null or postcode_r is null", "missing")
    return [
        name("given", cll.CustomLevel(REVERSED, "swapped")),
        name(
            "family",
            cll.CustomLevel(REVERSED, "swapped"),
            cll.CustomLevel("other_family_l = family_r or family_l = other_family_r", "another name"),
            cll.CustomLevel("list_has_any(string_split(family_l, ' '), string_split(family_r, ' '))", "a part"),
        ),
        cl.CustomComparison(
            output_column_name="birth",
            comparison_levels=[
                unknown_birth.configure(is_null_level=True),
                cll.CustomLevel("birth_l = birth_r", "the same"),
                cll.CustomLevel(f"{SWAPPED.format('birth_l')} = birth_r", "swapped"),
                cll.DamerauLevenshteinLevel("birth", 1),
                cll.CustomLevel("substr(birth_l, 6) = substr(birth_r, 6)", "day and month"),
                cll.CustomLevel(age, "the age fits"),
                cll.ElseLevel(),
            ],
        ),
        cl.CustomComparison(
            output_column_name="place",
            comparison_levels=[
                unknown_place.configure(is_null_level=True),
                cll.CustomLevel("postcode_l = postcode_r and line_l = line_r", "one home"),
                cll.CustomLevel("postcode_l = postcode_r", "one postcode"),
                cll.CustomLevel("prev_postcode_l = postcode_r", "a previous postcode"),
                cll.CustomLevel("postcode_l[:-3] = postcode_r[:-3]", "one sector"),
                cll.ElseLevel(),
            ],
        ),
        cl.ExactMatch("middle"),
        cl.ExactMatch("sex"),
        cl.ExactMatch("phone"),
        cl.DamerauLevenshteinAtThresholds("nhs_number", [1]),
    ]


class Linking:
    """The trained model over one index, and the people to find in it."""

    def __init__(self, folder: Path, name: str, way: str) -> None:
        began = time.perf_counter()
        database = duckdb.connect()
        self.api = DuckDBAPI(connection=database)
        database.register("read", pa.table(columns(patients(folder / "index.csv"))))
        database.execute("create table patients as select * from read")  # its own tables are quicker than Arrow's
        self.index = self.api.register("patients")
        self.load_seconds = time.perf_counter() - began
        self.listed = list(people(folder / f"{name}.csv"))
        learnt = self.listed if way == "em" else list(people(folder / "training.csv"))
        training = self.api.register(pa.table(columns(learnt)), table_name="training")
        size = self.api.query_sql("select count(*) as n from patients").as_dict()["n"][0]
        settings = SettingsCreator(
            link_type="link_only",
            comparisons=comparisons(),
            blocking_rules_to_generate_predictions=BLOCKING,
            probability_two_random_records_match=0.65 / size,
            retain_matching_columns=False,
        )
        self.linker = Linker([self.index, training], settings, log_level="ERROR")
        began = time.perf_counter()
        self.linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
        if way == "em":
            self._by_expectation_maximisation()
        else:
            self._by_labels(folder)
        for column in ("given", "family"):
            self.linker.table_management.compute_tf_table(column)
        self.training_seconds = time.perf_counter() - began

    def _by_expectation_maximisation(self) -> None:
        """Not by postcode: that teaches it that relatives are one person."""
        for rule in (block_on("birth"), block_on("given", "family")):
            self.linker.training.estimate_parameters_using_expectation_maximisation(
                rule, fix_probability_two_random_records_match=True, record_sample_proportion=1.0
            )

    def _by_labels(self, folder: Path) -> None:
        pairs = [
            (person, record) for person, all_of in truth(folder / "training_truth.csv").items() for record in all_of
        ]
        labels = pa.table(
            {
                "source_dataset_l": ["patients"] * len(pairs),
                "unique_id_l": [record for _, record in pairs],
                "source_dataset_r": ["training"] * len(pairs),
                "unique_id_r": [person for person, _ in pairs],
            }
        )
        self.linker.training.estimate_m_from_pairwise_labels(self.api.register(labels, table_name="labels"))

    def find(self, some: list[Any], table: str) -> list[tuple[str, str, float]]:
        """Pairs of a person, a patient and the weight between them."""
        listed = self.api.register(pa.table(columns(some)), table_name=table)
        found = self.linker.inference.predict_between(self.index, listed, threshold_match_weight=-12)
        rows = found.as_dict()
        return list(zip(rows["unique_id_r"], rows["unique_id_l"], rows["match_weight"], strict=True))


def main(folder: Path, name: str, way: str, *times: str) -> None:
    linking = Linking(folder, name, way)
    one_list = Stopwatch()
    for turn in range(3 if times else 0):
        with one_list:
            linking.find(linking.listed[:LIST], f"list_{turn}")
    candidates, true = ranked(linking.find(linking.listed, "everybody")), truth(folder / f"{name}_truth.csv")
    tell(
        load=linking.load_seconds,
        training=linking.training_seconds,
        **one_list.told(),
        memory=peak_megabytes(),
        by_probability=figures(by_threshold(candidates, true, 9.965), true),  # log2(0.999 / 0.001)
        by_weight=figures(by_threshold(candidates, true, 20.0), true),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
