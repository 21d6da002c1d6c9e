"""The right side of the Train page: the live monitor, or a shipped run in a loop before the first click."""

from __future__ import annotations

import streamlit as st

from autoencoder.data.baseline import average_mse, pca_mse
from autoencoder.data.dataset import load_dataset
from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from autoencoder.settings import ABSURD_LEARNING_RATE, GREY_SQUARED, MAX_LEARNING_RATE, MIN_LEARNING_RATE
from autoencoder.training.objective import TERMS, Objective, objective_of
from autoencoder.training.records import PICTURED, WATCHED
from server.addresses import digits_url, run_commands_url, run_events_url, run_replay_url
from server.state import service
from ui.components.descriptions import Monitor
from ui.components.mount import mount
from ui.navigation import link
from ui.session import _, ask_to_start, language, may_change, number, open_run, require_change, say
from ui.take_home import take_home
from ui.train.rewind import again_with, link_to_comparison
from ui.train.settings_form import Chosen, base_preset


def preview(chosen: Chosen | None) -> None:
    """The nearest shipped run, replayed: this is what you are about to do."""
    preset = base_preset()
    try:
        shipped = service().run(preset)
    except AutoencoderError as problem:
        st.info(say(problem))
        return
    exactly = chosen is not None and chosen.preset == preset
    _monitor(
        shipped,
        replay=True,
        caption=_("This is what you are about to do: {name}, recorded earlier.", name=_(PRESETS[preset].name))
        if exactly
        else _(
            "Recorded earlier with {name}. Yours will look different: press Start training.",
            name=_(PRESETS[preset].name),
        ),
    )


def run(at_hand: Run) -> None:
    """The monitor of a run, live while it trains."""
    if at_hand.status == "interrupted" and may_change(at_hand):
        _offer_to_resume(at_hand)
    _monitor(at_hand, replay=False)


def where_next(at_hand: Run) -> None:
    """From a run that has ended: its pictures, its map, or another one; and to the run that it was started beside."""
    if not at_hand.ended:
        link_to_comparison(at_hand)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="where-next"):
        if at_hand.measures is not None:
            link("latent_space", _("Explore the map"), run=at_hand.id)
            link("reconstructions", _("See the reconstructions"), run=at_hand.id)
        link_to_comparison(at_hand)
        again_with(at_hand)
        take_home(at_hand, key="take-home")
        if st.button(_("Train another"), icon=":material/add:", key="another"):
            open_run(None)
            st.rerun()


def _offer_to_resume(at_hand: Run) -> None:
    st.warning(
        _("The app stopped in the middle of this training. Resume goes on from its last checkpoint."),
        icon=":material/restart_alt:",
    )
    with st.container(horizontal=True, key="take-up"):
        resume = st.button(_("Resume"), type="primary", key="resume-interrupted")
        behind = 0 < at_hand.best_epoch < int(at_hand.epoch + 1e-6)
        words = _("Go on from epoch {n}", n=at_hand.best_epoch)
        back = behind and st.button(words, help=_("Its best epoch: what came after it is given up."), key="go-back")
    if resume or back:
        try:
            require_change(at_hand)
            (service().go_back if back else service().resume)(at_hand.id)
        except AutoencoderError as problem:
            st.error(say(problem))
        else:
            st.rerun()


def _monitor(shown: Run, *, replay: bool, caption: str | None = None) -> None:
    dataset, preset = load_dataset(shown.training.dataset), shown.known_preset
    objective = objective_of(shown.architecture, shown.training)
    over = shown.status == "interrupted"  # no events follow; once it is resumed, another monitor listens
    events_url = run_replay_url if replay else run_events_url
    mount(
        Monitor(
            run=shown.id,
            replay=replay,
            events_url=events_url(shown.id, language()),
            commands_url=run_commands_url(shown.id, language()),
            min_learning_rate=MIN_LEARNING_RATE,
            max_learning_rate=MAX_LEARNING_RATE,
            absurd_learning_rate=ABSURD_LEARNING_RATE,
            images_url=digits_url(dataset, "images", 0, PICTURED),
            picture_count=PICTURED,
            labels_url=digits_url(dataset, "labels", dataset.n_training, WATCHED),
            map_count=WATCHED,
            classes=dataset.shown_classes,
            pca_mse=pca_mse(shown.training, shown.architecture.latent_dim),
            average_mse=average_mse(shown.training),
            judged_on=dataset.n_held_out if shown.training.holds_out else len(dataset),
            parts={} if objective.is_mse else _names_of_parts(objective),
            course_losses=_course_curve(preset.course_losses) if preset and preset.course_losses else None,
            encoder=shown.architecture.encoder,
            code_numbers=shown.architecture.latent_dim,
            decoder=shown.architecture.decoder_widths,
            caption=caption,
        ),
        key=f"monitor-{shown.id}-{replay}-{over}",
        held_out=shown.training.holds_out,
        on_request=lambda _start: ask_to_start(),
    )


def _names_of_parts(objective: Objective) -> dict[str, str]:
    """Such as {"loss": "the whole loss", "bce": "cross-entropy", "code_l1": "0.0001 × L1 of the code"}."""
    names = {
        term: _(TERMS[term]) if weight == 1 else f"{number(weight, 'g')} × {_(TERMS[term])}"
        for term, weight in objective.weights.items()
    }
    return {"loss": _("the whole loss"), **names} if len(names) > 1 else names


def _course_curve(printed: dict[int, float]) -> tuple[float | None, ...]:
    """The course's printed losses by epoch, squared grey levels -> MSE on [0, 1]; None where it printed none."""
    return tuple(printed[e] / GREY_SQUARED if e in printed else None for e in range(1, max(printed) + 1))
