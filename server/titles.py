"""What a run and its status are called, in the reader's language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping

from autoencoder.errors import N_
from autoencoder.option_kinds import Option, Switch, options
from autoencoder.presets import PRESETS
from autoencoder.runs.run import STATUS_LABELS, Run, Status
from autoencoder.settings import Architecture, Training
from server.language import translate
from server.settings_words import name_of, value_of

_IN_TITLE = ("encoder", "latent_dim")  # options that the title of a run without a name begins with
_TOLD: dict[str, Option] = {  # those that tell two of such runs apart
    name: option for kind in (Architecture, Training) for name, option in options(kind).items() if name not in _IN_TITLE
}
_NONE = object()


def distinct(names: Mapping[str, str], more: Callable[[str], str] = str) -> dict[str, str]:
    """Names by id, no two the same: `more` says of an id what is added to a name that occurs twice, then the id is.

    Streamlit knows by its text alone what was chosen in a box, and takes the last of those that read alike.
    """
    told = dict(names)
    for said in (more, str):
        often = Counter(told.values())
        told = {key: f"{name} · {said(key)}" if often[name] > 1 else name for key, name in told.items()}
    return told


def title_of(run: Run, language: str) -> str:
    """The name that it was given; otherwise its preset's, or its hidden layers and dimensions."""
    if run.name and run.id not in PRESETS:
        return run.name
    if run.known_preset is not None:
        return translate(run.known_preset.name, language)
    convolutional, widths = run.architecture.convolutional, "-".join(map(str, run.architecture.encoder))
    kind = translate(N_("convolutional"), language) if convolutional else widths
    return f"{kind} · {run.architecture.latent_dim}-D"


def titles_of(runs: Iterable[Run], language: str) -> dict[str, str]:
    """Titles that tell runs apart, by id.

    Where several runs of one person would have the same title, each names the settings in which it differs from the
    others; those that do not differ are numbered, the oldest first. A name that was given stays as it is.
    """
    alike: dict[tuple[str | None, str], list[Run]] = defaultdict(list)
    titles = {}
    for run in runs:
        titles[run.id] = title_of(run, language)
        if not (run.name or run.id in PRESETS):
            alike[run.owner, titles[run.id]].append(run)
    for (_owner, title), group in alike.items():
        if len(group) > 1:
            titles |= _told_apart(title, group, language)
    return titles


def status_label(status: Status, language: str) -> str:
    """The word for a status, such as "Waiting"."""
    return translate(STATUS_LABELS[status], language)


def _told_apart(title: str, group: list[Run], language: str) -> dict[str, str]:
    settings = {run.id: {**vars(run.architecture), **vars(run.training)} for run in group}
    usual = {name: _usual(option, [of[name] for of in settings.values()]) for name, option in _TOLD.items()}
    titles, seen = {}, Counter[str]()
    for run in sorted(group, key=lambda run: (run.created, run.id)):
        own = settings[run.id]
        differs = [_said(option, own[name], language) for name, option in _TOLD.items() if own[name] != usual[name]]
        full = " · ".join([title, *differs])
        seen[full] += 1
        titles[run.id] = full if seen[full] == 1 else f"{full} ({seen[full]})"
    return titles


def _usual(option: Option, values: list[Hashable]) -> Hashable:
    """The value that more than half of them have and that goes without saying; `_NONE` where there is none.

    Of a switch that half of them have on, only those that have it on say so.
    """
    value, count = Counter(values).most_common(1)[0]
    if 2 * count > len(values):
        return value
    return False if isinstance(option, Switch) else _NONE


def _said(option: Option, value: object, language: str) -> str:
    name = name_of(option, language)
    name = f"{name[:1].lower()}{name[1:]}"
    return name if isinstance(option, Switch) and value else f"{name} {value_of(option, value, language)}"
