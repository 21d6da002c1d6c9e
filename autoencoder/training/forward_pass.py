"""A batch's way through the layers of a Keras model while it trains, and the terms of the loss that come of it.

Layer by layer, since what is random in between depends on the seed and the number of the step alone: TensorFlow's own
dropout would draw other numbers after a restart.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autoencoder.settings import Architecture

_STREAM = 1 << 32  # steps from one series of random numbers to the next, more than any training has
CORRUPTION, DROPOUT = (0, 1), 3  # series: noise and mask of the input; the first hidden layer's, then one a layer


def series(tf: Any, random: Any, number: int) -> Any:
    """The int64 pair (seed, step) that decides the random numbers of a step -> that of another series of them."""
    return random + tf.constant([0, number * _STREAM], tf.int64)


class Passed(NamedTuple):
    """What the layers make of (batch, 784) inputs."""

    codes: Any  # (batch, d)
    outputs: Any  # (batch, 784), in the network's own units
    logits: Any  # (batch, 784), before the output's activation; None where no term of the loss needs them


class Dropout(NamedTuple):
    """What silences neurons in a step."""

    share: Any  # of the neurons of each hidden layer
    random: Any  # int64 pair: seed and step


class ForwardPass:
    """The layers of a model, and the terms of a loss by name."""

    def __init__(self, tf: Any, model: Any, architecture: Architecture, terms: tuple[str, ...]) -> None:
        """Layer names are those of the architecture; `terms` as of `Objective`."""
        self._tf, self._terms = tf, terms
        self._scale = architecture.scale
        layers = [model.get_layer(layer.name) for layer in architecture.layers[1:]]
        code = architecture.depth
        self._encoder, self._latent = layers[:code], layers[code]
        self._decoder, self._output = layers[code + 1 : -1], layers[-1]

    def __call__(self, x: Any, dropout: Dropout | None = None) -> Passed:
        """(batch, 784) inputs in the network's own units; with `dropout` as in a step of the training."""
        for i, layer in enumerate(self._encoder):
            x = self._thinned(layer(x), dropout, i)
        codes = x = self._latent(x)
        for i, layer in enumerate(self._decoder, len(self._encoder)):
            x = self._thinned(layer(x), dropout, i)
        if "bce" not in self._terms:
            return Passed(codes, self._output(x), None)
        logits = self._tf.matmul(x, self._output.kernel) + self._output.bias
        return Passed(codes, self._output.activation(logits), logits)

    def _thinned(self, x: Any, dropout: Dropout | None, layer: int) -> Any:
        """Some neurons silent, the others louder, so that what the next layer hears is as loud on average."""
        if dropout is None:
            return x
        random = series(self._tf, dropout.random, DROPOUT + layer)
        uniform = self._tf.random.stateless_uniform(self._tf.shape(x), random)
        return self._tf.where(uniform >= dropout.share, x / (1.0 - dropout.share), 0.0)

    def terms(self, passed: Passed, wanted: Any) -> dict[str, Any]:
        """(batch,) of each term, times scale²: a loss in the network's own units, as its squared error is."""
        return {name: getattr(self, f"_{name}")(passed, wanted) for name in self._terms}

    def _mse(self, passed: Passed, wanted: Any) -> Any:
        return self._tf.reduce_mean(self._tf.square(passed.outputs - wanted), axis=1)

    def _bce(self, passed: Passed, wanted: Any) -> Any:
        """From the logits, so that no logarithm meets a 0; the scale is 1."""
        entropy = self._tf.nn.sigmoid_cross_entropy_with_logits(labels=wanted, logits=passed.logits)
        return self._tf.reduce_mean(entropy, axis=1)

    def _code_l1(self, passed: Passed, _wanted: Any) -> Any:
        return self._scale**2 * self._tf.reduce_sum(self._tf.abs(passed.codes), axis=1)
