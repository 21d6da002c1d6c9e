"""The activation functions in NumPy, in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erf

from autoencoder.network.protocol import Array


def _relu(x: Array, _spare: Array) -> None:
    np.maximum(x, 0, out=x)


def _gelu(x: Array, spare: Array) -> None:
    """The exact form, as Keras's default."""
    np.multiply(x, np.float32(np.sqrt(0.5)), out=spare)
    erf(spare, out=spare)
    spare += 1
    x *= spare
    x /= 2


def _silu(x: Array, spare: Array) -> None:
    x /= _one_and_exp_minus(x, spare)


def _sigmoid(x: Array, spare: Array) -> None:
    np.reciprocal(_one_and_exp_minus(x, spare), out=x)


def _one_and_exp_minus(x: Array, spare: Array) -> Array:
    np.negative(x, out=spare)
    with np.errstate(over="ignore"):  # where it is infinite the quotient is 0, as it should be
        np.exp(spare, out=spare)
    spare += 1
    return spare


def standard_deviation(log_variance: Array, out: Array | None = None) -> Array:
    """Of the same shape; infinite where a float32 cannot hold it, as of a network that has not learned yet."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(log_variance / 2, out=out))


def _elu(x: Array, spare: Array) -> None:
    np.minimum(x, 0, out=spare)
    np.expm1(spare, out=spare)
    np.maximum(x, 0, out=x)
    x += spare


def _selu(x: Array, spare: Array) -> None:
    """Klambauer et al. 2017."""
    np.minimum(x, 0, out=spare)
    np.expm1(spare, out=spare)
    spare *= np.float32(1.6732632)
    np.maximum(x, 0, out=x)
    x += spare
    x *= np.float32(1.0507010)


def _tanh(x: Array, _spare: Array) -> None:
    np.tanh(x, out=x)


def _softplus(x: Array, spare: Array) -> None:
    np.negative(np.abs(x, out=spare), out=spare)
    np.log1p(np.exp(spare, out=spare), out=spare)
    np.maximum(x, 0, out=x)
    x += spare


def _linear(_x: Array, _spare: Array) -> None:
    pass


ACTIVATION_FUNCTIONS: dict[str, Callable[[Array, Array], None]] = {  # in place; the second array is room for as much
    "relu": _relu,
    "gelu": _gelu,
    "silu": _silu,
    "elu": _elu,
    "selu": _selu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "linear": _linear,
}
