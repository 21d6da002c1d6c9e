"""Maps of the held-out digits made from their pixels, without an autoencoder, to compare a latent space with.

PCA, t-SNE (van der Maaten and Hinton 2008) and UMAP (McInnes, Healy and Melville 2018). Those of MNIST are bundled;
`build_embeddings.py` made them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autoencoder.data.archive import read_archive, write_archive
from autoencoder.data.baseline import pca_baseline
from autoencoder.data.dataset import Dataset
from autoencoder.data.quantised import Quantised, quantise
from autoencoder.errors import DataUnavailable, InvalidData
from autoencoder.network.protocol import Array
from autoencoder.settings import MNIST

BUNDLED = Path(__file__).parent / "mnist-embeddings.npz"
NAMES = ("pca", "tsne", "umap")


def embedding_names(dataset: Dataset) -> tuple[str, ...]:
    """The maps that there are of a data set: PCA of any, t-SNE and UMAP of MNIST only."""
    return NAMES if dataset.name == MNIST else NAMES[:1]


def embedding(dataset: Dataset, name: str) -> Array:
    """(n held out, 2) float32 positions of the held-out digits. Raises DataUnavailable, InvalidData."""
    if name not in embedding_names(dataset):
        raise DataUnavailable(
            "There is no map called “{name}” of these digits. Choose one of: {names}.",
            name=name[:40],
            names=", ".join(embedding_names(dataset)),
        )
    return read_embedding(BUNDLED, dataset, name) if dataset.name == MNIST else pca_embedding(dataset)


def pca_embedding(dataset: Dataset) -> Array:
    """(n held out, 2): scores on the two main components of the training digits' pixels, in [0, 1]."""
    pca = pca_baseline(dataset).model(2)
    assert pca is not None  # 64 components are stored
    return pca.encode(dataset.images[dataset.held_out])


def save_embeddings(path: Path, dataset: Dataset, embeddings: dict[str, Array]) -> None:
    """Maps by name, (n held out, 2) each, as 16-bit steps. Raises StorageError."""
    arrays = {"fingerprint": dataset.mark}
    for name, positions in embeddings.items():
        quantised = quantise(positions)
        arrays |= {name: quantised.steps, f"{name}_window": np.stack([quantised.low, quantised.high])}
    write_archive(path, **arrays)


def read_embedding(path: Path, dataset: Dataset, name: str) -> Array:
    """One map of a file, (n held out, 2). Raises DataUnavailable, or InvalidData if it is damaged or of other data."""
    mark, steps, window = read_archive(path, "fingerprint", name, f"{name}_window")
    n = dataset.n_held_out
    if not np.array_equal(mark, dataset.mark) or steps.shape != (n, 2) or window.shape != (2, 2):
        raise InvalidData(
            "The file {path} belongs to other data. Make it again: python -m autoencoder.data.build_embeddings",
            path=str(path),
        )
    return Quantised(steps, *window).values()
