"""Networks as data: a network is three lists of layers, and a new one is a new entry of `NETWORKS`."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import nn


class Layer(Protocol):
    """One entry of a network: it knows the module that it stands for and how many channels leave it."""

    def module(self, inputs: int) -> nn.Module:
        """Return the module that takes `inputs` channels."""

    def outputs(self, inputs: int) -> int:
        """Return the number of channels that leave the layer when `inputs` enter it."""


class Conv(NamedTuple):
    """A convolution; sizes and padding in cells of its input."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def module(self, inputs: int) -> nn.Module:
        """Return the convolution of `inputs` channels."""
        return nn.Conv2d(inputs, *self)

    def outputs(self, inputs: int) -> int:
        """Return its own number of channels."""
        return self.channels


class Transposed(NamedTuple):
    """The transpose of a convolution: what mirrors `Conv` in a decoder."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def module(self, inputs: int) -> nn.Module:
        """Return the transposed convolution of `inputs` channels."""
        return nn.ConvTranspose2d(inputs, *self)

    def outputs(self, inputs: int) -> int:
        """Return its own number of channels."""
        return self.channels


class Relu(NamedTuple):
    """A rectifier; the latent heads and the last layer of a decoder have none (thesis 4.5)."""

    def module(self, inputs: int) -> nn.Module:
        """Return the rectifier, which works in place."""
        return nn.ReLU(inplace=True)

    def outputs(self, inputs: int) -> int:
        """Return the number of channels that enter."""
        return inputs


class Network(NamedTuple):
    """A fully convolutional variational autoencoder."""

    encoder: tuple[Layer, ...]
    latent: Conv
    """The layer of the two heads, mean and log-variance; its channels are the k latent filters."""
    decoder: tuple[Layer, ...]
    frame: Transposed
    """The layer that draws the frame; its channels are those of a grey frame, three times as many for RGB."""


NETWORKS = {
    # Sherburn 2017, chapter 5: 84 -> 40 -> 18 -> 8 cells a side, and back.
    "thesis": Network(
        encoder=(Conv(32, 6, 2), Relu(), Conv(64, 6, 2), Relu()),
        latent=Conv(8, 6, 2, padding=1),
        decoder=(Transposed(64, 6, 2, padding=1), Relu(), Transposed(32, 6, 2), Relu()),
        frame=Transposed(1, 6, 2),
    ),
    # 84 -> 42 cells a side: one latent cell is 2 x 2 pixels, so that neighbouring aliens stay apart.
    "fine": Network(
        encoder=(Conv(16, 4, 2, padding=1), Relu(), *(Conv(16, 3, padding=1), Relu()) * 2),
        latent=Conv(8, 1),
        decoder=(Transposed(16, 3, padding=1), Relu()),
        frame=Transposed(1, 4, 2, padding=1),
    ),
}


def build(layers: Sequence[Layer], inputs: int) -> nn.Sequential:
    """Return the layers as one module that takes `inputs` channels.

    >>> build([Conv(16, 4, 2, padding=1), Relu()], inputs=1)
    Sequential(
      (0): Conv2d(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
      (1): ReLU(inplace=True)
    )
    """
    modules = []
    for layer in layers:
        modules.append(layer.module(inputs))
        inputs = layer.outputs(inputs)
    network = nn.Sequential(*modules)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU
    return network
