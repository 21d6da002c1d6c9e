"""Principal component analysis as a model: the best that encoder and decoder can do without activations.

scikit-learn's PCA finds the components (Jolliffe 2002, chapter 2); the rest is two matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autoencoder.layers import Layer
from autoencoder.network.forward import LayeredModel
from autoencoder.network.grey_levels import pixels
from autoencoder.network.protocol import Array, DenseLayer, Description


@dataclass(frozen=True, eq=False)
class Pca(LayeredModel):
    """A `Model` of d principal components: code = (pixels - mean) @ components.T, pixels = code @ components + mean."""

    mean: Array  # (784,) float32, the average digit in [0, 1]
    components: Array  # (d, 784) float32, orthonormal rows, largest variance first

    @property
    def latent_dim(self) -> int:
        """d."""
        return len(self.components)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer table from the pixels to the reconstruction."""
        d, n = self.components.shape
        return (
            Layer("input_layer", 0, n, ""),
            Layer("latent_layer", n, d, "linear"),
            Layer("reconstruction", d, n, "linear"),
        )

    @property
    def weights(self) -> tuple[Array, ...]:
        """The mean and the components."""
        return self.mean, self.components

    @property
    def parameter_count(self) -> int:
        """784 · (d + 1): encoder and decoder share the components."""
        return self.mean.size + self.components.size

    def description(self) -> Description:
        """Two linear layers; the encoder's bias takes the mean off."""
        bias = -(self.components.astype(np.float64) @ self.mean).astype(np.float32)
        return Description(
            encoder=(DenseLayer(self.components.T, bias, "linear"),),
            decoder=(DenseLayer(self.components, self.mean, "linear"),),
        )


def fit(images: Array, most: int) -> Pca:
    """(n, 784) uint8 grey levels -> PCA with `most` components; zero rows where n digits span fewer directions."""
    from sklearn.decomposition import PCA  # takes a second to import; the bundled baseline does without

    count = min(most, len(images) - 1)  # n digits span at most n - 1 directions around their mean
    components = np.zeros((most, images.shape[1]), np.float32)
    scaled = pixels(images)
    if count > 0 and scaled.var() > 0:
        components[:count] = PCA(count, svd_solver="covariance_eigh").fit(scaled).components_
    return Pca(scaled.mean(axis=0, dtype=np.float64).astype(np.float32), components)


def errors_by_components(pca: Pca, images: Array) -> Array:
    """(n, 784) uint8 grey levels -> (d + 1,) float64 MSE per pixel with 0, 1, … d components.

    Components are orthonormal, so each takes its squared score off the squared distance from the mean.
    """
    squares = np.zeros(pca.latent_dim + 1)
    for piece in in_pieces(images):
        centred = piece - pca.mean
        scores = centred @ pca.components.T.astype(np.float64)  # (rows, d)
        squares += [np.square(centred).sum(), *-np.square(scores).sum(axis=0)]
    return np.asarray(np.maximum(np.cumsum(squares), 0) / images.size)


def in_pieces(images: Array) -> Iterator[Array]:
    """(n, 784) uint8 grey levels as float64 pixels in [0, 1], 5,000 digits at a time: all at once take 376 MB."""
    for start in range(0, len(images), 5000):
        yield images[start : start + 5000] / 255
