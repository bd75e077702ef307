"""The model card: what README.md beside the weights says, from the configuration alone."""

from collections.abc import Mapping
from typing import Any

from dsrl.preprocessing import SCREEN

CARD = """\
---
library_name: dsrl
license: mit
tags: [reinforcement-learning, variational-autoencoder, {tags}]
---

# {game}: {model}

{purpose}

{overlay}```python
from dsrl.vae import VAE

vae = VAE.from_pretrained("path/of/this/folder")  # or the name of a shipped encoder
mean, log_var = vae.encode(vae.preprocessing(frame))  # frame: uint8 {frame}
```

| | |
|---|---|
{rows}

## How it was made
```
{commands}
```
{metrics}{scores}
## Limits
{faults}Trained on the frames that its data met: an object that never appeared there, or never moved, is not
found. Distortion and rate depend on the units of the reconstruction term; compare them within one
term only.
"""


OF_GAMES = """\
Finds the moving objects of {game} in frames of the Arcade Learning Environment, without labels: where nothing
is, its posterior falls back to the prior, so the divergence of latent cells tells where objects are.\
"""
OF_IMAGES = "Encodes and draws images of {game}; an experiment, and no part of any agent."

OVERLAY = """\
![moments of random play, with what is seen](overlay.png)

"""
ALIKE = 0.01
"""Difference of two F1 below which one is as good as the other."""

RIGHT = "F1, right kind, within 5 px of the centre"
"""The figure that encoder and rival are compared by."""
UNITS = {
    "distortion": "distortion, nats per frame",
    "rate": "rate, nats per frame",
    "active_filters": "filters in use",
}
TOLD = ("steps", "batch", "learning_rate", "schedule", "seed")


def card(config: Mapping[str, Any]) -> str:
    """Return the card of a configuration, Markdown with the front matter of the Hugging Face hub."""
    training = config.get("training", {})
    game = training.get("game", "Atari")
    images = config["preprocessing"]["colour"] == "grey"
    variational = config.get("variational", True)
    return CARD.format(
        game=game,
        tags="images" if images else "atari, unsupervised-object-detection",
        model="a beta-VAE" if variational else "an autoencoder",
        purpose=(OF_IMAGES if images else OF_GAMES).format(game=game),
        frame=config["preprocessing"]["size"] if images else _frame(config["preprocessing"]),
        rows="\n".join(f"| {name} | {value} |" for name, value in _facts(config).items()),
        commands="\n".join(_commands(training)) or "made in Python, with no command",
        metrics=_metrics(config.get("metrics", {})),
        scores=_scores(config.get("scores", {})),
        faults=_faults(config.get("scores", {})),
        overlay="" if images else OVERLAY,
    )


def _frame(preprocessing: Mapping[str, Any]) -> list[int]:
    """Return the shape of the frames that the emulator shows."""
    return [*preprocessing.get("screen", SCREEN), 3]


def _facts(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the first table says."""
    k, m, n = config["latent"]
    return {
        "network": config["network"],
        "latent map": f"{k} filters of {m} x {n} cells",
        "preprocessing": _pairs(config["preprocessing"]),
        "objective": _pairs(config.get("objective", {})),
        "training": _pairs(
            {name: config["training"][name] for name in TOLD if name in config.get("training", {})}
        ),
        "SHA-256 of model.safetensors": f"`{config['sha256']}`",
    }


def _commands(training: Mapping[str, Any]) -> list[str]:
    """Return the commands that collected the frames and trained on them."""
    commands = training.get("data", {}).get("command"), training.get("command")
    return [command for command in commands if command]


def _pairs(values: Mapping[str, Any]) -> str:
    """Return "name value, name value"."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _metrics(metrics: Mapping[str, float]) -> str:
    """Return the section of figures, or nothing when there are none."""
    if not metrics:
        return ""
    rows = "\n".join(f"| {UNITS.get(name, name)} | {value:.4g} |" for name, value in metrics.items())
    return f"\n## Measured on held-out episodes\n| | |\n|---|---|\n{rows}\n"


def _scores(scores: Mapping[str, Any]) -> str:
    """Return the section of what labelled frames say of the encoder and its rivals."""
    if not scores:
        return ""
    lines = scores["lines"]
    values = {name: [_figure(line[name]) for line in lines.values()] for name in next(iter(lines.values()))}
    rows = [f"| {name} | {' | '.join(line)} |" for name, line in values.items()]
    table = "\n".join([f"| | {' | '.join(lines)} |", "|---|" + "---|" * len(lines), *rows])
    told = f"`{scores['command']}` gives these; labels train and choose nothing."
    return f"\n## Measured on {scores['frames']} labelled frames\n{told}\n\n{table}\n\n{_verdict(lines)}\n"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _verdict(lines: Mapping[str, Mapping[str, float]]) -> str:
    """Return in words whether the network is worth it, by the F1 of symbols of the right kind."""
    ours, rival = (line[RIGHT] for line in list(lines.values())[:2])
    if ours >= rival + ALIKE:
        return f"The network is worth {ours - rival:.2f} F1 here."
    if ours >= rival - ALIKE:
        return "Without a network, subtraction of the background is as good here."
    return f"Without a network, subtraction of the background is better here, by {rival - ours:.2f} F1."


def _faults(scores: Mapping[str, Any]) -> str:
    """Return the most frequent faults on labelled frames, as a list."""
    faults = [f"- {fault}" for fault in scores.get("faults", [])]
    return "\n".join(["Most frequent faults on the labelled frames:", *faults, "", ""]) if faults else ""
