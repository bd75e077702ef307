"""`dsrl score`, on frames that the emulator's memory labels."""

import json

import cv2
import numpy as np
import pytest

from dsrl.envs.emulators import emulator
from dsrl.envs.ram import READERS
from dsrl.envs.wrappers import FramePair
from dsrl.errors import ConfigError
from dsrl.labelled import load_labelled
from dsrl.perception import Perception
from dsrl.scripts.command import run
from dsrl.scripts.score import Score, main, views
from dsrl.vae import VAE


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
    assert set(rivals) == {"no network", "kinds from latents"}
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
    assert min(height, width) > 300


def test_weights_that_do_not_tell_their_game_have_no_rivals(luminance_vae):
    perception = Perception.from_pretrained("Pong")
    perception.detector.vae = VAE(perception.preprocessing)
    with pytest.raises(ConfigError, match="--no-rivals"):
        views(perception, 10)


def test_rivals_must_watch_something(labelled):
    with pytest.raises(ConfigError, match="watch is 0"):
        Score("Pong", labelled, watch=0)
