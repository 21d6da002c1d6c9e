"""The README says what is so."""

import re
from pathlib import Path

from autoencoder.data.baseline import pca_mse
from autoencoder.presets import PRESETS
from autoencoder.runs.store import RunStore
from autoencoder.settings import GREY_SQUARED

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_tree_names_what_is_there():
    tree = re.search(r"## The tree\n\n```\n(.*?)```", README, re.S).group(1)
    named = [line.split()[0] for line in tree.splitlines() if not line.startswith(" ")]
    assert named
    for name in named:
        assert (ROOT / name).exists(), name
    folders = {f"{path.name}/" for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders <= set(named)


def test_the_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_table_says_what_the_shipped_runs_say():
    store = RunStore(ROOT / "models")
    for preset in PRESETS.values():
        row = next(line for line in README.splitlines() if line.startswith(f"| {preset.name} |"))
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        run = store.load(preset.id)
        assert cells[1] == f"{run.architecture.latent_dim}-D"
        assert cells[2].split(",")[0] == f"{run.measures.error:.4f}"
        assert cells[3] == f"{pca_mse(run.training, run.architecture.latent_dim):.4f}"
        assert cells[4] == f"{run.measures.knn_accuracy:.2f}"
        if preset.course_losses:
            printed = preset.course_losses[max(preset.course_losses)] / GREY_SQUARED
            assert f"printed {printed:.4f}" in cells[5]
            assert re.search(
                rf"over the last epoch's steps: .*{store.load_history(run.id).records[-1].loss:.4f}", README
            )
