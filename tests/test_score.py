"""`dsrl score`, on frames that the emulator's memory labels."""

import json
import shutil

import cv2
import numpy as np
import pytest

from dsrl.card import RIGHT, card
from dsrl.envs.emulators import emulator
from dsrl.envs.ram import READERS
from dsrl.envs.wrappers import FramePair
from dsrl.errors import ConfigError
from dsrl.labelled import load_labelled
from dsrl.perception import Perception
from dsrl.scripts.command import run
from dsrl.scripts.score import Score, main, views
from dsrl.vae import VAE
from dsrl.weights import load, locate


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """Return a file of eight steps of Pong, six of them before the first ball."""
    env, frames, objects = FramePair(emulator("Pong", sticky=0.0)), [], []
    env.reset(seed=0)
    for step in range(100):
        env.step(step % 6)
        if step in (*range(0, 30, 5), 80, 90):
            frames.append(env.pair)
            objects.append([list(box) for box in READERS["Pong"][0](env.unwrapped.ale.getRAM().tolist())])
    path = tmp_path_factory.mktemp("labelled") / "pong.npz"
    np.savez_compressed(path, frames=np.array(frames), objects=json.dumps(objects))
    return path


@pytest.fixture(scope="module")
def scored(labelled):
    """Return the folder that one run leaves its files in."""
    folder = labelled.parent
    flags = [
        f"--{name} {folder / file}" for name, file in (("json", "j"), ("dump", "d"), ("overlay", "o.png"))
    ]
    run(Score, main, f"--encoder Pong --labelled {labelled} --watch 120 {' '.join(flags)}".split())
    return folder


def test_every_figure_is_written_for_the_encoder_and_for_its_rivals(scored):
    result = json.loads((scored / "j").read_text())
    rivals = result.pop("rivals")
    assert set(rivals) == {"no network", "kinds from latents", "kinds by filter"}
    assert all(rival.keys() == result.keys() for rival in rivals.values())
    assert result["frames"] == 8
    assert result["rules"]["near_box"]["any_kind"]["f1"] > 0.9
    assert result["rules"]["near_centre"]["categories"]["player"]["recall"] == 1.0
    assert result["few_shot"]["1"] == 1.0
    assert result["few_shot"]["64"] is None


def test_the_dump_has_each_frames_symbols_as_rows(scored, labelled):
    dump = json.loads((scored / "d").read_text())
    assert len(dump) == 8
    perception, (previous, current) = Perception.from_pretrained("Pong"), load_labelled(labelled).frames[-1]
    expected = [[*symbol[:5], symbol.confidence] for symbol in perception(previous, current)]
    assert dump[-1] == expected


def test_the_overlay_is_a_picture(scored):
    height, width, _ = cv2.imread(str(scored / "o.png")).shape
    assert min(height, width) > 250


def test_the_card_tells_the_figures_beside_the_rivals_and_the_faults(labelled, tmp_path):
    folder = shutil.copytree(locate("Pong"), tmp_path / "Pong")
    weights = (folder / "model.safetensors").read_bytes()
    result = main(Score(str(folder), labelled, watch=120, card=True, exclude=("ball",)))
    card, (config, _) = (folder / "README.md").read_text(), load(folder)
    ours = result["rules"]["near_centre"]["right_kind"]["f1"]
    assert config["scores"]["lines"]["this encoder"][RIGHT] == ours
    assert f"| {RIGHT} | {ours:.3f} |" in card
    assert "| this encoder | no network | kinds from latents |" in card
    assert "`dsrl score --encoder Pong --labelled pong.npz --exclude ball`" in card
    assert "- false white 2x4: " in card  # the ball, which is no longer a label
    assert (folder / "model.safetensors").read_bytes() == weights
    assert len(Perception.from_pretrained(folder).kinds) == 3


@pytest.mark.parametrize(
    ("ours", "said"), [(0.9, "worth 0.10"), (0.805, "as good"), (0.7, "better here, by 0.10")]
)
def test_the_card_says_when_the_rival_is_as_good(ours, said):
    config, _ = load(locate("Pong"))
    lines = {"this encoder": {RIGHT: ours}, "no network": {RIGHT: 0.8}}
    scores = {"command": "dsrl score", "frames": 8, "lines": lines, "faults": []}
    assert said in card(config | {"scores": scores})


def test_a_card_of_shipped_weights_is_not_written_by_their_name(labelled):
    with pytest.raises(ConfigError, match="--encoder FOLDER"):
        Score("Pong", labelled, card=True)


def test_weights_that_do_not_tell_their_game_have_no_rivals(luminance_vae):
    perception = Perception.from_pretrained("Pong")
    perception.detector.vae = VAE(perception.preprocessing)
    with pytest.raises(ConfigError, match="--no-rivals"):
        views(perception, 10)


def test_rivals_must_watch_something(labelled):
    with pytest.raises(ConfigError, match="watch is 0"):
        Score("Pong", labelled, watch=0)
