"""The code of each digit as a table, for spreadsheets and data frames: CSV and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autoencoder.errors import N_
from autoencoder.export.record import Export
from autoencoder.export.source import Source

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a field begins with that spreadsheets compute


def table(source: Source) -> pd.DataFrame:
    """A row a digit: its number, its row in the file it came from, its label, whether it was held out, error and code.

    Of a variational run the spread of the code too. Where the digits are gone, labels and what was held out are
    missing.
    """
    import pandas as pd  # 40 MB, which only exports need

    space, dataset = source.space, source.dataset_or_none
    columns: dict[str, object] = {"digit": np.arange(len(space.codes))}
    if dataset is not None and dataset.rows is not None:
        columns["row"] = dataset.rows
    if dataset is not None and dataset.labelled:
        columns["label"] = np.array(dataset.classes)[dataset.labels]
    if dataset is not None:
        columns["held_out"] = (np.arange(len(dataset)) >= dataset.n_training) & source.run.training.holds_out
    columns["mse"] = space.errors.astype(np.float32)
    columns |= {f"code_{i}": column for i, column in enumerate(space.codes.T, 1)}
    if space.spread is not None:
        columns |= {f"spread_{i}": column for i, column in enumerate(space.spread.T, 1)}
    return pd.DataFrame(columns)


def _csv(source: Source, path: Path) -> None:
    digits = table(source)
    if "label" in digits:
        digits["label"] = digits["label"].map(_no_formula)
    digits.to_csv(path, index=False, float_format="%.7g", lineterminator="\r\n", encoding="utf-8")


def _no_formula(name: str) -> str:
    """The name of a label, such as people give, so that no spreadsheet takes it for a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name


def _parquet(source: Source, path: Path) -> None:
    table(source).to_parquet(path, engine="pyarrow", index=False)


CSV = Export(
    "csv", N_("The codes as a table (CSV)"), N_("A row a digit: label, error and code, for a spreadsheet."),
    "codes.csv", "text/csv", _csv,
)  # fmt: skip
PARQUET = Export(
    "parquet", N_("The codes as a table (Parquet)"), N_("The same for pandas, Polars or DuckDB, with its types."),
    "codes.parquet", "application/vnd.apache.parquet", _parquet,
)  # fmt: skip
