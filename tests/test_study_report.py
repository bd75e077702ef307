"""The report of the preset, from results that are made up: every part, every cell, whatever is missing."""

import csv
import html
from dataclasses import asdict

import numpy as np
import pytest

from dsrl.files import write_bytes
from dsrl.panels import picture_rows
from dsrl.scripts.cell import DRAWN, configure
from dsrl.scripts.study import Study
from dsrl.scripts.study_report import write_report


def made_up(cell, setting, labelled):
    """Return a result of a cell whose figures go with beta as they should, and leave what it would draw."""
    folder = setting.folder(cell)
    folder.mkdir(parents=True)
    pixels = np.zeros((2, 1, 8, 8), dtype=np.uint8)
    np.savez(folder / DRAWN, frames=pixels, drawn=pixels + 200)
    result = {
        **asdict(cell),
        "name": cell.name,
        "command": configure(cell, setting).command,
        "seconds": 6.0,
        "note": None,
        "distortion": 10 * (1 + cell.beta),
        "rate": 100 / cell.beta,
        "explained": 0.5,
        "rate_of_filters": [1.0, 2.0],
        "curve": {"rate": [(20, 50.0), (40, 20.0)], "reconstruction": [(20, 30.0), (40, 20.0)]},
    }
    probes = {"Ball": {"error": 2.0, "chance": 20.0, "frames": 100, "share": 0.9}}
    return result | (
        {"latent_f1": 0.6, "symbols_f1": 0.9, "probe": 0.9, "probes": probes} if labelled else {}
    )


@pytest.fixture
def study(tmp_path):
    return Study(preset="thesis", quick=True, out=tmp_path / "study")


def report(study, labelled, left_out=0):
    parts, setting = study.parts, study.setting
    cells = list(dict.fromkeys(cell for part in parts for cell in part.cells))
    results = [made_up(cell, setting, labelled) for cell in cells[left_out:]]
    rivals = {"Pong": 0.99} if labelled else {}
    page = write_report(parts, results, rivals, setting, "dsrl study --preset thesis --quick")
    return cells, page.read_text()


def test_every_part_and_every_cell_of_the_preset_is_in_the_report(study):
    cells, page = report(study, labelled=True)
    for part in study.parts:
        assert f"<h2>{part.title}</h2>" in page
        assert part.question in html.unescape(page)
    for cell in cells:
        assert page.count(f"<td>{cell.name}</td>") == 1
        assert configure(cell, study.setting).command in page
    assert f"{len(cells)} of {len(cells)} trainings" in page
    assert "5.0 minutes of processor time" in page  # 50 trainings of 6 seconds
    assert page.count("distortion rises from") == 3  # games
    assert "without any encoder: F1 Pong 0.99." in page


def test_the_numbers_and_figures_lie_beside_the_page(study):
    cells, _ = report(study, labelled=True)
    with (study.folder / "results.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {cell.name for cell in cells}
    assert {row["probe_Ball_share"] for row in rows.values()} == {"0.9"}
    assert {row["rate_of_filter_1"] for row in rows.values()} == {"2.0"}
    with (study.folder / "curves.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4 * len(cells)
    figures = {path.name for path in (study.folder / "figures").iterdir()}
    assert {"beta-against-distortion-and-rate-6-9-1.png", "batch-normalisation-6-10-2.png"} <= figures


def test_figures_of_a_training_are_in_its_gallery_with_the_command_that_draws_them(study):
    drawn = study.parts[0].cells[0]
    result = made_up(drawn, study.setting, labelled=False)
    picture = picture_rows({"row": np.zeros((1, 1, 4, 4))})
    write_bytes(study.setting.folder(drawn) / "figures" / "noise.png", picture)
    page = write_report(study.parts, [result], {}, study.setting, "dsrl study").read_text()
    assert f"<summary>{drawn.game}: {drawn.method}, network {drawn.network}, beta 1</summary>" in page
    assert "--figures noise --frames 200" in page


def test_a_study_that_is_not_finished_is_reported_as_far_as_it_is(study):
    cells, page = report(study, labelled=False, left_out=11)  # the first part is missing altogether
    assert f"{len(cells) - 11} of {len(cells)} trainings" in page
    assert f"<h2>{study.parts[0].title}</h2>" not in page
    assert "F1 map" not in page
