"""`dsrl pretrain`: trains a VAE on collected frames, or images, and leaves its weights in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro
from lightning.fabric import seed_everything
from lightning.fabric.utilities import rank_zero_only

from dsrl.calibration import calibrate
from dsrl.datasets import Colour, Dataset, load, load_frames
from dsrl.diagnosis import collapse
from dsrl.errors import ConfigError, choose
from dsrl.files import write_bytes
from dsrl.networks import BATCH_NORM, NETWORKS
from dsrl.objectives import OBJECTIVES, Hyperparameters
from dsrl.preprocessing import Preprocessing
from dsrl.scripts.collect import Collect, collect
from dsrl.scripts.command import at_least, command_line, run
from dsrl.scripts.rounds import Play, join, play_on, sample, views
from dsrl.shards import Shards
from dsrl.sheet import moments, sheet
from dsrl.training import Training, describe, fit
from dsrl.vae import VAE
from dsrl.weights import OVERLAY, require_weights_or_nothing

SHOWN = 600  # steps of play that the pictures on the card are chosen from
Flat = tyro.conf.arg(name="")  # flags without the name of the group: --beta


@dataclass(frozen=True)
class Pretrain:
    """Train a VAE or an autoencoder; the curves are in TensorBoard, the weights in a folder of their own."""

    game: str | None = None
    """Game to play for frames when there is no --data, for example Pong."""
    data: Path | None = None
    """Folder of frames that `dsrl collect` made, of MNIST or of Frey faces; by default data/GAME, filled if
    need be."""
    out: Path | None = None
    """Folder of the weights; by default the run's own subfolder `encoder`."""
    run: Path | None = None
    """Folder of curves, images and checkpoints; by default runs/pretrain-GAME-seed-SEED."""
    resume: bool = False
    """Go on from the last checkpoint of the run; the other flags must be those it was begun with."""
    frames: int = 20_000
    """Frames to have collected, when the game is played."""
    watch: int = 2000
    """Steps of play, after the training, that the kinds of object are found from."""
    rounds: int = 1
    """Trainings, one after the other: for each after the first, an agent learns by the encoder before and
    plays for as many frames again, of what random actions never reach. The last one's weights are kept."""
    agent_steps: int = 20_000
    """Agent steps for which it learns."""
    network: str = "light"
    """light, fine (latent maps of 42 x 42); thesis, shallow, deep (8 x 8); dense, table-3.1, table-3.2."""
    filters: int | None = None
    """Latent filters; by default as many as the network's own."""
    batch_norm: str = "none"
    """Batch normalisation: before the latent space, after it, on both sides or none."""
    colour: Colour = "luminance"
    """What the network sees of a game: one channel of luminance, or three of colour."""
    objective: str = "neuron-level"
    """Objective: deterministic, neuron-level, naive, weighted, winner-takes-all or competitive."""
    hyperparameters: Annotated[Hyperparameters, Flat] = field(default_factory=Hyperparameters)
    """What the objective is tuned by."""
    training: Annotated[Training, Flat] = field(default_factory=Training)
    """How it is trained."""

    def __post_init__(self) -> None:
        """Check the names before hours are spent.

        Raises:
            ConfigError: one is unknown, or there is neither a game nor data.
        """
        choose("network", self.network, list(NETWORKS))
        choose("batch_norm", self.batch_norm, BATCH_NORM)
        choose("objective", self.objective, list(OBJECTIVES))
        at_least(self, frames=1, watch=1, rounds=1, agent_steps=1)
        if self.rounds > 1 and self.training.devices > 1:
            raise ConfigError(
                f"rounds is {self.rounds}, devices {self.training.devices}: agents need one device"
            )
        if not (self.game or self.data):
            raise ConfigError("neither game nor data is given: choose --game Pong, or --data FOLDER")

    @property
    def command(self) -> str:
        """The command line that asks for this."""
        return command_line("pretrain", self)


def find_data(config: Pretrain) -> Path:
    """Return the folder to train on, filled by playing the game when it was left to us."""
    if config.data:
        return config.data
    return collect(Collect(str(config.game), frames=config.frames, seed=config.training.seed)).folder


def shards_of(folder: Path) -> Shards | None:
    """Return the frames of a game that a folder holds, if it does."""
    return Shards(folder) if (folder / "manifest.json").is_file() else None


def run_folder(config: Pretrain, game: str) -> Path:
    """Return the folder of the run, once sure that it holds no other training.

    Raises:
        ConfigError: it does, and the training is not to be resumed.
    """
    folder = config.run or Path("runs") / f"pretrain-{game}-seed-{config.training.seed}"
    begun = any((each / "checkpoints").exists() for each in (folder, folder / "round-1"))
    if begun and not config.resume:
        raise ConfigError(f"{folder} already holds a training: go on with --resume, or choose another --run")
    return folder


def prepare(out: Path) -> None:
    """Make sure, before hours are spent, that weights can be written to a folder."""
    require_weights_or_nothing(out)
    out.mkdir(parents=True, exist_ok=True)


def provenance(config: Pretrain, dataset: Dataset, plays: Sequence[Play]) -> dict[str, Any]:
    """Return how the weights are made, as `config.json` keeps it."""
    return {
        "game": dataset.name,
        "command": config.command,
        "data": {
            "command": " && ".join(one.shards.source.command for one in plays) or None,
            "frames": sum(map(len, dataset.frames)),
        },
        "steps": config.hyperparameters.steps,
        "batch": config.training.batch,
        "learning_rate": config.training.learning_rate,
        "schedule": config.training.schedule,
        "seed": config.training.seed,
    }


def main(config: Pretrain) -> Path:
    """Train, save the weights and say how good they are; return their folder."""
    torch.set_num_threads(config.training.threads)
    if config.out:
        prepare(config.out)
    data = find_data(config)
    dataset, shards = load(data, config.colour), shards_of(data)
    run = run_folder(config, dataset.name)
    plays = [Play(shards)] if shards else []
    if config.rounds > 1 and not plays:
        raise ConfigError(f"rounds is {config.rounds}, but nobody can play {dataset.name}: choose 1")
    for number in range(1, config.rounds):
        folder = run / f"round-{number}"
        encoder = train(config, folder, dataset, plays, folder / "encoder")
        print(f"Round {number + 1}: an agent learns by them for {config.agent_steps:,} steps, and plays.")
        plays.append(play_on(encoder, folder, plays[0].shards.source, config.frames, config.agent_steps))
        more = load_frames(plays[-1].shards, dataset.preprocessing)
        dataset = dataset._replace(frames=join([dataset.frames, more]))
    return train(config, run, dataset, plays, config.out or run / "encoder")


def train(config: Pretrain, run: Path, dataset: Dataset, plays: Sequence[Play], out: Path) -> Path:
    """Train on some frames, save the weights with what names objects, and return their folder."""
    vae = make_vae(config, dataset.preprocessing)
    begun = len(plays) < 2 or (run / "checkpoints").exists()  # a later round may not have been
    metrics = fit(
        vae,
        dataset.frames,
        config.objective,
        config.hyperparameters,
        config.training,
        run,
        resume=config.resume and begun,
    )
    vae.config = {
        "objective": describe(config.objective, config.hyperparameters, vae),
        "training": provenance(config, dataset, plays),
        "metrics": metrics,
    }
    conclude(vae, out)
    if plays:
        name_kinds(vae, out, plays, config.watch)
    return out


def make_vae(config: Pretrain, preprocessing: Preprocessing) -> VAE:
    """Return the model that the seed begins with."""
    seed_everything(config.training.seed, verbose=False)
    return VAE(
        preprocessing,
        config.network,
        config.filters,
        batch_norm=config.batch_norm,
        variational=OBJECTIVES[config.objective].variational,
    )


@rank_zero_only
def conclude(vae: VAE, folder: Path) -> None:
    """Save the weights and say in words what they measure, once even when several devices trained them."""
    vae.save_pretrained(folder)
    metrics = vae.config["metrics"]
    print(
        f"Held-out frames: distortion {metrics['distortion']:.1f}, rate {metrics['rate']:.1f} nats, "
        f"{metrics['active_filters']} of {vae.latent_shape[0]} filters in use."
    )
    print(collapse(metrics["rate"]) or f"The weights are in {folder}.")


@rank_zero_only
def name_kinds(vae: VAE, folder: Path, plays: Sequence[Play], watch: int) -> None:
    """Add to the weights what turns their posterior into symbols: the background and the table of kinds.

    Raises:
        EncoderError: the encoder finds no object.
    """
    perception = calibrate(vae, sample(plays), views(plays, watch))
    perception.save_pretrained(folder)
    pictures = moments(perception, views(plays, min(watch, SHOWN)))
    write_bytes(folder / OVERLAY, sheet(pictures, legend=False))
    print(f"{len(perception.kinds)} kinds of object are told apart.")


if __name__ == "__main__":
    run(Pretrain, main)
