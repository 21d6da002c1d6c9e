"""Which digits: the bundled MNIST, what was fetched from OpenML, and images of one's own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from autoencoder.data.dataset import OWN, dataset_names
from autoencoder.data.fetch import fetch_openml
from autoencoder.data.openml import MNIST_ON_OPENML
from autoencoder.data.own import DatasetLimits, OwnDataset, own_datasets, title_of
from autoencoder.data.reading.records import MOST_IMAGES, SCALES
from autoencoder.errors import AutoencoderError
from server.access.codes import access
from server.addresses import OWN_DATASETS_URL, UPLOADS_URL
from server.titles import distinct
from ui.components.descriptions import AddDataset, OwnDatasetShown
from ui.components.mount import mount
from ui.session import (
    _,
    fetch_problem,
    form_value,
    hashed_owner,
    is_host,
    keep_fetched,
    locked,
    say,
    set_fetch_problem,
    set_form_values,
    take_fetched,
)


def choose_dataset(label: str, *, fixed: bool) -> None:
    """The data sets on this machine and this person's own. One that is gone stays chosen."""
    held = form_value("dataset")
    own = [each.id for each in _own()]
    shared = [each.id for each in own_datasets(None)]  # added by the command line: everybody's
    choices = list(dict.fromkeys([*dataset_names(), *own, *shared, *([held] if held else [])]))
    titles = distinct({each: title_of(each, hashed_owner()) for each in choices}, more=_short)
    st.selectbox(
        label,
        choices,
        format_func=lambda each: titles.get(each, each),
        key="dataset",
        persist_state="session",
        on_change=lambda: set_fetch_problem(None),
        disabled=fixed,
    )


def ways_to_more_data() -> None:
    """Files of one's own, and data sets from OpenML; none where a link fixes the data set."""
    if "dataset" in locked():
        return
    show_adding()
    if access().asks_for("host") and not is_host():
        return  # in a room the host decides what its server downloads
    with st.popover(_("Fetch from OpenML"), icon=":material/download:"):
        name = st.text_input(_("Name on OpenML"), MNIST_ON_OPENML, help=_("Such as mnist_784 or Fashion-MNIST."))
        if st.button(_("Fetch"), key="fetch"):
            _fetch(name.strip())
        if problem := fetch_problem():
            st.error(problem, icon=":material/cloud_off:")


def show_adding() -> None:
    """A button that opens the place where files of one's own are chosen, looked at and added."""
    described = AddDataset(
        uploads_url=UPLOADS_URL,
        datasets_url=OWN_DATASETS_URL,
        limit_megabytes=DatasetLimits.from_environment().upload_megabytes,
        limit_images=MOST_IMAGES,
        scales=SCALES,
        own=tuple(OwnDatasetShown(id=each.id, name=each.name, count=each.count) for each in _own()),
    )
    mount(described, key="add-dataset", on_request=_take_over)


def _take_over(request: dict[str, Any]) -> None:
    """What was just added is chosen; of what was renamed or deleted only the list changes."""
    if added := request.get("added"):
        keep_fetched(str(added))


def _own() -> list[OwnDataset]:
    mine = hashed_owner()
    return own_datasets(mine) if mine else []


def _short(dataset: str) -> str:
    """The first letters of a fingerprint, to tell two of one name apart."""
    return dataset.removeprefix(OWN)[:6]


def take_over_fetched() -> None:
    """Choose the data set that was just fetched or added; to be called before the choice is drawn."""
    if fetched := take_fetched():
        set_form_values({"dataset": fetched})


def _fetch(name: str) -> None:
    set_fetch_problem(None)
    with st.status(_("Asking OpenML for {name}", name=name)) as status:
        try:
            fetched = fetch_openml(
                name, progress=lambda n: status.update(label=_("{n:.1f} MB of {name} received", n=n / 1e6, name=name))
            )
        except AutoencoderError as problem:
            set_fetch_problem(say(problem))
            status.update(label=_("{name} could not be fetched", name=name), state="error")
            return
    keep_fetched(fetched.name)
    st.rerun()
