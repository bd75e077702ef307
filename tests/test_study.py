"""`dsrl study` as a user runs it."""

import csv
import json
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from dsrl.errors import ConfigError
from dsrl.files import write_json
from dsrl.scripts.cell import configure
from dsrl.scripts.collect import Collect, collect
from dsrl.scripts.command import command_line
from dsrl.scripts.study import Study, agree, done, drawn_of, main
from dsrl.studies import METHODS, Cell

TINY = {
    "quick": True,
    "frames": 48,
    "steps": 4,
    "methods": ("colour",),
    "networks": ("shallow",),
    "betas": (0.1, 0.4),
    "figures": ("noise",),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Frames of Pong for a study, and labels of a few of them."""
    torch.set_num_threads(1)
    made = tmp_path_factory.mktemp("study")
    shards = collect(Collect("Pong", out=made / "study" / "data" / "Pong", frames=48))
    frames = next(shards.split("all")).frames[:40]
    objects = json.dumps([[["Enemy", 16, 100, 4, 16]]] * 40)
    np.savez(made / "Pong.npz", frames=np.stack([frames, frames], axis=1), objects=objects)
    return made


def results(folder):
    return {path.parent.name: path for path in (folder / "study" / "cells").glob("*/result.json")}


def test_a_study_reports_every_cell_and_goes_on_with_what_is_missing(folder):
    config = Study(**TINY, labelled=folder, out=folder / "study")
    main(config)
    made = results(folder)
    assert len(made) == 2
    before = {name: path.stat().st_mtime_ns for name, path in made.items()}
    missing, kept = made
    made[missing].unlink()

    command = [
        sys.executable,
        "-m",
        "dsrl.scripts.main",
        *shlex.split(command_line("study", replace(config, workers=2)))[1:],
    ]
    again = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert again.returncode == 0, again.stderr
    assert "2 of 2 trainings" in again.stdout.replace("\n", " ")
    after = {name: path.stat().st_mtime_ns for name, path in results(folder).items()}
    assert (after[kept] == before[kept], after[missing] > before[missing]) == (True, True)
    log = made[missing].with_name("log.txt").read_text()
    assert log.count("The weights are in") + log.count("collapsed") == 1, "it was trained again"

    page = (folder / "study" / "report.html").read_text()
    with (folder / "study" / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["name"] for row in rows} == set(made)
    for row in rows:
        assert row["name"] in page
        assert row["command"] in page
        assert 0 <= float(row["latent_f1"]) <= 1
        assert float(row["rate"]) >= 0
    assert "without any encoder" in page
    assert (folder / "study" / "figures" / "methods-1.png").is_file()
    assert len(list((folder / "study" / "cells").glob("*-beta-0.1-*/figures/noise.png"))) == 1


def test_labels_that_are_given_later_are_measured_without_another_training(tmp_path):
    config = Study(out=tmp_path)
    cell = config.parts[0].cells[0]
    result = config.setting.folder(cell) / "result.json"
    write_json(result, {"rate": 1.0})
    assert done(cell, config.setting)
    labelled = config.setting._replace(labelled=tmp_path)
    assert not done(cell, labelled)
    write_json(result, {"rate": 1.0, "latent_f1": 0.5})
    assert done(cell, labelled)


def test_a_cell_is_a_command_of_pretrain_and_of_no_other_folder(tmp_path):
    config = Study(out=tmp_path / "study")
    cell = Cell("Pong", "orthogonal", "deep", "bce", 2.0, 3, "both")
    command = configure(cell, config.setting).command
    assert command == (
        f"dsrl pretrain --data {tmp_path}/study/data/Pong --out {tmp_path}/study/cells/{cell.name}/encoder "
        f"--run {tmp_path}/study/cells/{cell.name}/run --network deep --batch-norm both --beta 2.0 "
        "--reconstruction bce --regulariser orthogonal --seed 3 --accelerator cpu --no-progress-bar"
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_configures_a_training(method, tmp_path):
    config = configure(Cell("Pong", method, "fine", "contrast", 0.04), Study(out=tmp_path).setting)
    assert (config.objective, config.colour) == (METHODS[method].objective, METHODS[method].colour)


def test_figures_are_drawn_of_the_least_beta_and_seed_of_each_method():
    study = Study(methods=("naive", "colour"), betas=(0.4, 0.1), seeds=2)
    assert {(cell.method, cell.beta, cell.seed) for cell in drawn_of(study.parts)} == {
        ("naive", 0.1, 0),
        ("colour", 0.1, 0),
    }


def test_only_a_study_of_several_betas_has_a_curve():
    assert [part.kind for part in Study().parts] == ["methods"]
    assert [part.kind for part in Study(betas=(0.1, 0.2)).parts] == ["methods", "beta"]


def test_a_cell_without_a_result_is_not_done(tmp_path):
    config = Study(out=tmp_path)
    assert not done(config.parts[0].cells[0], config.setting)


def test_the_command_in_the_report_asks_for_the_same():
    assert command_line("study", Study(preset="thesis", quick=True, workers=2)) == (
        "dsrl study --preset thesis --quick --workers 2"
    )


def test_trainings_of_another_size_are_not_mixed(tmp_path):
    agree(Study(out=tmp_path, steps=10))
    with pytest.raises(ConfigError, match="another --out"):
        agree(Study(out=tmp_path, steps=20))


@pytest.mark.parametrize(
    "wrong",
    [{"methods": ("nave",)}, {"networks": ("vast",)}, {"figures": ("nose",)}, {"workers": 0}, {"seeds": 0}],
)
def test_a_wrong_choice_is_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigError, match=str(value[0]) if isinstance(value, tuple) else name):
        Study(**wrong)
