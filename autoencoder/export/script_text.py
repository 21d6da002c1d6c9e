"""The text of a script of plain Keras that trains a run anew, section by section.

It begins from the same weights, shows the digits in the same order and changes the learning rate at the same steps, so
that a training without chance ends where the run ended. Chance itself (noise, dropout, drawn codes) comes from other
random numbers than the app's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autoencoder.export.readme import name_of
from autoencoder.layers import KERNEL, Layer
from autoencoder.runs.run import Run
from autoencoder.settings import MNIST, PIXELS, Architecture, Training

CELL = "# %% "  # begins a section; editors and the notebook make a cell of it
SAME_STEPS = "It goes through the same steps as the app: its final loss is within 2 % of the run's."
OTHER_CHANCE = (
    "{what} comes from other random numbers than in the app, so its final loss lies within\n"
    "the spread of this training over seeds, and is not the run's own."
)


@dataclass(frozen=True)
class Told:
    """What the text is made of."""

    run: Run
    kept: float  # the epoch whose weights the run keeps: the script ends there
    rates: tuple[tuple[float, float], ...]  # from which epoch on which learning rate
    chunk: int  # steps between two changes of the learning rate
    loss: float | None  # that the run reached: MSE on [0, 1]


def script_text(told: Told) -> str:
    """The whole script."""
    sections = (_settings(told), _LOAD, _network(told), _training(told), _end(told))
    return _head(told) + "".join(f"\n\n{CELL}{section}" for section in sections)


def chance_of(architecture: Architecture, training: Training) -> list[str]:
    """What in a training is left to chance beside first weights and order of digits."""
    found = {
        "The noise on the input": training.noise > 0,
        "The mask on the input": training.mask > 0,
        "The choice of silent neurons": training.dropout > 0,
        "What is drawn as a digit's code": architecture.variational,
    }
    return [name for name, there in found.items() if there]


def _head(told: Told) -> str:
    run, chance = told.run, chance_of(told.run.architecture, told.run.training)
    what = chance[0] + "".join(f", {name[0].lower()}{name[1:]}" for name in chance[1:]) if chance else ""
    agreement = OTHER_CHANCE.format(what=what) if chance else SAME_STEPS
    data = (
        "python train.py                # MNIST, which Keras fetches"
        if run.training.dataset == MNIST
        else f"python train.py images.npz     # the images of {run.training.dataset}"
    )
    return f'''"""Trains “{_plain(name_of(run))}” anew, with Keras alone. Written by Autoencoder Lab.

pip install "keras==3.*" tensorflow numpy
{data}

A file of images is a NumPy archive: `images`, (n, 784) or (n, 28, 28), and `n_training`, how
many of them train; without it the last seventh is held out.

{agreement}
"""

import math
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np
'''


def _settings(told: Told) -> str:
    training, architecture = told.run.training, told.run.architecture
    shown = "None" if training.dataset == MNIST else '"images.npz"'
    lines = [
        "Settings",
        f"DATA = sys.argv[1] if len(sys.argv) > 1 else {shown}",
        f"SEED = {training.seed}",
        f"EPOCHS = {training.epochs}  # that the learning rate is planned for",
        f"TRAINED = {told.kept:g}  # epochs that were trained, up to the weights that the run keeps",
        f"BATCH = {training.batch_size}",
        f"RATES = {list(told.rates)}  # from which epoch on which learning rate, by the schedule's share of it",
        f"CHUNK = {told.chunk}  # steps between two changes of the learning rate",
        f"SCALE = {architecture.scale:g}  # full ink, as the network sees it",
        f"HOLD_OUT = {training.holds_out}",
    ]
    if training.denoises:
        lines.append(f"NOISE, MASK = {training.noise:g}, {training.mask:g}  # on the input; wanted is the clean digit")
    if training.code_l1:
        lines.append(f"CODE_L1 = {training.code_l1!r}")
    if architecture.variational:
        lines += [f"BETA = {training.beta!r}", f"WARM_UP = {training.beta_warm_up}  # epochs until β is reached"]
    return "\n".join(lines)


_LOAD = '''Digits


def load(path):
    """(n, 784) pixels from 0 to SCALE, and how many of them train."""
    if path is None:
        (first, _), (last, _) = keras.datasets.mnist.load_data()
        images, n_training = np.concatenate([first, last]), len(first)
    else:
        with np.load(path) as arrays:
            images = arrays["images"]
            n_training = len(images) - max(1, len(images) // 7)
            if "n_training" in arrays:
                n_training = int(arrays["n_training"].flat[0])
    if images.dtype.kind == "f":
        images = np.rint(images * (255 if images.max() <= 1 else 1))
    return images.reshape(-1, 784).astype("float32") * np.float32(SCALE / 255), n_training


images, n_training = load(DATA)
training = images[:n_training] if HOLD_OUT else images
judged = images[n_training:] if HOLD_OUT else images'''


# ---- the network ----


def _network(told: Told) -> str:
    architecture, training = told.run.architecture, told.run.training
    code = architecture.code_at + 1
    encoder = [layer for layer in architecture.layers[1 : code + 1] if layer.name != "log_variance"]
    decoder = [layer for layer in architecture.layers[code + 1 :] if layer.name != "log_variance"]
    beside = [layer for layer in architecture.layers if layer.name == "log_variance"]
    names = [layer.name for layer in architecture.layers[1:]]
    ends = "[code, log_variance]" if beside else "code"
    parts = [
        "Network",
        f'pixels = x = keras.Input(({PIXELS},), name="pixels")',
        *_stack(encoder[:-1], (PIXELS,), training.dropout),
        *_stack(encoder[-1:], _left(encoder[:-1]), 0, to="code"),
        *(f"log_variance = {_made(layer)}(x)" for layer in beside),
        f'encoder = keras.Model(pixels, {ends}, name="encoder")',
        "",
        f'x = given = keras.Input(({architecture.latent_dim},), name="code")',
        *_stack(decoder[:-1], (architecture.latent_dim,), training.dropout),
        *_stack(decoder[-1:], _left(decoder[:-1]) if decoder[:-1] else (architecture.latent_dim,), 0),
        *([f"x = keras.layers.Reshape(({PIXELS},))(x)"] if decoder[-1].convolution else []),
        'decoder = keras.Model(given, x, name="decoder")',
        "",
        'autoencoder = keras.Model(pixels, decoder(code), name="autoencoder")',
        *_trained(architecture, training),
        "",
        f"LAYERS = {names}",
        _FIRST_WEIGHTS,
    ]
    return "\n".join(parts)


def _left(layers: list[Layer]) -> tuple[int, ...]:
    """The shape in which these layers leave a digit."""
    return (PIXELS,) if not layers else tuple(side for side in layers[-1].output_shape if side is not None)


def _stack(layers: list[Layer], shape: tuple[int, ...], dropout: float, to: str = "x") -> Iterator[str]:
    """A line a layer, from `x` in this shape on; the last one's result is called `to`."""
    for layer in layers:
        seen = layer.convolution
        wanted = (layer.inputs,) if seen is None else (seen.side, seen.side, seen.channels)
        if wanted != shape:
            yield f"x = keras.layers.Reshape({_tuple(wanted)})(x)"
        yield f"{to} = {_made(layer)}(x)"
        if dropout:
            yield f"x = keras.layers.Dropout({dropout!r}, seed=SEED)(x)"
        shape = tuple(side for side in layer.output_shape if side is not None)


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else str(shape)


def _made(layer: Layer) -> str:
    named = f'"{layer.activation}", name="{layer.name}"'
    seen = layer.convolution
    if seen is None:
        return f"keras.layers.Dense({layer.outputs}, {named})"
    kind = "Conv2DTranspose" if seen.transposed else "Conv2D"
    about = f'strides={seen.stride}, padding="same", activation='
    return f"keras.layers.{kind}({seen.channels_out}, {KERNEL}, {about}{named})"


_SAMPLING = '''

class Draw(keras.layers.Layer):
    """A code drawn around each digit's mean; the KL divergence from the prior is added to the loss."""

    def __init__(self):
        super().__init__()
        self.beta = keras.Variable(BETA, trainable=False)
        self.seed = keras.random.SeedGenerator(SEED)

    def call(self, mean, log_variance):
        ops = keras.ops
        nats = ops.sum(ops.square(mean) + ops.exp(log_variance) - log_variance - 1, axis=1) / 2
        self.add_loss(SCALE**2 * self.beta * ops.mean(nats))
        return mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean), seed=self.seed)


draw = Draw()
'''
_SPARSE = '''

class Sparse(keras.layers.Layer):
    """The code as it is; the sum of its absolute numbers is added to the loss."""

    def call(self, code):
        self.add_loss(SCALE**2 * CODE_L1 * keras.ops.mean(keras.ops.sum(keras.ops.abs(code), axis=1)))
        return code

'''
_FIRST_WEIGHTS = """
layers = {layer.name: layer for part in (encoder, decoder) for layer in part.layers}
random = np.random.default_rng(SEED)
for name in LAYERS:  # Glorot-uniform kernels and biases of 0, in the app's order
    kernel, bias = layers[name].kernel, layers[name].bias
    *patch, ends, other = kernel.shape
    limit = np.sqrt(6 / (math.prod(patch) * (ends + other)))
    kernel.assign(random.uniform(-limit, limit, kernel.shape).astype("float32"))
    bias.assign(np.zeros(bias.shape, "float32"))
print(f"{sum(math.prod(v.shape) for v in trained.trainable_variables):,} parameters")"""


def _trained(architecture: Architecture, training: Training) -> Iterator[str]:
    """The model that is trained: with what is drawn, and with what is added to the loss."""
    coded = "code"
    if training.code_l1:
        yield _SPARSE
        coded = "Sparse()(code)"
    if architecture.variational:
        yield _SAMPLING
        coded = f"draw({coded}, log_variance)"
    yield "trained = " + ("autoencoder" if coded == "code" else f"keras.Model(pixels, decoder({coded}))")


# ---- the training ----

_SHARES = {
    "constant": "    return 1.0",
    "one-cycle": """    if progress < 0.3:
        return between(1 / 25, 1.0, progress / 0.3)
    return between(1.0, 1e-4, min(1.0, (progress - 0.3) / 0.7))""",
    "cosine": "    return between(1.0, 0.0, min(1.0, progress))",
}
_CORRUPTED = '''

def corrupted(x, epoch):
    """What the network sees in place of x, another one in each epoch."""
    chance = np.random.default_rng((SEED, epoch, 1))
    if NOISE:
        x = np.clip(x + NOISE * SCALE * chance.standard_normal(x.shape, np.float32), 0, SCALE)
    return np.where(chance.random(x.shape, np.float32) >= MASK, x, np.float32(0))
'''


def _training(told: Told) -> str:
    training, architecture = told.run.training, told.run.architecture
    beta = ""
    if architecture.variational:
        beta = "\n        draw.beta.assign(BETA * (min(1.0, progress * EPOCHS / WARM_UP) if WARM_UP else 1.0))"
    decay = f"keras.optimizers.AdamW(weight_decay={training.weight_decay!r})" if training.weight_decay else ""
    without_biases = '\noptimizer.exclude_from_weight_decay(var_names=["bias"])' if decay else ""
    seen = "corrupted(wanted, epoch)" if training.denoises else "wanted"
    return f'''Training


def between(start, end, share):
    """Along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def share_of_rate(progress):
    """By the schedule, after this share of the training."""
{_SHARES[training.schedule]}


class Rate(keras.callbacks.Callback):
    """Sets what changes from step to step."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        step = self.epoch * steps + batch // CHUNK * CHUNK
        progress = step / (EPOCHS * steps)
        highest = [rate for since, rate in RATES if since <= step / steps + 1e-9][-1]
        self.model.optimizer.learning_rate.assign(highest * share_of_rate(progress)){beta}

{_CORRUPTED if training.denoises else ""}
def loss(wanted, made):
    """A number a digit."""
    {_loss(architecture, training)}


steps = -(-len(training) // BATCH)
optimizer = {decay or "keras.optimizers.Adam()"}{without_biases}
trained.compile(optimizer, loss)
for epoch in range(math.ceil(TRAINED - 1e-9)):
    order = np.random.default_rng((SEED, epoch)).permutation(len(training))
    wanted = training[order][: round(min(1, TRAINED - epoch) * steps) * BATCH]
    told = trained.fit({seen}, wanted, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[Rate(epoch)])
    print(f"epoch {{epoch + 1}}: loss {{told.history['loss'][0] / SCALE**2:.6f}}", flush=True)'''


def _loss(architecture: Architecture, training: Training) -> str:
    per_pixel = (
        "keras.losses.binary_crossentropy(wanted, made)"
        if training.loss == "bce"
        else "keras.ops.mean(keras.ops.square(wanted - made), axis=-1)"
    )
    if not architecture.variational:
        return f"return {per_pixel}"
    return f"return {PIXELS if training.loss == 'bce' else PIXELS // 2} * {per_pixel}  # nats, over all pixels"


def _end(told: Told) -> str:
    reached = "" if told.loss is None else f"; the run reached {told.loss:.6f}"
    which = "held-out" if told.run.training.holds_out else "training"
    return f'''What it reached
made = autoencoder.predict(judged, batch_size=1000, verbose=0)
mse = float(np.mean(np.square(made - judged), dtype=np.float64)) / SCALE**2
print(f"{which} MSE {{mse:.6f}}{reached}")
for part in (autoencoder, encoder, decoder):
    part.save(f"{{part.name}}.keras")
'''


def _plain(name: str) -> str:
    """A name that ends no string in a program."""
    return "".join(letter for letter in name if letter.isprintable() and letter not in '"\\')
