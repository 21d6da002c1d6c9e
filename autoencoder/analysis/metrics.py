"""What a trained autoencoder reaches, in numbers: each metric is declared once, in METRICS. No TensorFlow.

A metric is computed either when a run ends, and kept in `run.json` (Measures), or on demand, with its value for PCA,
and kept in `metrics.json` (ComparedWithPca). Pages and the command line derive what they show from METRICS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from autoencoder.analysis.latent_space import LatentSpace, LazyLatentSpace
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset
from autoencoder.errors import N_
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array
from autoencoder.settings import GREY_LEVELS, Training

UNUSED_NATS = 0.01  # of KL: a dimension with less says nothing of the digit
HALF_GREY = 127
LIT = 0.01  # of the digits have the pixel more than half white: then a network should draw it, too
SAMPLE = 2_000  # held-out digits for trustworthiness, whose cost grows with their square


class Subject(NamedTuple):
    """What is measured: all digits of a data set as one model encodes and reconstructs them."""

    space: LatentSpace | LazyLatentSpace
    dataset: Dataset
    trained_on: slice = slice(None)  # rows of the data set


@dataclass(frozen=True)
class Wording:
    """English words about a metric, marked for translation."""

    label: str
    help: str
    where_all_train: tuple[str, str] | None = None  # label and help for runs that hold no digits out
    results: tuple[str, str, str] | None = None  # label, caption, help on the Train page, where they differ

    def of(self, held_out: bool) -> tuple[str, str]:
        """Label and help, by whether the run held digits out."""
        return (self.label, self.help) if held_out or not self.where_all_train else self.where_all_train


@dataclass(frozen=True)
class Metric:
    """One number about a model."""

    name: str  # in files and in JSON
    compute: Callable[[Subject], float | None]  # None: these digits do not allow it
    wording: Wording
    form: str  # as in `format`
    at_end: bool  # computed when a run ends; False: on demand
    beside_pca: bool = True  # whether PCA's value is computed and shown, too
    is_error: bool = False  # mean squared error per pixel on [0, 1]: also told in squared grey levels

    @property
    def lower_is_better(self) -> bool:
        """Which way is better: errors should be small, all others large."""
        return self.is_error

    def keeps_its_label(self, held_out: bool) -> bool:
        """Whether its label is true of a run that held digits out, or none: there no error is a held-out one."""
        return self.wording.of(held_out)[0] == self.wording.label

    def of(self, measures: Measures, compared: ComparedWithPca) -> float | None:
        """Its value for a run; None for runs measured before this metric existed."""
        return measures.value(self.name) if self.at_end else compared.model.get(self.name)


@dataclass(frozen=True)
class Measures:
    """A run in numbers, as measured at its end. MSE is per pixel on [0, 1]; times 65,025 in squared grey levels.

    The digits tested on are the data set's `held_out` rows. None: a version measured the run that has no such metric.
    """

    train_mse: float | None = None  # final weights, on the digits that were trained on
    test_mse: float | None = None  # final weights, on the digits tested on
    held_out: bool = False  # False: the digits tested on were trained on too, as in the course
    knn_accuracy: float | None = None  # k = 5, codes of the other digits, scored on those tested on
    dead_units: tuple[int, ...] = ()  # counted from 1
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # later metrics by name; a newer version's

    @property
    def error(self) -> float | None:
        """The MSE that stands for the run: on the digits held out, otherwise on those that it was trained on."""
        return self.test_mse if self.held_out else self.train_mse

    def value(self, name: str) -> float | None:
        """A metric by its name; None for runs measured before it existed."""
        found = getattr(self, name) if name in _FIELDS else self.others.get(name)
        return float(found) if isinstance(found, int | float) else None

    def to_json(self) -> dict[str, Any]:
        """By name, in one level."""
        known = {name: getattr(self, name) for name in _FIELDS}
        return {**{name: value for name, value in known.items() if value is not None}, **self.others}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Measures:
        """Defaults for what is missing, and unknown names are kept. Raises TypeError, ValueError."""
        known = {name: _READ.get(name, float)(values[name]) for name in _FIELDS if name in values}
        return cls(**known, others={name: value for name, value in values.items() if name not in _FIELDS})


_FIELDS = tuple(each.name for each in fields(Measures) if each.name != "others")
_READ: dict[str, Callable[[Any], Any]] = {  # from JSON, where it is no float
    "held_out": bool,
    "dead_units": lambda units: tuple(int(unit) for unit in units),
}


@dataclass(frozen=True)
class ComparedWithPca:
    """Metrics by name that are computed on demand, beside PCA with as many dimensions."""

    model: Mapping[str, float | None]  # on-demand metrics only; None: without labels, or of too few digits
    pca: Mapping[str, float | None] | None  # every metric with `beside_pca`; None above 64 dimensions
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)  # written by a newer version; kept unchanged

    @property
    def complete(self) -> bool:
        """False if it was computed before one of today's metrics existed."""
        model = {metric.name for metric in METRICS if not metric.at_end}
        return model <= self.model.keys() and (self.pca is None or BESIDE_PCA.keys() <= self.pca.keys())

    def to_json(self) -> dict[str, Any]:
        """As stored in `metrics.json`."""
        return {**self.others, "model": dict(self.model), "pca": None if self.pca is None else dict(self.pca)}

    def over(self, before: ComparedWithPca) -> ComparedWithPca:
        """These numbers, and of an earlier file what is not among them: a newer version wrote it."""
        pca = None if self.pca is None else {**(before.pca or {}), **self.pca}
        return ComparedWithPca({**before.model, **self.model}, pca, before.others)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ComparedWithPca:
        """Also of format 1, `worth.json`. Raises KeyError, TypeError, ValueError, AttributeError."""
        model, pca = values["model"], values["pca"]
        if "format" not in values:  # it also held what run.json holds, and called one metric by another name
            model = {name: value for name, value in model.items() if name not in ("test_mse", "knn_5")}
            pca = pca and {"knn_accuracy" if name == "knn_5" else name: value for name, value in pca.items()}
        return cls(_numbers(model), None if pca is None else _numbers(pca))


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of today's metrics as floats; those of a newer version's as they are."""
    known = {metric.name for metric in METRICS}
    return {name: float(value) if name in known and value is not None else value for name, value in values.items()}


def measure(space: LatentSpace, training: Training, dataset: Dataset) -> Measures:
    """The metrics of a run that has ended; about five seconds for 70,000 digits."""
    subject = Subject(space, dataset, dataset.training if training.holds_out else slice(None))
    computed = {metric.name: metric.compute(subject) for metric in METRICS if metric.at_end}
    values: dict[str, Any] = {name: value for name, value in computed.items() if value is not None}
    values |= {"held_out": training.holds_out, "dead_units": dead_units(space.codes)}
    return Measures.from_json(values)


def compare(space: LatentSpace, dataset: Dataset) -> ComparedWithPca:
    """The metrics computed on demand, and PCA's. About ten seconds for 70,000 digits in 8 dimensions: for a worker."""
    subject, pca = Subject(space, dataset), _pca_space(dataset, space.codes.shape[1])
    twin = None if pca is None else Subject(pca, dataset)
    return ComparedWithPca(
        {metric.name: metric.compute(subject) for metric in METRICS if not metric.at_end},
        None if twin is None else {metric.name: metric.compute(twin) for metric in BESIDE_PCA.values()},
    )


def _pca_space(dataset: Dataset, d: int) -> LazyLatentSpace | None:
    """Codes and errors of all digits by PCA with d components. None above 64 dimensions."""
    pca = pca_baseline(dataset).model(d)
    return None if pca is None else LazyLatentSpace(lambda: pca, dataset)


def knn_accuracy(codes: Array, dataset: Dataset, k: int = 5) -> float | None:
    """Share of held-out digits whose label the k nearest training codes name: (n, d) codes -> [0, 1].

    None without labels, or with fewer than k digits to train on.
    """
    if not dataset.labelled or dataset.n_training < k:
        return None
    from sklearn.neighbors import KNeighborsClassifier  # for workers: it takes a second and 120 MB to import

    classifier = KNeighborsClassifier(k).fit(codes[dataset.training], dataset.labels[dataset.training])
    return float(classifier.score(codes[dataset.held_out], dataset.labels[dataset.held_out]))


def dead_units(codes: Array) -> tuple[int, ...]:
    """Latent units, counted from 1, that are constant for at least 99 of 100 digits: (n, d) codes -> numbers.

    Constant: within a ten-thousandth of the largest code around the unit's median.
    """
    typical = np.median(codes, axis=0)
    differs = np.abs(codes - typical) > 1e-4 * (np.abs(codes).max() or 1.0)
    return tuple(int(i) + 1 for i in np.flatnonzero(differs.mean(axis=0) <= 0.01))


def dark_pixels(brightest: Array, images: Array) -> int:
    """How many pixels no reconstruction lights up, though LIT of the digits do.

    (784,) the highest of each pixel on [0, 1] among the reconstructions of the (n, 784) uint8 images.
    """
    lit = (images > HALF_GREY).mean(axis=0) > LIT
    return int(((brightest < 0.5 / GREY_LEVELS) & lit).sum())


def is_dead_layer(lowest: Array, highest: Array) -> bool:
    """Whether a layer says the same of every digit: (neurons,) the lowest and highest output of each."""
    largest = max(float(np.abs(lowest).max()), float(np.abs(highest).max()))
    return bool((highest - lowest).max() <= 1e-4 * largest)


def kl_by_dimension(codes: Array, spread: Array) -> Array:
    """(n, d) means and standard deviations of codes -> (n, d) nats: their KL divergence from the standard normal.

    The closed form of Kingma and Welling 2014, appendix B. A digit's KL is the sum over its dimensions.
    """
    variance = np.square(spread)
    with np.errstate(divide="ignore"):  # a spread of 0 is infinitely far from the prior
        return np.asarray((np.square(codes) + variance - np.log(variance) - 1) / 2)


def unused_units(codes: Array, spread: Array) -> tuple[int, ...]:
    """Latent dimensions, counted from 1, whose KL is below UNUSED_NATS on average: the decoder learns nothing there."""
    return tuple(int(i) + 1 for i in np.flatnonzero(kl_by_dimension(codes, spread).mean(axis=0) < UNUSED_NATS))


def linear_accuracy(codes: Array, dataset: Dataset) -> float | None:
    """Share of held-out digits that logistic regression on the codes classifies: (n, d) codes -> [0, 1].

    None without labels, or where all digits to train on have the same.
    """
    if not dataset.labelled or len(np.unique(dataset.labels[dataset.training])) < 2:
        return None
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    classifier.fit(codes[dataset.training].astype(np.float64), dataset.labels[dataset.training])
    return float(classifier.score(codes[dataset.held_out].astype(np.float64), dataset.labels[dataset.held_out]))


def trustworthiness_of(codes: Array, dataset: Dataset) -> float | None:
    """Trustworthiness (Venna and Kaski 2001): 15 neighbours, first 2,000 held-out digits. (n, d) codes -> [0, 1].

    None where fewer than 31 are held out.
    """
    if dataset.n_held_out <= 2 * 15:
        return None
    from sklearn.manifold import trustworthiness

    sample = slice(dataset.n_training, dataset.n_training + SAMPLE)
    return float(trustworthiness(pixels(dataset.images[sample]), codes[sample], n_neighbors=15))


METRICS = (
    Metric(
        "train_mse",
        lambda subject: float(subject.space.errors_of(subject.trained_on).mean()),
        Wording(N_("Training MSE"), N_("Mean squared error per pixel on [0, 1].")),
        form=".4f",
        at_end=True,
        beside_pca=False,
        is_error=True,
    ),
    Metric(
        "test_mse",
        lambda subject: float(subject.space.errors_of(subject.dataset.held_out).mean()),
        Wording(
            N_("Held-out MSE"),
            N_("Mean squared error per pixel on [0, 1] of the reconstructions."),
            (
                N_("Training MSE"),
                N_("Mean squared error per pixel on [0, 1] of the reconstructions of all digits, which it trained on."),
            ),
        ),
        form=".4f",
        at_end=True,
        is_error=True,
    ),
    Metric(
        "knn_accuracy",
        lambda subject: knn_accuracy(subject.space.codes, subject.dataset, k=5),
        Wording(
            N_("kNN accuracy, k = 5"),
            N_("How often the 5 nearest codes of the other digits name the right label."),
            results=(
                N_("kNN accuracy"),
                N_("5 nearest codes name the label"),
                N_("k-nearest-neighbour accuracy, k = 5: codes of {n:,} digits, scored on the last {m:,}."),
            ),
        ),
        form=".1%",
        at_end=True,
    ),
    Metric(
        "knn_15",
        lambda subject: knn_accuracy(subject.space.codes, subject.dataset, k=15),
        Wording(
            N_("kNN accuracy, k = 15"), N_("How often the 15 nearest codes of the other digits name the right label.")
        ),
        form=".1%",
        at_end=False,
    ),
    Metric(
        "linear",
        lambda subject: linear_accuracy(subject.space.codes, subject.dataset),
        Wording(
            N_("Linear classifier"),
            N_("Accuracy of logistic regression on the codes: what they are worth as features for other methods."),
        ),
        form=".1%",
        at_end=False,
    ),
    Metric(
        "trustworthiness",
        lambda subject: trustworthiness_of(subject.space.codes, subject.dataset),
        Wording(
            N_("Trustworthiness"),
            N_("Of the first 2,000 held-out digits, with 15 neighbours each."),
            (
                N_("Trustworthiness"),
                N_("Of the first 2,000 of the last digits, with 15 neighbours each."),
            ),
        ),
        form=".3f",
        at_end=False,
    ),
)
AT_END = tuple(metric for metric in METRICS if metric.at_end)
BESIDE_PCA = {metric.name: metric for metric in METRICS if metric.beside_pca}
