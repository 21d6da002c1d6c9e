"""What a denoising autoencoder is given in place of a digit: noise added, pixels masked (Vincent et al. 2008).

While it trains, the compiled loop draws new noise for each step; here each digit has noise of its own that stays the
same, so that pages and measures show the same picture every time.
"""

from __future__ import annotations

import numpy as np

from autoencoder.network.protocol import Array
from autoencoder.settings import GREY_LEVELS, PIXELS, Training


def corrupted(images: Array, digits: Array, training: Training) -> Array:
    """(n, 784) uint8 images of the (n,) digits of these numbers -> (n, 784) uint8, corrupted as in this training."""
    shown = images / np.float32(GREY_LEVELS)
    for image, digit in zip(shown, digits, strict=True):
        random = np.random.default_rng((training.seed, int(digit)))
        noise, uniform = random.standard_normal(PIXELS), random.random(PIXELS)
        image[:] = np.clip(image + training.noise * noise, 0, 1) * (uniform >= training.mask)
    return np.round(shown * GREY_LEVELS).astype(np.uint8)
