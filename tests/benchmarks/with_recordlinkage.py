"""recordlinkage on the same data, as a practised user would set it up; runs in the environment of the methods compared.

    with_recordlinkage.py FOLDER LIST em|labelled [--times]       the last word: time a list of 200 too

Nine blocking keys, eight compared fields; the parameters found by expectation/conditional maximisation, or by logistic
regression from decided pairs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recordlinkage as rl
from benchmarks.scoring import Stopwatch, by_threshold, figures, peak_megabytes, ranked, tell
from benchmarks.tables import columns, patients, people, truth

LIST = 200
BLOCKS: list[tuple[list[str], list[str]]] = [
    (["nhs_number"], ["nhs_number"]),
    (["phone"], ["phone"]),
    (["birth", "family"], ["birth", "family"]),
    (["birth", "given"], ["birth", "given"]),
    (["birth", "postcode"], ["birth", "postcode"]),
    (["family", "postcode"], ["family", "postcode"]),
    (["given", "postcode"], ["given", "postcode"]),
    (["given", "family"], ["given", "family"]),
    (["given", "family"], ["family", "given"]),
]


def table(rows: Any) -> pd.DataFrame:
    """One side, with what the comparisons need besides; missing values agree with nothing and block nothing."""
    made = pd.DataFrame(columns(rows)).set_index("unique_id")
    parts = pd.to_datetime(made["birth"], errors="coerce")
    return made.assign(year=parts.dt.year, month=parts.dt.month, day=parts.dt.day)


def pairs_of(index: pd.DataFrame, listed: pd.DataFrame) -> pd.MultiIndex:
    """The pairs that share a key; a key with a part missing is none."""
    found = None
    for left, right in BLOCKS:
        one, other = index.dropna(subset=left), listed.dropna(subset=right)
        pairs = rl.index.Block(left_on=left, right_on=right).index(one, other)
        found = pairs if found is None else found.union(pairs)
    return found


def compared(pairs: pd.MultiIndex, index: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Eight fields, each between 0 and 1."""
    compare = rl.Compare()
    compare.string("given", "given", method="jarowinkler", missing_value=0.5)
    compare.string("family", "family", method="jarowinkler", missing_value=0.5)
    compare.string("birth", "birth", method="damerau_levenshtein", missing_value=0.5)
    compare.exact("year", "year", missing_value=0.5)
    compare.exact("postcode", "postcode", missing_value=0.5)
    compare.string("line", "line", method="levenshtein", missing_value=0.5)
    compare.exact("sex", "sex", missing_value=0.5)
    compare.exact("nhs_number", "nhs_number", missing_value=0.5)
    return compare.compute(pairs, index, listed)


def trained(way: str, folder: Path, index: pd.DataFrame) -> Any:
    """The classifier; what learns from no decisions sees agreement and disagreement only."""
    learnt = table(people(folder / "training.csv"))
    features = compared(pairs_of(index, learnt), index, learnt)
    if way == "em":
        classifier = rl.ECMClassifier(binarize=0.85)
        classifier.fit(features)
        return classifier
    true = {(record, person) for person, all_of in truth(folder / "training_truth.csv").items() for record in all_of}
    classifier = rl.LogisticRegressionClassifier(C=100.0)
    classifier.fit(features, features.index[[pair in true for pair in features.index]])
    return classifier


def found(classifier: Any, index: pd.DataFrame, listed: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Pairs of a person, a patient and the logarithm of their odds."""
    features = compared(pairs_of(index, listed), index, listed)
    likely = np.clip(classifier.prob(features).to_numpy(), 1e-15, 1 - 1e-15)
    odds = np.log2(likely / (1 - likely))
    return [(person, record, float(score)) for (record, person), score in zip(features.index, odds, strict=True)]


def main(folder: Path, name: str, way: str, *times: str) -> None:
    began = time.perf_counter()
    index, listed = table(patients(folder / "index.csv")), table(people(folder / f"{name}.csv"))
    load, began = time.perf_counter() - began, time.perf_counter()
    classifier = trained(way, folder, index)
    training, one_list = time.perf_counter() - began, Stopwatch()
    for _ in range(3 if times else 0):
        with one_list:
            found(classifier, index, listed.head(LIST))
    true = truth(folder / f"{name}_truth.csv")
    candidates = ranked(found(classifier, index, listed))
    tell(
        load=load,
        training=training,
        **one_list.told(),
        memory=peak_megabytes(),
        by_probability=figures(by_threshold(candidates, true, 9.965), true),  # log2(0.999 / 0.001)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
