"""The left side of the Train page: what can be chosen, kept in the session, and what it amounts to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError, InvalidArchitecture
from autoencoder.presets import PRESETS
from autoencoder.settings import ACTIVATIONS, MAX_WIDTH, SCHEDULES, Architecture, Training, encoder_widths
from ui.session import _, number, say
from ui.train.dataset_picker import choose_dataset, take_over_fetched

DEFAULT = "quick-map"
RATES = [digit * 10.0**power for power in range(-5, 0) for digit in range(1, 10)] + [1.0]
RATES = [float(f"{rate:.0e}") for rate in RATES]
BATCH_SIZES = [16, 32, 64, 128, 256, 512, 1024, 2048]


@dataclass(frozen=True)
class Chosen:
    """What the person has chosen. `preset` is the one that it equals, if any."""

    architecture: Architecture
    training: Training
    preset: str | None


def choose() -> Chosen | None:
    """The widgets. None, and a sentence on the page, where the choices do not go together."""
    if "encoder" not in st.session_state:
        _fill_in(DEFAULT)
    take_over_fetched()
    st.selectbox(
        _("Start from"),
        list(PRESETS),
        format_func=lambda preset: _(PRESETS[preset].name),
        on_change=lambda: _fill_in(st.session_state.preset),
        help=_("Settings with a name. Course 2-D and Course 8-D are exactly the notebook's."),
        **_kept("preset"),
    )
    st.slider(
        _("Latent dimensions"),
        1,
        64,
        help=_("How many numbers the code of a digit has: `latent_dim`. With 2, the latent space is a map."),
        **_kept("latent_dim"),
    )
    st.slider(
        _("Depth"),
        1,
        6,
        on_change=_follow_depth,
        help=_("Hidden layers between the pixels and the code, and back. The widths can be typed under Advanced."),
        **_kept("depth"),
    )
    st.select_slider(
        _("Learning rate"),
        RATES,
        format_func=lambda rate: number(rate, "g"),
        help=_("How far each step goes: Adam's. Too high, and the loss jumps or becomes infinite."),
        **_kept("learning_rate"),
    )
    epochs, batch = st.columns(2)
    epochs.number_input(_("Epochs"), 1, 500, help=_("How often each digit is seen."), **_kept("epochs"))
    batch.selectbox(
        _("Batch size"), BATCH_SIZES, help=_("Digits per step. Smaller: more steps, slower."), **_kept("batch_size")
    )
    st.number_input(
        _("Seed"),
        0,
        2**32 - 1,
        help=_("Where the random numbers start. The same seed and settings give the same losses on one machine."),
        **_kept("seed"),
    )
    with st.expander(_("Advanced")):
        _advanced()
    return _chosen()


def take_preset(asked: object) -> None:
    """What a challenge asks for; before the page is drawn, while choices can still be changed."""
    preset = asked.get("preset") if isinstance(asked, dict) else None
    if isinstance(preset, str) and preset in PRESETS:
        _fill_in(preset)


def _advanced() -> None:
    st.text_input(
        _("Encoder widths"),
        placeholder="256-128-64",
        on_change=_follow_widths,
        help=_("Neurons per hidden layer, from the pixels to the code."),
        **_kept("encoder"),
    )
    st.text_input(
        _("Decoder widths"),
        placeholder=_("the encoder, mirrored"),
        help=_("Neurons per hidden layer, from the code to the pixels. The course's decoder is not the full mirror."),
        **_kept("decoder"),
    )
    _select(_("Hidden activation"), "hidden_activation", ACTIVATIONS)
    _select(
        _("Latent activation"),
        "latent_activation",
        ACTIVATIONS,
        _("With relu, latent units can die; linear keeps them."),
    )
    _select(_("Output activation"), "output_activation", ACTIVATIONS)
    _select(
        _("Pixels"),
        "pixels",
        ("unit", "grey"),
        _("What the network sees. The course feeds it raw grey levels."),
        lambda pixels: _("scaled to [0, 1]") if pixels == "unit" else _("raw grey levels, 0 to 255"),
    )
    names = {"constant": _("constant"), "one-cycle": _("one cycle"), "cosine": _("cosine")}
    _select(
        _("Schedule"),
        "schedule",
        tuple(SCHEDULES),
        _("How the learning rate changes. One cycle rises for 30 % of the steps, then falls to almost nothing."),
        names.get,
    )
    _select(
        _("Digits to train on"),
        "digits",
        ("training", "all"),
        _(
            "The course trains on all 70,000. Then no digit is left to tell whether the network has learned "
            "or only remembers."
        ),
        _parted,
    )
    st.number_input(
        _("Stop early after (epochs)"),
        1,
        100,
        placeholder=_("never"),
        help=_("Epochs without improvement before the training stops and goes back to its best epoch."),
        **_kept("patience"),
    )
    choose_dataset()


def _parted(digits: str) -> str:
    """How many of the chosen data set are trained on."""
    try:
        dataset = load_dataset(st.session_state.get("dataset", "mnist"))
    except AutoencoderError:  # Start says what is wrong with it
        return _("some held out") if digits == "training" else _("none held out")
    n, training = len(dataset), dataset.n_training
    if digits == "training":
        return _("{n:,}, {m:,} held out", n=training, m=n - training)
    return _("all {n:,}, none held out", n=n)


def _select(
    label: str, key: str, options: tuple[str, ...], help: str | None = None, show: Callable[[str], Any] = str
) -> None:
    st.selectbox(label, options, help=help, format_func=show, **_kept(key))


def _kept(key: str) -> dict[str, Any]:
    """A widget that keeps its value while other pages are open."""
    return {"key": key, "persist_state": "session"}


def _fill_in(preset: str) -> None:
    architecture, training = PRESETS[preset].architecture, PRESETS[preset].training
    st.session_state.update(
        {
            "preset": preset,
            "depth": architecture.depth,
            "encoder": _written(architecture.encoder),
            "decoder": _written(architecture.decoder or ()),
            **{name: getattr(architecture, name) for name in _SAME_IN_ARCHITECTURE},
            **{name: getattr(training, name) for name in _SAME_IN_TRAINING},
        }
    )


_SAME_IN_ARCHITECTURE = ("latent_dim", "hidden_activation", "latent_activation", "output_activation", "pixels")
_SAME_IN_TRAINING = (
    "learning_rate", "batch_size", "epochs", "schedule", "seed", "patience", "digits", "dataset",
)  # fmt: skip


def _follow_depth() -> None:
    chosen = st.session_state
    chosen.encoder, chosen.decoder = _written(encoder_widths(chosen.depth, 1)), ""


def _follow_widths() -> None:
    try:
        st.session_state.depth = min(6, max(1, len(_widths(st.session_state.encoder))))
    except AutoencoderError:
        return  # said where the choices are read


def _chosen() -> Chosen | None:
    chosen = st.session_state
    try:
        architecture = Architecture(
            encoder=_widths(chosen.encoder),
            decoder=_widths(chosen.decoder) if chosen.decoder.strip() else None,
            **{name: chosen[name] for name in _SAME_IN_ARCHITECTURE},
        )
        training = Training(**{name: chosen.get(name, "mnist") for name in _SAME_IN_TRAINING})
    except AutoencoderError as problem:
        st.error(say(problem), icon=":material/error:")
        return None
    same = [p.id for p in PRESETS.values() if (p.architecture, p.training) == (architecture, training)]
    return Chosen(architecture, training, same[0] if same else None)


def _written(widths: tuple[int, ...]) -> str:
    return "-".join(map(str, widths))


def _widths(text: str) -> tuple[int, ...]:
    """`256-128-64`, commas and spaces taken too. Raises InvalidArchitecture."""
    parts = re.split(r"[\s,;–-]+", text.strip())
    if not all(part.isdecimal() and len(part) < 6 for part in parts):
        raise InvalidArchitecture(
            "Expected widths such as 256-128-64, each from 1 to {most}, got {text!r}.", most=MAX_WIDTH, text=text[:60]
        )
    return tuple(map(int, parts))
