"""What each component of the browser receives: a dataclass per component, a line per field.

The main script of a component exports the names that it reads as `READS`; tests/test_descriptions.py compares the two.
An address is the path of a request to this server. `None` arrives as null, a tuple as an array.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from server.addresses import PLOTLY, asset_url


def _plotly_url() -> str:
    return asset_url(PLOTLY.name)


@dataclass(frozen=True)
class Common:
    """What every component receives beside its own description."""

    module_url: str  # address of the component's main script; read by loader.js
    lang: str  # of the reader, such as "es"
    words: dict[str, str]  # the component's sentences and the glossary's (`term_mse`) in that language, by key


@dataclass(frozen=True, kw_only=True)
class Description:
    """Base of all descriptions."""

    component: ClassVar[str]  # name of the component's folder, and of the script and the style sheet in it
    shares: ClassVar[tuple[str, ...]] = ()  # folders of components/shared whose words and styles it has as well


# ---- any page ----


@dataclass(frozen=True)
class ExportOffered:
    """One kind of file that a run can be taken home as."""

    name: str  # behind the address of the run's exports
    label: str  # in the reader's language
    about: str  # what it is for, in one sentence


@dataclass(frozen=True, kw_only=True)
class TakeHome(Description):
    """A button, and behind it all that a finished run can be taken home as."""

    component = "take_home"
    shares = ("take_home",)
    title: str  # of the run
    exports_url: str  # address of its exports, up to their names
    own_images: bool  # whether images of the reader's own can go along
    exports: tuple[ExportOffered, ...]  # in the order of the menu


@dataclass(frozen=True, kw_only=True)
class Figure(Description):
    """A chart: bars and lines, drawn by Plotly in the theme's colours."""

    component = "figure"
    shares = ("picture",)
    figure: str  # traces and layout, as `plotly.graph_objects.Figure.to_json` writes them; the layout has a height
    label: str  # what it shows, for those who cannot see it
    plotly_url: str = field(default_factory=_plotly_url)  # address of Plotly's script


# ---- Train ----


@dataclass(frozen=True)
class OwnDatasetShown:
    """A data set that this person has added."""

    id: str  # such as "own:" and its fingerprint
    name: str  # what it is called
    count: int  # images


@dataclass(frozen=True, kw_only=True)
class AddDataset(Description):
    """Files to choose, a preview of what was understood of them, and this person's data sets."""

    component = "dataset"
    uploads_url: str  # address that takes files, and below it what to do with them
    datasets_url: str  # address that renames and deletes data sets
    limit_megabytes: int  # of the files of one upload, at most
    limit_images: int  # of a data set, at most
    scales: tuple[int, ...]  # values that full ink may have
    own: tuple[OwnDatasetShown, ...]  # what this person has added, the newest first


@dataclass(frozen=True, kw_only=True)
class Monitor(Description):
    """The live monitor of a run under way, or a stored one in a loop. Losses are MSE per pixel on [0, 1]."""

    component = "monitor"
    shares = ("picture",)
    run: str  # id of the run; handed back when it ends
    replay: bool  # whether it is a stored run, told again in a loop
    events_url: str  # address of the run's events, over a websocket; for a replay, of all its messages as JSON
    commands_url: str  # address that takes commands to the run
    min_learning_rate: float  # the lowest that such a command may set
    max_learning_rate: float  # the highest
    absurd_learning_rate: float  # above it a word comes first
    images_url: str  # address of the digits whose reconstructions are shown: (picture_count, 784) bytes
    picture_count: int  # of these digits
    labels_url: str  # address of the labels of the live map's digits: (map_count,) bytes
    map_count: int  # digits on the live map
    classes: tuple[str, ...]  # names of the labels
    pca_mse: float | None  # of PCA with as many components; None: more than are kept
    average_mse: float  # of a model that draws the average digit for each; on the same digits as PCA's
    judged_on: int  # digits on which the run is judged: those held out or, where none is, all
    parts: dict[str, str]  # names of the terms of the loss, that of several first; empty: it is the MSE alone
    course_losses: tuple[float | None, ...] | None  # the course's printed losses, by epoch from the first on
    encoder: tuple[int, ...]  # neurons per hidden layer, from the pixels to the code
    code_numbers: int  # in a code
    decoder: tuple[int, ...]  # neurons per hidden layer, from the code to the pixels
    caption: str | None = None  # of a replay: what is shown
    plotly_url: str = field(default_factory=_plotly_url)  # address of Plotly's script


@dataclass(frozen=True, kw_only=True)
class Challenge(Description):
    """The host's challenge on everyone's Train page."""

    component = "challenge"
    challenge_url: str  # address of the challenge and its board
    filled_in: str | None  # id of the preset whose network the form has because somebody took part; None: none


@dataclass(frozen=True)
class RunRow:
    """A run in the list."""

    run: str  # id
    title: str  # tells it apart from the others
    name: str  # as it was given; "": none
    note: str  # lines of text; "": none
    whose: str  # "mine", "shipped" or "others"
    who: str  # nickname of its owner; "": none
    latent_dim: int  # dimensions of its code
    mse: float | None  # per pixel on [0, 1]; None: not measured
    held_out: bool  # whether that is on held-out digits
    created: str  # ISO 8601; "": unknown
    status: str  # in one word, such as "finished"
    status_label: str  # the same in the reader's language; "": the monitor beside the list says it
    changeable: bool  # whether the reader may name, annotate and delete it
    open: bool  # whether it is the run at hand
    page_url: str  # address of the Train page with it
    thumbnail_url: str | None  # address of its small map; None: it has not learned anything yet
    exports_url: str | None  # address of its exports, up to their names; None: it cannot be taken home yet
    own_images: bool  # whether images of the reader's own can go along


@dataclass(frozen=True, kw_only=True)
class RunList(Description):
    """All runs, to be searched, sorted, opened, named, annotated and deleted."""

    component = "run_list"
    shares = ("take_home",)
    compare_url: str  # address of the Compare page up to the ids of the runs
    most_compared: int  # runs, at most
    rows: tuple[RunRow, ...]  # the reader's own, newest first, then the shipped ones, then those of others
    longest_name: int  # characters, at most
    longest_note: int  # characters, at most
    exports: tuple[ExportOffered, ...]  # in the order of the menu
    uploads_url: str  # address that takes a file, and below it opens it as a run
    limit_megabytes: int  # of such a file


# ---- Compare ----


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs that are compared."""

    run: str  # its id
    letter: str  # by which the page names it
    title: str  # tells it apart from the others
    colour: str  # of its curve, as #rrggbb
    events_url: str  # address of its events, over a websocket
    page_url: str  # address of the Train page with it
    images_url: str | None  # address of the digits whose reconstructions are shown; None: they are gone


@dataclass(frozen=True, kw_only=True)
class Comparison(Description):
    """Loss curves over each other, and the same digits by each run; live."""

    component = "comparison"
    shares = ("picture",)
    runs: tuple[ComparedRun, ...]  # two or more, in the order of their letters
    picture_count: int  # of the digits that are shown
    plotly_url: str = field(default_factory=_plotly_url)  # address of Plotly's script


# ---- Latent space ----


@dataclass(frozen=True)
class MapUrls:
    """Addresses of a map's data; without one, what depends on it is not offered."""

    map: str  # bundle: places and errors of the digits
    images: str  # (n, 784) bytes of the data set
    labels: str  # (n,) bytes of the data set
    file_rows: str | None = None  # (n,) whole numbers of 4 bytes: the digits' rows in the file that they came from
    neighbours: str | None = None  # bundle: how mixed and of which label the neighbourhood of each digit is
    codes: str | None = None  # bundle: the codes, where the map shows fewer dimensions
    decoder: str | None = None  # bundle: weights and activations of the decoder
    encoder: str | None = None  # bundle: those of the encoder; with it one can draw
    judged: str | None = None  # bundle: errors of the digits judged on, smallest first
    selections: str | None = None  # JSON: selections of digits that the run's owner has named; it takes changes too
    frames: str | None = None  # bundle: places at other epochs, for the replay


@dataclass(frozen=True)
class MapView:
    """What the page's address asks for; None: nothing."""

    colour: str | None = None  # by what the points are coloured
    digits: str | None = None  # "all", "training" or "held_out"
    axes: str | None = None  # a projection, or two dimensions such as "0,3"
    beside: str | None = None  # map of the pixels beside this one
    label: float | None = None  # the only one that is not muted
    draw: float | None = None  # 1: the place to draw on is open
    selection: str | None = None  # id of the named selection whose panel is open
    digit: float | None = None  # whose panel is open: index in the data set
    epoch: float | None = None  # of the replay
    equal: float | None = None  # 1: the same scale on both axes
    pictures: float | None = None  # 1: digits are drawn as their pictures where there is room
    x0: float | None = None  # the window on the plane: left end,
    x1: float | None = None  # right end,
    y0: float | None = None  # lower end,
    y1: float | None = None  # upper end
    camera: str | None = None  # in space: nine numbers, where the eye is, what it looks at, which way is up


@dataclass(frozen=True, kw_only=True)
class Map(Description):
    """A map of digits: of a run's codes, or of the pixels, which goes along with one of codes."""

    component = "map"
    shares = ("drawing", "picture")
    urls: MapUrls  # addresses of what it draws
    classes: tuple[str, ...]  # names of the labels
    link: str  # maps with the same link point at the same digits
    view: MapView = field(default_factory=MapView)  # as it opens
    projections: tuple[str, ...] = ()  # offered beside any two dimensions
    beside: tuple[str, ...] = ()  # maps of the pixels that are offered
    companion: str | None = None  # title of a map that goes along with another; None: it stands on its own
    learning: bool = False  # whether the run is still under way
    dataset: str | None = None  # name of what it learned from; None: MNIST
    plotly_url: str = field(default_factory=_plotly_url)  # address of Plotly's script


@dataclass(frozen=True, kw_only=True)
class Tsne(Description):
    """Starts, shows and cancels t-SNE of a run's codes."""

    component = "tsne"
    run: str  # id of the run; handed back when its map is there
    tsne_url: str  # address of the computation: GET asks how far it is, POST starts it, DELETE cancels it
    count: int  # digits that are arranged


# ---- Reconstructions ----


@dataclass(frozen=True)
class SheetView:
    """Which digits are looked at, and which pictures of each."""

    by: str  # way of choosing: "first", "random", "best", …
    of: str  # among which: "all", "held_out" or "training"
    label: int  # for the way "label"
    index: str  # for the way "index", as it was typed
    difference: bool  # whether the difference is shown too
    pca: bool  # whether PCA's reconstruction is shown too
    noisy: bool  # of a denoising run: whether the corrupted digit is shown too, and what the network makes of it


@dataclass(frozen=True)
class PartCounts:
    """Digits of the data set, by part."""

    all: int  # every digit
    held_out: int  # the last ones
    training: int  # those before


@dataclass(frozen=True)
class Cards:
    """The digits of a page of the sheet. Pictures are base64 of (n, 784) bytes, errors MSE per pixel on [0, 1]."""

    indices: tuple[int, ...]  # in the data set
    file_rows: tuple[int, ...] | None  # in the file that they came from; None: nobody brought them
    labels: tuple[int, ...]  # places in `classes`
    errors: tuple[float, ...]  # of the model
    originals: str  # pictures of the digits themselves
    reconstructions: str  # pictures that the model makes of them
    pca: str | None  # pictures that PCA makes of them; None: not shown
    pca_errors: tuple[float, ...] | None  # of PCA
    noisy: str | None  # the digits corrupted as in training; None: not shown
    denoised: str | None  # pictures that the model makes of the corrupted ones
    denoised_errors: tuple[float, ...] | None  # of those, against the digits themselves


@dataclass(frozen=True)
class Neighbours:
    """The digits whose codes are nearest to that of another one, nearest first."""

    indices: tuple[int, ...]  # in the data set
    labels: tuple[int, ...]  # places in `classes`
    images: str  # base64 of (n, 784) bytes


@dataclass(frozen=True)
class Detail:
    """One digit in full; d: dimensions of the latent space."""

    index: int  # in the data set
    file_row: int | None  # in the file that it came from
    label: int  # place in `classes`
    training: bool  # whether it is among the digits to train on
    error: float  # MSE per pixel on [0, 1]
    pca_error: float | None  # of PCA; None: not offered
    denoised_error: float | None  # of what the model makes of the corrupted digit; None: trained without corruption
    percentile: float  # 0..100: the share of the digits judged on that have a smaller error
    pictures: str  # base64 of (2 or 3, 784) bytes: original, reconstruction, PCA's
    noisy: str | None  # base64 of (2, 784) bytes: the corrupted digit, and what the model makes of it
    code: tuple[float, ...]  # (d,)
    low: tuple[float, ...]  # (d,) first percentile of all codes
    high: tuple[float, ...]  # (d,) 99th percentile
    average: tuple[float, ...]  # (d,) of all codes
    neighbours: Neighbours  # the digits with the nearest codes
    map_url: str  # address of the Latent space page with this digit open


@dataclass(frozen=True, kw_only=True)
class Sheet(Description):
    """The contact sheet: originals beside reconstructions, and one digit in full."""

    component = "sheet"
    view: SheetView  # what the page's address asks for
    answered: int  # number of the component's last question that this answers
    problem: str | None  # why there is nothing to show, in the reader's language
    paged: bool  # whether as many are shown as fit
    size: int  # cards on a page
    most: int  # cards on a page that is as full as can be
    start: int  # place of the first card in the order of the choice
    total: int  # digits that were chosen
    page: int  # counted from 1
    pages: int  # at least 1
    counts: PartCounts  # among which digits one can choose
    cards: Cards  # of this page
    detail: Detail | None  # the digit that is open; None: none
    scale: float  # MSE at which the bar of an error is full
    worth: float  # mean MSE of the digits judged on
    judged_on: int  # how many digits that are
    held_out: bool  # whether they were held out
    latent_dim: int  # numbers in a code
    pca_components: int  # 0: PCA is not offered
    denoises: bool  # whether the run was trained on corrupted digits
    classes: tuple[str, ...]  # names of the labels


@dataclass(frozen=True)
class SlidersDigit:
    """A digit from whose code the sliders can start."""

    index: int  # in the data set
    label: int  # place in `classes`
    code: tuple[float, ...]  # (d,) where the sliders go


@dataclass(frozen=True, kw_only=True)
class Sliders(Description):
    """A slider per latent dimension, and the digit that the decoder draws for them; d: latent dimensions."""

    component = "sliders"
    decoder_url: str  # bundle: weights and activations of the decoder
    digit: SlidersDigit | None  # None: none is open
    dimensions: tuple[int, ...]  # that have a slider, in their order
    low: tuple[float, ...]  # (d,) left end of each slider
    high: tuple[float, ...]  # (d,) right end
    average: tuple[float, ...]  # (d,) the average code
    by_label: tuple[tuple[float, ...], ...]  # (classes, d) the average code of each label
    classes: tuple[str, ...]  # names of the labels


@dataclass(frozen=True)
class DrawingUrls:
    """Addresses of what a drawing is passed through, and beside which it is seen."""

    encoder: str  # bundle: weights and activations of the encoder
    decoder: str  # bundle: those of the decoder
    judged: str  # bundle: errors of the digits judged on, smallest first
    codes: str  # bundle: the codes of all digits
    images: str  # (n, 784) bytes of the data set
    labels: str  # (n,) bytes of the data set


@dataclass(frozen=True, kw_only=True)
class Drawing(Description):
    """A place to draw a digit, and what a run makes of it."""

    component = "drawing"
    shares = ("drawing",)
    urls: DrawingUrls  # addresses of what it needs
    classes: tuple[str, ...]  # names of the labels
    map_url: str  # address of the Latent space page with the drawing on it
    learning: bool  # whether the run is still under way
    dataset: str | None  # name of what it learned from; None: MNIST


# ---- Classroom, and around every page ----


@dataclass(frozen=True)
class Invitation:
    """The way into the room."""

    address: str  # of the app, as the host's browser knows it
    code: str | None  # of the room; None: it has none
    qr: tuple[str, ...]  # QR code of the address: a row a text, "1" for each dark module
    local: bool  # whether only this computer finds the address


@dataclass(frozen=True, kw_only=True)
class Classroom(Description):
    """Everyone's runs as live tiles, for the host."""

    component = "classroom"
    invitation: Invitation  # shown to the room by the projector
    events_url: str  # address of the events of all runs, over a websocket
    commands_url: str  # address that takes the host's commands to the room
    presets: dict[str, str]  # on which a challenge may be set: id -> name
    longest: int  # seconds of a challenge, at most


@dataclass(frozen=True, kw_only=True)
class Theme(Description):
    """The choice of light, dark, or as the system has it."""

    component = "theme"
    pages: tuple[str, ...]  # names of the pages for which the choice holds, as in their addresses


@dataclass(frozen=True, kw_only=True)
class Address(Description):
    """Keeps in the page's address what the page shows: in the same entry of the browser's history."""

    component = "address"
    page: str  # last part of the path of the page that this is about
    parts: tuple[tuple[str, str], ...]  # name and value of each part, in their order
    names: tuple[str, ...]  # of parts that may be there: those that are not among `parts` leave the address


@dataclass(frozen=True, kw_only=True)
class Page(Description):
    """Draws nothing: says of the whole page what Streamlit does not."""

    component = "page"
    forms_filled: int  # how often the form was filled from a run: each time it is brought into sight
