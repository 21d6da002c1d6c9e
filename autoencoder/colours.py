"""The colours of the digits and of PCA, for what Python draws."""

DIGIT_COLOURS = (  # the Petroff 10 sequence in digit order (Petroff 2021, made for colour-vision deficiency)
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
PCA_COLOUR = "rgb(128, 128, 128)"  # lines
PCA_SURFACE = "rgba(128, 128, 128, 0.45)"  # bars, which hide nothing behind them
