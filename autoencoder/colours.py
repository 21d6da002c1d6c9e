"""The colours and shapes of the digits and the colours of PCA, for what Python draws."""

DIGIT_COLOURS = (  # the Petroff 10 sequence in digit order (Petroff 2021, made for colour-vision deficiency)
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
PCA_COLOUR = "rgb(128, 128, 128)"  # lines
PCA_SURFACE = "rgba(128, 128, 128, 0.45)"  # bars, which hide nothing behind them

# Colours repeat after ten: a label is then told apart by its shape. As values of `clip-path`, the same as in shapes.js.
SHAPES = (
    "circle(50%)",
    "inset(7%)",
    "polygon(50% 0, 100% 50%, 50% 100%, 0 50%)",
    "polygon(50% 0, 100% 95%, 0 95%)",
    "polygon(33% 0, 67% 0, 67% 33%, 100% 33%, 100% 67%, 67% 67%, 67% 100%, 33% 100%, 33% 67%, 0 67%, 0 33%, 33% 33%)",
)


def colour_of(label: int) -> str:
    """The colour of a label."""
    return DIGIT_COLOURS[label % len(DIGIT_COLOURS)]


def shape_of(label: int) -> int:
    """The place of a label's shape in `SHAPES`."""
    return label // len(DIGIT_COLOURS) % len(SHAPES)
