"""What a trained VAE is worth: figures, words and a picture."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from dsrl.objectives import kl
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.vae import VAE

COLLAPSED = 0.5  # nats per frame; one object that is found costs several
ACTIVE = 0.1  # nats per frame that a filter in use carries at least


def measure(vae: VAE, frames: UInt8[Tensor, "n c h w"], reconstruction: str) -> dict[str, float]:
    """Return distortion and rate, nats per frame, of the posterior mean, and the number of filters in use."""
    distortion, rates = 0.0, torch.zeros(vae.latent_shape[0])
    with torch.inference_mode():
        for chunk in torch.split(frames, 128):
            x = vae.standardise(chunk)
            posterior = vae.posterior(x)
            term = RECONSTRUCTIONS[reconstruction].distortion(x, vae.decode(posterior.mean))
            distortion += float(term) * len(chunk) / len(frames)
            rates += kl(*posterior).sum(dim=(0, 2, 3)) / len(frames)
    active = active_filters(rates)
    return {"distortion": distortion, "rate": float(rates.sum()), "active_filters": active}


def collapse(rate: float) -> str | None:
    """Return what is wrong with a posterior that carries only `rate` nats per frame, or None.

    >>> collapse(60.0)
    >>> collapse(0.02)[:70]
    'The posterior has collapsed: the latent code carries 0.02 nats a frame'
    """
    if rate >= COLLAPSED:
        return None
    return (
        f"The posterior has collapsed: the latent code carries {rate:.2g} nats a frame, so that no object "
        "can be found. Choose a smaller beta, a longer warm-up or the contrast reconstruction, and check "
        "that something moves in the frames."
    )


def active_filters(rates: Float[Tensor, " k"]) -> int:
    """Return how many filters carry something, from the nats per frame of each."""
    return int((rates >= ACTIVE).sum())


def draw(vae: VAE, frames: UInt8[Tensor, "n c h w"], reconstruction: str) -> Float[Tensor, "c height width"]:
    """Return frames in a row, below them their reconstructions, below those the divergence of each cell."""
    with torch.no_grad():
        posterior = vae.encode(frames)
        logits = vae.decode(posterior.mean)
        drawn = RECONSTRUCTIONS[reconstruction].link(logits) * vae.contrast + vae.mean_frame
        nats = kl(*posterior).sum(dim=1, keepdim=True)  # [B, 1, m, n]
        size = tuple(frames.shape[2:])
        cells = interpolate(nats, size=size).expand_as(drawn)
    rows = torch.stack(
        [frames.cpu() / 255, drawn.cpu() / 255, (cells / cells.amax()).cpu()]
    )  # [3, B, c, h, w]
    return rows.clamp(0, 1).permute(2, 0, 3, 1, 4).flatten(3, 4).flatten(1, 2)
