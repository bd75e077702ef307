"""The model card: what README.md beside the weights says, from the configuration alone."""

from collections.abc import Mapping
from typing import Any

CARD = """\
---
library_name: dsrl
license: mit
tags: [reinforcement-learning, variational-autoencoder, {tags}]
---

# {game}: {model}

{purpose}

```python
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
{metrics}
## Limits
Trained on the frames that its data met: an object that never appeared there, or never moved, is not found.
Distortion and rate depend on the units of the reconstruction term; compare them within one term only.
"""


OF_GAMES = """\
Finds the moving objects of {game} in frames of the Arcade Learning Environment, without labels: where nothing
is, its posterior falls back to the prior, so the divergence of latent cells tells where objects are.\
"""
OF_IMAGES = "Encodes and draws images of {game}; an experiment, and no part of any agent."

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
        frame=config["preprocessing"]["size"] if images else [210, 160, 3],
        rows="\n".join(f"| {name} | {value} |" for name, value in _facts(config).items()),
        commands="\n".join(_commands(training)) or "made in Python, with no command",
        metrics=_metrics(config.get("metrics", {})),
    )


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
