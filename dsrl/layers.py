"""The layers that networks are written in: each is a few numbers, and knows the module that it stands for.

Inputs and outputs are maps, [batch, channels, height, width]; what a dense layer gives is a map of one cell.
"""

import math
from typing import NamedTuple, Protocol

from torch import nn

Shape = tuple[int, ...]
"""Channels, height and width of a map."""


class Layer(Protocol):
    """One entry of a network."""

    def module(self, inputs: Shape) -> nn.Module:
        """Return the module that takes maps of this shape."""


class Conv(NamedTuple):
    """A convolution; sizes and padding in cells of its input."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def module(self, inputs: Shape) -> nn.Module:
        """Return the convolution."""
        return nn.Conv2d(inputs[0], *self)


class Transposed(NamedTuple):
    """The transpose of a convolution: what mirrors `Conv` in a decoder."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def module(self, inputs: Shape) -> nn.Module:
        """Return the transposed convolution."""
        return nn.ConvTranspose2d(inputs[0], *self)


class Linear(NamedTuple):
    """Every input to every output; the outputs are `channels` maps of height x width cells."""

    channels: int
    height: int = 1
    width: int = 1

    def module(self, inputs: Shape) -> nn.Module:
        """Return the dense layer between its flattening and its unflattening."""
        dense = nn.Linear(math.prod(inputs), math.prod(self))
        return nn.Sequential(nn.Flatten(), dense, nn.Unflatten(1, tuple(self)))


class Pool(NamedTuple):
    """The maximum of each size x size cells."""

    size: int

    def module(self, inputs: Shape) -> nn.Module:
        """Return the pooling."""
        return nn.MaxPool2d(self.size)


class Upsample(NamedTuple):
    """Each cell repeated as factor x factor cells."""

    factor: int

    def module(self, inputs: Shape) -> nn.Module:
        """Return the upsampling."""
        return nn.Upsample(scale_factor=self.factor)


class BatchNorm(NamedTuple):
    """Batch normalisation of each channel (Ioffe & Szegedy 2015)."""

    def module(self, inputs: Shape) -> nn.Module:
        """Return the normalisation."""
        return nn.BatchNorm2d(inputs[0])


class Relu(NamedTuple):
    """A rectifier; the latent heads and the last layer of a decoder have none (thesis 4.5)."""

    inplace: bool = True
    """Overwrite the input, which saves time; not where a decoder begins, since its input is the code."""

    def module(self, inputs: Shape) -> nn.Module:
        """Return the rectifier."""
        return nn.ReLU(self.inplace)


Sized = Conv | Transposed | Linear
"""The layers that choose how many channels leave them."""


def drawing(layer: Sized, frame: Shape) -> Sized:
    """Return the layer with the outputs that a frame of that shape needs.

    >>> drawing(Transposed(1, 6, 2), (3, 84, 84)), drawing(Linear(1), (1, 28, 20))
    (Transposed(channels=3, kernel=6, stride=2, padding=0), Linear(channels=1, height=28, width=20))
    """
    return Linear(*frame) if isinstance(layer, Linear) else layer._replace(channels=frame[0])
