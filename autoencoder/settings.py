"""What can be chosen before a training: the network and how it is trained.

Each option stands here once, as a field with its default, label, help, limits and choices: the checks, the form of the
Train page, the flags of the command line and run.json derive from it (autoencoder/option_kinds.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from autoencoder.errors import N_, AutoencoderError, InvalidArchitecture, InvalidTraining
from autoencoder.layers import AFTER, BEFORE, Convolution, Layer, readable_size, table_of
from autoencoder.option_kinds import Choice, Number, Settings, Switch, Text, Whole, Widths, option, options
from autoencoder.schedules import SCHEDULES

PIXELS = 784  # 28 × 28
GREY_LEVELS = 255.0
GREY_SQUARED = GREY_LEVELS**2  # MSE on [0, 1] times this is in squared grey levels, as the course prints it
MNIST = "mnist"  # the data set that ships with the app
ACTIVATIONS = ("relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus", "linear")
BOUNDED = ("sigmoid", "tanh")  # never above 1: cannot reach grey level 255
MAX_PARAMETERS = 20_000_000
MAX_LEARNING_RATE = 1.0
MIN_LEARNING_RATE = 1e-7  # of what is trained from now on; a run that was stored with a lower one opens
ABSURD_LEARNING_RATE = 0.1  # above it each of Adam's steps moves a weight by about as much as it weighs
DEPTHS: dict[int, tuple[int, ...]] = {  # neurons per encoder layer; 3 and 4 are the course's
    1: (256,),
    2: (256, 64),
    3: (256, 128, 64),
    4: (256, 128, 64, 16),
    5: (512, 256, 128, 64, 16),
    6: (512, 256, 128, 64, 32, 16),
}
DEPTH = Whole(  # no field: it chooses the widths of the encoder
    N_("Depth"),
    N_("Hidden layers between the pixels and the code, and back. The widths can be typed under Advanced."),
    least=min(DEPTHS),
    most=max(DEPTHS),
    usual=range(min(DEPTHS), max(DEPTHS) + 1),
)


def encoder_widths(depth: int, latent_dim: int) -> tuple[int, ...]:
    """Sensible encoder widths; no layer is narrower than the code. Raises InvalidArchitecture outside 1 to 6."""
    DEPTH.check(depth, Architecture().depth, InvalidArchitecture)
    return tuple(max(width, latent_dim) for width in DEPTHS[depth])


# ---- the network ----


def _widths(label: str, help: str, example: str, empty: str | None = None) -> Widths:
    return Widths(label, help, example=example, empty=empty, layers=8, widest=4096, advanced=True)


def _activation(label: str, help: str = "") -> Choice:
    return Choice(label, help, choices=dict.fromkeys(ACTIVATIONS), advanced=True)


@dataclass(frozen=True)
class Architecture(Settings):
    """A dense autoencoder for 28×28 digits. The defaults make a good first map. Raises InvalidArchitecture."""

    error: ClassVar[type[AutoencoderError]] = InvalidArchitecture

    encoder: tuple[int, ...] = option(
        (256, 128, 64),
        _widths(
            N_("Encoder widths"), N_("Neurons per hidden layer, from the pixels to the code."), example="256-128-64"
        ),
    )
    latent_dim: int = option(
        2,
        Whole(
            N_("Latent dimensions"),
            N_("How many numbers the code of a digit has: `latent_dim`. With 2, the latent space is a map."),
            least=1,
            most=PIXELS,
            usual=range(1, 65),
        ),
    )
    decoder: tuple[int, ...] | None = option(
        None,
        _widths(
            N_("Decoder widths"),
            N_("Neurons per hidden layer, from the code to the pixels. The course's decoder is not the full mirror."),
            example="64-128",
            empty=N_("the encoder, mirrored"),
        ),
    )
    hidden_activation: str = option("silu", _activation(N_("Hidden activation")))
    latent_activation: str = option(
        "linear", _activation(N_("Latent activation"), N_("With relu, latent units can die; linear keeps them."))
    )
    output_activation: str = option("sigmoid", _activation(N_("Output activation")))
    pixels: str = option(
        "unit",
        Choice(
            N_("Pixels"),
            N_("What the network sees. The course feeds it raw grey levels."),
            choices={"unit": N_("scaled to [0, 1]"), "grey": N_("raw grey levels, 0 to 255")},
            advanced=True,
        ),
    )
    variational: bool = option(
        False,
        Switch(
            N_("Variational"),
            N_("The encoder says where the code of a digit lies and how far around; what is decoded is drawn there."),
        ),
    )

    convolutional: bool = option(
        False,
        Switch(
            N_("Convolutional"),
            N_(
                "Layers look at patches of 3 × 3 pixels: those of Keras's VAE example, 32 and 64 channels, 16 neurons. "
                "Depth and widths do not count then, and an epoch takes many times as long."
            ),
        ),
    )

    def __post_init__(self) -> None:
        """Raises InvalidArchitecture where the layers cannot be built or cannot work."""
        super().__post_init__()
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
        """Neurons per decoder layer, from the code outwards."""
        return self.encoder[::-1] if self.decoder is None else self.decoder

    @property
    def depth(self) -> int:
        """Hidden layers of the encoder."""
        return len(self.encoder)

    @property
    def scale(self) -> float:
        """What pixels in [0, 1] are multiplied by before the network sees them."""
        return GREY_LEVELS if self.pixels == "grey" else 1.0

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer table from the input to the output; `latent_layer` is the course's name for the code."""
        encoder: tuple[int | Convolution, ...] = BEFORE if self.convolutional else self.encoder
        decoder: tuple[int | Convolution, ...] = AFTER if self.convolutional else (*self.decoder_widths, PIXELS)
        activations = self.hidden_activation, self.latent_activation, self.output_activation
        return table_of(PIXELS, encoder, self.latent_dim, decoder, activations, self.variational)

    @property
    def code_at(self) -> int:
        """The place of `latent_layer` among the layers with weights: so many hidden layers come before it."""
        return [layer.name for layer in self.layers[1:]].index("latent_layer")

    @property
    def parameter_count(self) -> int:
        """Weights and biases of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """The work of one digit's way through the network, in multiply-adds."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def size(self) -> str:
        """Memory of the weights as `model.summary()` prints it, such as `1.35 MB`."""
        return readable_size(4 * self.parameter_count)


# ---- the training ----


@dataclass(frozen=True)
class Training(Settings):
    """How an architecture is trained: with Adam, on what `training/objective.py` says. Raises InvalidTraining."""

    error: ClassVar[type[AutoencoderError]] = InvalidTraining

    learning_rate: float = option(
        0.003,  # with a schedule, the highest that it reaches
        Number(
            N_("Learning rate"),
            N_("How far each step goes: Adam's. Too high, and the loss jumps or becomes infinite."),
            least=0,
            most=MAX_LEARNING_RATE,
            above_least=True,
            usual=(*(float(f"{digit}e{power}") for power in range(-5, 0) for digit in range(1, 10)), 1.0),
        ),
    )
    epochs: int = option(
        12, Whole(N_("Epochs"), N_("How often each digit is seen."), least=1, most=1_000, usual=range(1, 501))
    )
    batch_size: int = option(
        256,
        Whole(
            N_("Batch size"),
            N_("Digits per step. Smaller: more steps, slower."),
            least=1,
            most=10_000,
            usual=(16, 32, 64, 128, 256, 512, 1024, 2048),
        ),
    )
    seed: int = option(
        0,
        Whole(
            N_("Seed"),
            N_("Where the random numbers start. The same seed and settings give the same losses on one machine."),
            least=0,
            most=2**32 - 1,
        ),
    )
    schedule: str = option(
        "one-cycle",
        Choice(
            N_("Schedule"),
            N_("How the learning rate changes. One cycle rises for 30 % of the steps, then falls to almost nothing."),
            choices={name: schedule.name for name, schedule in SCHEDULES.items()},
            advanced=True,
        ),
    )
    digits: str = option(
        "training",  # 60,000 of MNIST's 70,000; with "all" none is left to measure on, as in the course
        Choice(
            N_("Digits to train on"),
            N_(
                "The course trains on all 70,000. Then no digit is left to tell whether the network has learned "
                "or only remembers."
            ),
            choices={"training": N_("some held out"), "all": N_("none held out")},
            advanced=True,
        ),
    )
    patience: int | None = option(
        None,
        Whole(
            N_("Stop early after (epochs)"),
            N_("Epochs without improvement before the training stops and goes back to its best epoch."),
            least=1,
            most=1_000,
            usual=range(1, 101),
            empty=N_("never"),
            advanced=True,
        ),
    )
    noise: float = option(
        0.0,
        Number(
            N_("Noise on the input"),
            N_(
                "Denoising: normal noise of this standard deviation is added to the pixels (0 to 1) that the network "
                "sees. It must give back the clean digit."
            ),
            least=0,
            most=1,
            usual=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
            advanced=True,
        ),
    )
    mask: float = option(
        0.0,
        Number(
            N_("Masked pixels"),
            N_("Denoising: this share of the pixels is set to 0 in what the network sees, others in each step."),
            least=0,
            most=0.95,
            usual=(0.0, 0.1, 0.15, 0.25, 0.4, 0.5, 0.75, 0.9),
            advanced=True,
        ),
    )
    loss: str = option(
        "mse",
        Choice(
            N_("Loss"),
            N_(
                "What is made small: the squared error of the pixels, or binary cross-entropy, which takes each pixel "
                "for the chance of ink. The MSE is reported either way, so that runs compare."
            ),
            choices={"mse": N_("squared error"), "bce": N_("binary cross-entropy")},
            advanced=True,
        ),
    )
    code_l1: float = option(
        0.0,
        Number(
            N_("Sparse code (L1)"),
            N_(
                "Sparse: this much times the sum of the code's absolute numbers is added to the loss, so that numbers "
                "that say little become 0."
            ),
            least=0,
            most=1,
            usual=(0.0, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1, 1.0),
            advanced=True,
        ),
    )
    beta: float = option(
        1.0,
        Number(
            N_("β of a variational network"),
            N_(
                "How much the KL divergence counts beside the reconstruction; 1 is the paper's. Above, dimensions are "
                "told apart better and drawn less sharply (Higgins et al. 2017)."
            ),
            least=0,
            most=100,
            usual=(0.0, 0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0),
            advanced=True,
        ),
    )
    beta_warm_up: int = option(
        0,
        Whole(
            N_("Epochs until β is reached"),
            N_("β rises from 0 over so many epochs, so that the code is used before it costs (Bowman et al. 2016)."),
            least=0,
            most=1_000,
            usual=(0, 1, 2, 3, 5, 10, 20, 50),
            advanced=True,
        ),
    )
    weight_decay: float = option(
        0.0,
        Number(
            N_("Weight decay"),
            N_(
                "Each step shrinks the weights by this share of themselves times the learning rate, apart from Adam's "
                "own step: AdamW (Loshchilov and Hutter 2019). Biases are left alone."
            ),
            least=0,
            most=10,
            usual=(0.0, 1e-4, 1e-3, 1e-2, 0.1, 1.0),
            advanced=True,
        ),
    )
    dropout: float = option(
        0.0,
        Number(
            N_("Dropout"),
            N_(
                "While it trains, this share of the neurons of each hidden layer is silent, others in each step "
                "(Srivastava et al. 2014)."
            ),
            least=0,
            most=0.9,
            usual=(0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7),
            advanced=True,
        ),
    )
    dataset: str = option(
        MNIST,
        Text(
            N_("Data set"),
            N_("The bundled mnist, one that was fetched, such as openml:Fashion-MNIST, or one that was added: own:…."),
            example=MNIST,
        ),
    )

    @property
    def holds_out(self) -> bool:
        """Whether digits are held out to measure on. False: all digits are trained on, as in the course."""
        return self.digits == "training"

    @property
    def denoises(self) -> bool:
        """Whether the network is given corrupted digits and must give back clean ones."""
        return self.noise > 0 or self.mask > 0

    def beta_at(self, progress: float) -> float:
        """β after a share of the training, progress in [0, 1]."""
        risen = progress * self.epochs / self.beta_warm_up if self.beta_warm_up else 1.0
        return self.beta * min(1.0, risen)

    def rate(self, progress: float) -> float:
        """Learning rate after a share of the training, progress in [0, 1]."""
        return self.learning_rate * SCHEDULES[self.schedule].share(progress)


def require_learning_rate(rate: object) -> None:
    """Raises InvalidTraining for a rate that nothing should be trained with; `Training` itself takes lower ones."""
    about = options(Training)["learning_rate"]
    usual = Number(about.label, least=MIN_LEARNING_RATE, most=MAX_LEARNING_RATE)
    usual.check(rate, Training().learning_rate, InvalidTraining)
