"""A batch's way through the layers of a Keras model while it trains, and the terms of the loss that come of it.

Layer by layer, since what is random in between depends on the seed and the number of the step alone: TensorFlow's own
dropout would draw other numbers after a restart.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autoencoder.layers import Layer
from autoencoder.settings import PIXELS, Architecture
from autoencoder.training.convolution import convolved

_STREAM = 1 << 32  # steps from one series of random numbers to the next, more than any training has
# series: noise and mask of the input, the code that is drawn, the first hidden layer's dropout, then one a layer
CORRUPTION, CODE, DROPOUT = (0, 1), 2, 3


def series(tf: Any, random: Any, number: int) -> Any:
    """The int64 pair (seed, step) that decides the random numbers of a step -> that of another series of them."""
    return random + tf.constant([0, number * _STREAM], tf.int64)


class Passed(NamedTuple):
    """What the layers make of (batch, 784) inputs."""

    codes: Any  # (batch, d); of a variational network the means
    log_variance: Any  # (batch, d) of its codes; None of any other
    outputs: Any  # (batch, 784), in the network's own units
    hidden: tuple[Any, ...]  # (batch, neurons) of each hidden layer
    logits: Any  # (batch, 784), before the output's activation; None where no term of the loss needs them


class Chance(NamedTuple):
    """What is random in a step."""

    random: Any  # int64 pair: seed and step
    dropout: Any = None  # share of the neurons of each hidden layer that are silent; None: none


class _Rows:
    """A Keras layer from rows of numbers to rows of numbers: a convolution sees pictures in between."""

    def __init__(self, tf: Any, layer: Any, about: Layer) -> None:
        self._tf, self._layer, self._about, self._convolution = tf, layer, about, about.convolution
        self.activation = layer.activation

    def __call__(self, x: Any) -> Any:
        """(batch, inputs) -> (batch, outputs)."""
        return self._layer(x) if self._convolution is None else self.activation(self.logits(x))

    def logits(self, x: Any) -> Any:
        """The same before the activation."""
        layer, tf = self._layer, self._tf
        if self._convolution is None:
            return tf.matmul(x, layer.kernel) + layer.bias
        sums = convolved(tf, x, layer.kernel, self._convolution)
        biased = tf.reshape(sums, (-1, self._convolution.side_out**2, self._convolution.channels_out)) + layer.bias
        return tf.reshape(biased, (-1, self._about.outputs))


class ForwardPass:
    """The layers of a model, and the terms of a loss by name."""

    def __init__(self, tf: Any, model: Any, architecture: Architecture, terms: tuple[str, ...], loss: str) -> None:
        """Layer names are those of the architecture; `terms` as of `Objective`, `loss` as of `Training`."""
        self._tf, self._terms, self._entropy = tf, terms, loss == "bce"
        self._scale = architecture.scale
        layers = [_Rows(tf, model.get_layer(layer.name), layer) for layer in architecture.layers[1:]]
        code = architecture.code_at
        self._log_variance = layers.pop(code + 1) if architecture.variational else None
        self._encoder, self._latent = layers[:code], layers[code]
        self._decoder, self._output = layers[code + 1 : -1], layers[-1]

    def __call__(self, x: Any, chance: Chance | None = None) -> Passed:
        """(batch, 784) inputs in the network's own units; with `chance` as in a step of the training."""
        hidden = []
        for i, layer in enumerate(self._encoder):
            x = self._thinned(layer(x), chance, i)
            hidden.append(x)
        log_variance = None if self._log_variance is None else self._log_variance(x)
        codes = self._latent(x)
        x = codes if chance is None or log_variance is None else self._drawn(codes, log_variance, chance)
        for i, layer in enumerate(self._decoder, len(self._encoder)):
            x = self._thinned(layer(x), chance, i)
            hidden.append(x)
        if not self._entropy:
            return Passed(codes, log_variance, self._output(x), tuple(hidden), None)
        logits = self._output.logits(x)
        return Passed(codes, log_variance, self._output.activation(logits), tuple(hidden), logits)

    def measured(self, x: Any) -> tuple[Passed, dict[str, Any]]:
        """Inputs as pages see them, without chance, and their terms times scale².

        The reconstruction of a variational network is that of a code drawn for each digit, the same every time.
        """
        passed = self(x)
        terms = self.terms(passed, x)
        if "reconstruction" in terms:
            terms["reconstruction"] = self._reconstruction(self(x, Chance(self._tf.zeros(2, self._tf.int64))), x)
        return passed, terms

    def _thinned(self, x: Any, chance: Chance | None, layer: int) -> Any:
        """Some neurons silent, the others louder, so that what the next layer hears is as loud on average."""
        if chance is None or chance.dropout is None:
            return x
        random = series(self._tf, chance.random, DROPOUT + layer)
        uniform = self._tf.random.stateless_uniform(self._tf.shape(x), random)
        return self._tf.where(uniform >= chance.dropout, x / (1.0 - chance.dropout), 0.0)

    def _drawn(self, codes: Any, log_variance: Any, chance: Chance) -> Any:
        """A code of each digit's distribution: mean + spread · normal noise (Kingma and Welling 2014, section 2.4)."""
        noise = self._tf.random.stateless_normal(self._tf.shape(codes), series(self._tf, chance.random, CODE))
        return codes + self._tf.exp(log_variance / 2) * noise

    def terms(self, passed: Passed, wanted: Any) -> dict[str, Any]:
        """(batch,) of each term, times scale²: a loss in the network's own units, as its squared error is."""
        return {name: getattr(self, f"_{name}")(passed, wanted) for name in self._terms}

    def _mse(self, passed: Passed, wanted: Any) -> Any:
        return self._tf.reduce_mean(self._tf.square(passed.outputs - wanted), axis=1)

    def _bce(self, passed: Passed, wanted: Any) -> Any:
        """From the logits, so that no logarithm meets a 0; the scale is 1."""
        entropy = self._tf.nn.sigmoid_cross_entropy_with_logits(labels=wanted, logits=passed.logits)
        return self._tf.reduce_mean(entropy, axis=1)

    def _reconstruction(self, passed: Passed, wanted: Any) -> Any:
        """In nats, summed over the pixels: cross-entropy, or half the squared error on [0, 1]."""
        return PIXELS * (self._bce if self._entropy else self._half_squared)(passed, wanted)

    def _half_squared(self, passed: Passed, wanted: Any) -> Any:
        return self._mse(passed, wanted) / 2

    def _kl(self, passed: Passed, _wanted: Any) -> Any:
        """As `autoencoder.analysis.metrics.kl_by_dimension`, summed over the dimensions."""
        tf, log_variance = self._tf, passed.log_variance
        nats = (tf.square(passed.codes) + tf.exp(log_variance) - log_variance - 1.0) / 2
        return self._scale**2 * tf.reduce_sum(nats, axis=1)

    def _code_l1(self, passed: Passed, _wanted: Any) -> Any:
        return self._scale**2 * self._tf.reduce_sum(self._tf.abs(passed.codes), axis=1)
