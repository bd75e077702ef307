"""The trained encoder for play: one frame at a time, of which what has changed is computed.

From one frame to the next little of the screen changes; the rest of the posterior is what it was.
"""

from copy import deepcopy
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from numba import njit
from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

from dsrl.convolution import Cells, Convolution, Maps, every_cell
from dsrl.extraction import Latent
from dsrl.threads import one_thread
from dsrl.vae import LOG_VAR_RANGE, VAE


class FrameEncoder:
    """Encodes one preprocessed frame in the calling thread.

    The posterior is the same to the bit whatever frames came before. The weights are taken as they are when
    it is made. A single frame is too small to share between threads, which would wait for ever after a fork,
    as in Gymnasium's `AsyncVectorEnv`.
    """

    def __init__(self, vae: VAE) -> None:
        channels, height, width = vae.frame_shape
        self.mean_frame = vae.mean_frame.permute(1, 2, 0).flatten().numpy().copy()
        self.contrast = np.float32(vae.contrast)
        self.pixels = np.zeros(len(self.mean_frame), np.uint8)
        """The last frame, black at first."""
        self.frame = (-self.mean_frame / self.contrast).reshape(height, width, channels)
        """The same, standardised."""
        self.stages = stages(vae.encoder, self.frame)
        self.posterior = np.zeros((2, *vae.latent_shape), np.float32)
        """Mean and log-variance."""
        self._take_over(every_cell(self.stages[-1].maps))

    def __call__(self, x: UInt8[np.ndarray, "h w *c"]) -> Latent:
        """Return the posterior of one frame."""
        before, self.pixels = self.pixels, x.flatten()
        changed = self._standardise(np.flatnonzero(self.pixels != before))
        maps = self.frame
        for stage in self.stages:
            changed, maps = stage.update(maps, changed), stage.maps
        self._take_over(changed)
        return Latent(*self.posterior.copy())

    def _standardise(self, pixels: Cells) -> Cells:
        """Standardise these pixels, whose numbers count channels too; return the cells in which they are."""
        standardised = (self.pixels[pixels] - self.mean_frame[pixels]) / self.contrast
        self.frame.reshape(-1)[pixels] = standardised
        return pixels // self.frame.shape[2]

    def _take_over(self, changed: Cells) -> None:
        """Bring the posterior up to date with these cells of the heads."""
        _take_over(self.stages[-1].maps, changed, self.posterior, *LOG_VAR_RANGE)


class Stage(Protocol):
    """One step of the encoder, from maps to maps."""

    maps: Maps
    """The last outputs."""

    def update(self, inputs: Maps, changed: Cells) -> Cells:
        """Bring the outputs up to date with the cells that have changed; return which outputs have."""


class Whole:
    """A layer that is no convolution, computed anew as a whole by torch."""

    def __init__(self, module: nn.Module, inputs: Maps) -> None:
        self.module = module
        self.update(inputs, every_cell(inputs))

    @one_thread()
    @torch.inference_mode()
    def update(self, inputs: Maps, changed: Cells) -> Cells:
        """Compute the outputs, all of which count as changed."""
        outputs = self.module(torch.tensor(inputs).permute(2, 0, 1)[None])  # a copy: rectifiers overwrite
        self.maps = np.ascontiguousarray(outputs[0].permute(1, 2, 0).numpy())
        return every_cell(self.maps)


def stages(encoder: nn.Sequential, inputs: Maps) -> list[Stage]:
    """Return copies of the layers, which begin with these inputs.

    What follows a convolution, batch normalisation and a rectifier, is done with it.
    """
    found: list[Stage] = []
    layers = list(deepcopy(encoder).eval())
    while layers:
        match layers:
            case [nn.Conv2d() as layer, nn.BatchNorm2d() as normalisation, *rest]:
                layers = [fuse_conv_bn_eval(layer, normalisation), *rest]
                continue
            case [nn.Conv2d() as layer, nn.ReLU(), *layers]:
                found.append(Convolution(layer, True, inputs))
            case [nn.Conv2d() as layer, *layers]:
                found.append(Convolution(layer, False, inputs))
            case [layer, *layers]:
                found.append(Whole(layer, inputs))
        inputs = found[-1].maps
    return found


@njit(cache=True)
def _take_over(
    maps: Maps, changed: Cells, posterior: Float32[np.ndarray, "2 k m n"], least: float, most: float
) -> None:
    """Take over what the heads give for these cells; without log-variances, they stay the prior's."""
    heads = maps.shape[2]
    outputs, neurons = maps.reshape(-1, heads), posterior.reshape(2 * posterior.shape[1], -1)
    for cell in changed:
        for head in range(heads):
            value = outputs[cell, head]
            clamped = head >= posterior.shape[1]
            neurons[head, cell] = min(max(value, least), most) if clamped else value
