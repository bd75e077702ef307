"""Training: what it learns, keeps, resumes and reports, on a square that moves over a still picture."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dsrl import checkpoints
from dsrl.callbacks import ReportCollapse, StopEarly
from dsrl.datasets import load_frames
from dsrl.diagnosis import active_filters, draw
from dsrl.errors import ConfigError, DataError, EncoderError
from dsrl.frames import Draws, Frames
from dsrl.objectives import OBJECTIVES, Hyperparameters
from dsrl.preprocessing import Box, Preprocessing
from dsrl.shards import Shards, ShardWriter, Source
from dsrl.training import Training, fit, standardise
from dsrl.vae import VAE

PREPROCESSING = Preprocessing(Box(34, 0, 160, 160))
QUICK = Training(batch=4, validate_every=2, accelerator="cpu", progress_bar=False)


@pytest.fixture(autouse=True)
def one_thread_and_one_seed():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def frames() -> Frames:
    random = np.random.default_rng(0)
    x = torch.full((72, 1, 84, 84), 60, dtype=torch.uint8)
    for frame, (row, column) in zip(x, random.integers(4, 74, (72, 2)), strict=True):
        frame[0, row : row + 6, column : column + 6] = 200
    return Frames(x[:64], x[64:])


def make_vae(network="thesis", **options) -> VAE:
    return VAE(PREPROCESSING, network, **options)


def steps_of(run: Path) -> int:
    return checkpoints.load(run / "checkpoints" / "last.ckpt")["step"]


def test_a_short_training_finds_what_moves(frames, tmp_path):
    vae = make_vae("fine")
    standardise(vae, frames.train, "contrast")
    nothing = 0.5 * vae.standardise(frames.validation).square().sum().item() / 8
    training = Training(batch=8, validate_every=60, accelerator="cpu", progress_bar=False)
    metrics = fit(vae, frames, "neuron-level", Hyperparameters(steps=120), training, tmp_path)
    assert metrics["distortion"] < nothing / 2
    assert metrics["active_filters"] >= 1


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains(objective, frames, tmp_path):
    vae = make_vae(variational=OBJECTIVES[objective].variational)
    metrics = fit(vae, frames, objective, Hyperparameters(steps=2), QUICK, tmp_path)
    assert np.isfinite(list(metrics.values())).all()


def test_a_finished_training_resumes_where_it_ended(frames, tmp_path):
    first, second = make_vae(), make_vae()
    hyperparameters = Hyperparameters(steps=4)
    before = fit(first, frames, "neuron-level", hyperparameters, QUICK, tmp_path)
    after = fit(second, frames, "neuron-level", hyperparameters, QUICK, tmp_path, resume=True)
    assert after == before
    torch.testing.assert_close(second.state_dict(), first.state_dict(), rtol=0, atol=0)


def cut_short(folder, steps):
    """Let a finished training be one of so many steps that was stopped."""
    last = folder / "checkpoints" / "last.ckpt"
    state = checkpoints.load(last)
    state["terms"]["steps"] = steps
    checkpoints.save(last, state)


def test_a_training_cut_short_goes_on_to_its_last_step(frames, tmp_path):
    fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=4), QUICK, tmp_path)
    cut_short(tmp_path, 10)
    fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=10), QUICK, tmp_path, resume=True)
    assert steps_of(tmp_path) == 10


def test_a_resumed_training_goes_on_with_the_batches_that_are_left():
    whole, rest = (Draws(torch.arange(12), batch=5, seed=3) for _ in range(2))
    batches = [whole[step].tolist() for step in range(6)]
    assert [rest[step].tolist() for step in range(2, 6)] == batches[2:]
    assert len({tuple(batch) for batch in batches}) == 6


def test_devices_share_the_frames_of_an_epoch_among_them():
    first, second = (Draws(torch.arange(12), 3, seed=0, device=device, devices=2) for device in (0, 1))
    drawn = torch.cat([draws[step] for step in (0, 1) for draws in (first, second)])
    assert sorted(drawn.tolist()) == list(range(12))


def test_a_plateau_state_survives_a_resume(frames, tmp_path):
    training = Training(**{**vars(QUICK), "schedule": "plateau"})
    hyperparameters = Hyperparameters(steps=4, warm_up=(0.0, 0.0))
    fit(make_vae(), frames, "neuron-level", hyperparameters, training, tmp_path)
    kept = checkpoints.load(tmp_path / "checkpoints" / "last.ckpt")["callbacks"]
    assert kept["ReduceOnPlateau"]["best"] < float("inf")
    cut_short(tmp_path, 6)
    longer = Hyperparameters(steps=6, warm_up=(0.0, 0.0))
    fit(make_vae(), frames, "neuron-level", longer, training, tmp_path, resume=True)
    assert steps_of(tmp_path) == 6


def test_there_must_be_something_to_resume(frames, tmp_path):
    with pytest.raises(ConfigError, match="no training to resume"):
        fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=2), QUICK, tmp_path, resume=True)


def test_another_network_cannot_resume(frames, tmp_path):
    fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=2), QUICK, tmp_path)
    with pytest.raises(EncoderError, match=r"last\.ckpt does not fit"):
        fit(make_vae("fine"), frames, "neuron-level", Hyperparameters(steps=2), QUICK, tmp_path, resume=True)


def test_a_training_without_progress_stops_early(frames, tmp_path):
    training = Training(**{**vars(QUICK), "patience": 1, "learning_rate": 1e-12})
    fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=60, warm_up=(0, 0)), training, tmp_path)
    assert steps_of(tmp_path) < 60


def test_early_stopping_waits_for_the_whole_beta():
    stop = StopEarly(first_step=100, patience=1)
    stop.after_validation(SimpleNamespace(step=99))  # touches nothing else
    assert stop.waited == 0


def test_a_loss_that_is_not_finite_is_an_error(frames, tmp_path):
    training = Training(**{**vars(QUICK), "learning_rate": 1e30})
    with pytest.raises(EncoderError, match="lower the learning rate"):
        fit(make_vae(), frames, "neuron-level", Hyperparameters(steps=6), training, tmp_path)


def test_tensorboard_has_curves_and_reconstructions(frames, tmp_path):
    fit(make_vae(), frames, "competitive", Hyperparameters(steps=2), QUICK, tmp_path)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    tags = events.Tags()
    assert tags["images"] == ["reconstructions"]
    assert {"train/loss", "validation/divergence", "validation/competition"} <= set(tags["scalars"])


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
def test_the_picture_has_frames_over_reconstructions_over_divergence(colour):
    vae = VAE(Preprocessing(Box(34, 0, 160, 160), colour=colour))
    channels = vae.frame_shape[0]
    x = torch.zeros(2, channels, 84, 84, dtype=torch.uint8)
    x[1] = 255
    picture = draw(vae, x, "contrast")
    assert picture.shape == (channels, 3 * 84, 2 * 84)
    assert picture[:, :84].mean(dim=(0, 1)).tolist() == [0.0] * 84 + [1.0] * 84


def test_a_collapsed_posterior_is_told_once_and_only_after_the_warm_up(capsys):
    report = ReportCollapse(first_step=60)
    for step in (59, 60, 80):
        fabric = SimpleNamespace(is_global_zero=True)
        report.after_validation(SimpleNamespace(step=step, metrics={"rate": 0.01}, fabric=fabric))
        assert capsys.readouterr().out.count("The posterior has collapsed") == (step == 60)


def test_filters_in_use_carry_a_tenth_of_a_nat():
    assert active_filters(torch.tensor([0.0, 0.09, 0.11, 40.0])) == 2


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"learning_rate": -1.0}, {"schedule": "never"}])
def test_a_wrong_setting_is_named(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Training(**wrong)


def test_an_unknown_objective_is_told_what_there_is(frames, tmp_path):
    with pytest.raises(ConfigError, match="winner-takes-all"):
        fit(make_vae(), frames, "loser", Hyperparameters(), QUICK, tmp_path)


def write_shards(folder: Path, episodes: int) -> Shards:
    source = Source("Pong", (34, 0, 160, 160))
    with ShardWriter(folder, source, shard_frames=8) as writer:
        for episode in range(episodes):
            for step in range(6):
                frame = np.zeros((210, 160, 3), dtype=np.uint8)
                frame[60 + 9 * step : 70 + 9 * step, 20 * episode + 5 : 20 * episode + 15] = (200, 100, 50)
                writer.add(frame, episode, step)
    return Shards(folder)


@pytest.mark.parametrize("colour", ["luminance", "rgb"])
def test_frames_are_preprocessed_and_split_by_episode(colour, tmp_path):
    preprocessing = Preprocessing(Box(34, 0, 160, 160), colour=colour)
    frames = load_frames(write_shards(tmp_path, episodes=3), preprocessing)
    assert [len(side) for side in frames] == [12, 6]  # episode 1 is held out
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    frame[60:70, 25:35] = (200, 100, 50)
    held_out = frames.validation[0].movedim(0, -1).numpy().squeeze()
    np.testing.assert_array_equal(held_out, preprocessing(frame))


def test_a_single_episode_cannot_be_split(tmp_path):
    with pytest.raises(DataError, match="collect more episodes"):
        load_frames(write_shards(tmp_path, episodes=1), PREPROCESSING)
