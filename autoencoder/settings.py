"""What can be chosen before a training: the network and how it is trained. No TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from autoencoder.errors import N_, InvalidArchitecture, InvalidTraining

PIXELS = 784  # 28 × 28
GREY_LEVELS = 255.0
GREY_SQUARED = GREY_LEVELS**2  # MSE on [0, 1] times this is in squared grey levels, as the course prints it
ACTIVATIONS = ("relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus", "linear")
BOUNDED = ("sigmoid", "tanh")  # never above 1: cannot reach grey level 255
MAX_WIDTH, MAX_LAYERS, MAX_PARAMETERS = 4096, 8, 20_000_000
DEPTHS: dict[int, tuple[int, ...]] = {  # neurons per encoder layer; 3 and 4 are the course's
    1: (256,),
    2: (256, 64),
    3: (256, 128, 64),
    4: (256, 128, 64, 16),
    5: (512, 256, 128, 64, 16),
    6: (512, 256, 128, 64, 32, 16),
}


@dataclass(frozen=True)
class Layer:
    """One line of the layer table: a dense layer, or the input (`inputs == 0`)."""

    name: str
    inputs: int
    outputs: int
    activation: str

    @property
    def output_shape(self) -> tuple[None, int]:
        return (None, self.outputs)

    @property
    def parameters(self) -> int:
        return (self.inputs + 1) * self.outputs if self.inputs else 0


@dataclass(frozen=True)
class Architecture:
    """A dense autoencoder for 28×28 digits. The defaults make a good first map."""

    encoder: tuple[int, ...] = (256, 128, 64)  # neurons per layer, from the pixels inwards
    latent_dim: int = 2
    decoder: tuple[int, ...] | None = None  # neurons per layer, from the code outwards; None: the encoder, mirrored
    hidden_activation: str = "silu"
    latent_activation: str = "linear"
    output_activation: str = "sigmoid"
    pixels: Literal["unit", "grey"] = "unit"  # what the network sees: [0, 1], or raw grey levels as in the course

    def __post_init__(self) -> None:
        """Raises InvalidArchitecture where the layers cannot be built or cannot work."""
        _check_widths("encoder", self.encoder)
        _check_widths("decoder", self.decoder_widths)
        _check_whole("latent_dim", self.latent_dim, PIXELS, N_("Choose 2 to see the map."))
        for activation in (self.hidden_activation, self.latent_activation, self.output_activation):
            if activation not in ACTIVATIONS:
                raise InvalidArchitecture(
                    "The activation {activation!r} is not known. Choose one of: {known}.",
                    activation=activation,
                    known=", ".join(ACTIVATIONS),
                )
        if self.pixels not in ("unit", "grey"):
            raise InvalidArchitecture('pixels must be "unit" or "grey", got {pixels!r}.', pixels=self.pixels)
        if self.pixels == "grey" and self.output_activation in BOUNDED:
            raise InvalidArchitecture(
                "A {activation} output never exceeds 1, but raw grey levels go up to 255. "
                "Scale the pixels to [0, 1], or choose relu or linear for the output.",
                activation=self.output_activation,
            )
        if self.parameter_count > MAX_PARAMETERS:
            raise InvalidArchitecture(
                "This network would have {count:,} parameters; at most {limit:,} are allowed. Choose narrower layers.",
                count=self.parameter_count,
                limit=MAX_PARAMETERS,
            )

    @property
    def decoder_widths(self) -> tuple[int, ...]:
        return self.encoder[::-1] if self.decoder is None else self.decoder

    @property
    def depth(self) -> int:
        return len(self.encoder)

    @property
    def scale(self) -> float:
        """What pixels in [0, 1] are multiplied by before the network sees them."""
        return GREY_LEVELS if self.pixels == "grey" else 1.0

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer table from the input to the output; `latent_layer` is the course's name for the code."""
        encoder = [(f"encoder_{i}", width, self.hidden_activation) for i, width in enumerate(self.encoder, 1)]
        decoder = [(f"decoder_{i}", width, self.hidden_activation) for i, width in enumerate(self.decoder_widths, 1)]
        latent = [("latent_layer", self.latent_dim, self.latent_activation)]
        output = [("reconstruction", PIXELS, self.output_activation)]
        table, inputs = [Layer("input_layer", 0, PIXELS, "")], PIXELS
        for name, width, activation in encoder + latent + decoder + output:
            table.append(Layer(name, inputs, width, activation))
            inputs = width
        return tuple(table)

    @property
    def parameter_count(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def size(self) -> str:
        """Memory of the weights as `model.summary()` prints it, such as `1.35 MB`."""
        return _readable_size(4 * self.parameter_count)

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)

    @classmethod
    def from_json(cls, values: object) -> Architecture:
        """Raises InvalidArchitecture for unknown or misshapen fields."""
        return _from_json(cls, values, InvalidArchitecture)


@dataclass(frozen=True)
class Training:
    """How an architecture is trained: Adam on the mean squared error."""

    learning_rate: float = 0.003  # the highest that the schedule reaches
    batch_size: int = 256
    epochs: int = 12
    schedule: Literal["constant", "one-cycle", "cosine"] = "one-cycle"
    seed: int = 0
    patience: int | None = None  # stop after so many epochs without improvement; None: never
    digits: Literal["training", "all"] = "training"  # 60,000 with 10,000 held out, or all 70,000 as the course does
    dataset: str = "mnist"

    def __post_init__(self) -> None:
        """Raises InvalidTraining for settings that cannot be trained with."""
        if not (_is_number(self.learning_rate) and 0 < self.learning_rate <= 1):
            raise InvalidTraining(
                "The learning rate must be above 0 and at most 1, got {value}. Try 0.003.", value=self.learning_rate
            )
        for name, value, most in (("batch_size", self.batch_size, 10_000), ("epochs", self.epochs, 1_000)):
            if not (_is_whole(value) and 1 <= value <= most):
                raise InvalidTraining(
                    "{name} must be a whole number between 1 and {most:,}, got {value}.",
                    name=name,
                    most=most,
                    value=value,
                )
        if not (_is_whole(self.seed) and 0 <= self.seed < 2**32):
            raise InvalidTraining("The seed must be a whole number from 0 to 4294967295, got {value}.", value=self.seed)
        if self.patience is not None and not (_is_whole(self.patience) and 1 <= self.patience <= 1_000):
            raise InvalidTraining(
                "patience must be a whole number of epochs from 1 to 1,000, or empty, got {value}.", value=self.patience
            )
        if self.schedule not in SCHEDULES:
            raise InvalidTraining(
                "The schedule {schedule!r} is not known. Choose one of: {known}.",
                schedule=self.schedule,
                known=", ".join(SCHEDULES),
            )
        if self.digits not in ("training", "all"):
            raise InvalidTraining('digits must be "training" or "all", got {digits!r}.', digits=self.digits)
        if not (isinstance(self.dataset, str) and self.dataset):
            raise InvalidTraining("dataset must be a name such as mnist, got {dataset!r}.", dataset=self.dataset)

    @property
    def holds_out(self) -> bool:
        """Whether digits are held out to measure on. False: all digits are trained on, as in the course."""
        return self.digits == "training"

    def rate(self, progress: float) -> float:
        """Learning rate after a share of the training, progress in [0, 1]."""
        return self.learning_rate * SCHEDULES[self.schedule](progress)

    def to_json(self) -> dict[str, Any]:
        return _to_json(self)

    @classmethod
    def from_json(cls, values: object) -> Training:
        """Raises InvalidTraining for unknown or misshapen fields."""
        return _from_json(cls, values, InvalidTraining)


def _one_cycle(progress: float) -> float:
    """Cosine up from 1/25 over the first 30 %, cosine down to 1/10,000 (Smith 2018; PyTorch's OneCycleLR defaults)."""
    if progress < 0.3:
        return _cosine_between(1 / 25, 1.0, progress / 0.3)
    return _cosine_between(1.0, 1e-4, min(1.0, (progress - 0.3) / 0.7))


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "one-cycle": _one_cycle,
    "cosine": lambda progress: _cosine_between(1.0, 0.0, min(1.0, progress)),  # Loshchilov and Hutter 2017
}


def encoder_widths(depth: int, latent_dim: int) -> tuple[int, ...]:
    """Sensible encoder widths; no layer is narrower than the code. Raises InvalidArchitecture outside 1 to 6."""
    if depth not in DEPTHS:
        raise InvalidArchitecture("depth must be a whole number between 1 and 6, got {depth}.", depth=depth)
    return tuple(max(width, latent_dim) for width in DEPTHS[depth])


def _check_widths(name: str, widths: tuple[int, ...]) -> None:
    if not isinstance(widths, tuple) or not 1 <= len(widths) <= MAX_LAYERS:
        raise InvalidArchitecture(
            "The {name} needs 1 to {most} layers, got {widths}. Write widths such as 256-128-64.",
            name=name,
            most=MAX_LAYERS,
            widths="-".join(map(str, widths)) or "0" if isinstance(widths, tuple) else repr(widths),
        )
    for width in widths:
        _check_whole(name, width, MAX_WIDTH, N_("Write widths such as 256-128-64."))


def _check_whole(name: str, value: object, most: int, advice: str) -> None:
    if not (_is_whole(value) and 1 <= value <= most):  # type: ignore[operator]
        raise InvalidArchitecture(
            "{name} must be a whole number between 1 and {most}, got {value}. {advice}",
            name=name,
            most=most,
            value=value,
            advice=advice,
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _to_json(settings: Any) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in vars(settings).items()}


def _from_json(kind: Any, values: object, error: type[InvalidArchitecture] | type[InvalidTraining]) -> Any:
    if not isinstance(values, dict) or not set(values) <= set(kind.__dataclass_fields__):
        raise error(N_("Expected the fields of {kind}, got {values!r}."), kind=kind.__name__, values=values)
    try:
        return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})
    except TypeError as problem:
        raise error(N_("The settings cannot be read: {problem}."), problem=problem) from problem


def _readable_size(size: float) -> str:
    """As Keras writes it: the largest unit that keeps the figure above 1, two decimals."""
    units = ("B", "KB", "MB", "GB")
    exponent = min(int(math.log(size, 1024)), len(units) - 1) if size else 0
    return f"{size / 1024**exponent:.2f} {units[exponent]}"
