"""Networks as data: a network is lists of layers, and a new one is a new entry of `NETWORKS`."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import torch
from torch import nn

from dsrl.errors import ConfigError
from dsrl.layers import BatchNorm, Conv, Layer, Linear, Pool, Relu, Shape, Sized, Transposed, Upsample
from dsrl.threads import one_thread

BATCH_NORM = ["none", "before", "after", "both"]
"""On which side of the latent space batch normalisation may stand (thesis 6.10)."""


class Network(NamedTuple):
    """An autoencoder, variational or not."""

    encoder: tuple[Layer, ...]
    latent: tuple[Sized, *tuple[Layer, ...]]
    """The layers of the heads, mean and log-variance; the channels of the first are the k latent filters."""
    decoder: tuple[Layer, ...]
    frame: Sized
    """The layer that draws the frame; it is given the shape of the frames, grey or RGB."""
    background: bool = True
    """Whether a learned bias per pixel is added to the drawing, so that what never moves costs nothing."""


NETWORKS = {
    # Sherburn 2017, chapter 5: 84 -> 40 -> 18 -> 8 cells a side, and back.
    "thesis": Network(
        encoder=(Conv(32, 6, 2), Relu(), Conv(64, 6, 2), Relu()),
        latent=(Conv(8, 6, 2, padding=1),),
        decoder=(Transposed(64, 6, 2, padding=1), Relu(), Transposed(32, 6, 2), Relu()),
        frame=Transposed(1, 6, 2),
    ),
    # The same latent map with one convolution before it instead of two, and with four.
    "shallow": Network(
        encoder=(Conv(32, 6, 2), Relu()),
        latent=(Conv(8, 5, 5),),
        decoder=(Transposed(32, 5, 5), Relu()),
        frame=Transposed(1, 6, 2),
    ),
    "deep": Network(
        encoder=(
            *(Conv(32, 6, 2), Relu(), Conv(32, 3, padding=1), Relu()),
            *(Conv(64, 6, 2), Relu(), Conv(64, 3, padding=1), Relu()),
        ),
        latent=(Conv(8, 6, 2, padding=1),),
        decoder=(
            *(Transposed(64, 6, 2, padding=1), Relu(), Transposed(64, 3, padding=1), Relu()),
            *(Transposed(32, 6, 2), Relu(), Transposed(32, 3, padding=1), Relu()),
        ),
        frame=Transposed(1, 6, 2),
    ),
    # 84 -> 42 cells a side: one latent cell is 2 x 2 pixels, so that neighbouring aliens stay apart.
    "fine": Network(
        encoder=(Conv(16, 4, 2, padding=1), Relu(), *(Conv(16, 3, padding=1), Relu()) * 2),
        latent=(Conv(8, 1),),
        decoder=(Transposed(16, 3, padding=1), Relu()),
        frame=Transposed(1, 4, 2, padding=1),
    ),
    # The same with one convolution less, which finds objects as well in two thirds of the time.
    "light": Network(
        encoder=(Conv(16, 4, 2, padding=1), Relu(), Conv(16, 3, padding=1), Relu()),
        latent=(Conv(8, 1),),
        decoder=(Transposed(16, 3, padding=1), Relu()),
        frame=Transposed(1, 4, 2, padding=1),
    ),
    # The multilayer perceptron of Kingma & Welling 2014, appendix C; any size of frame.
    "dense": Network(
        encoder=(Linear(500), Relu()),
        latent=(Linear(20),),
        decoder=(Linear(500), Relu()),
        frame=Linear(1),
    ),
    # Sherburn 2017, tables 3.1 and 3.2. The rectifier of the code stands in the decoder, since none may stand
    # on a mean; it commutes with pooling, so that the whole is the same function.
    "table-3.1": Network(
        encoder=(), latent=(Linear(32),), decoder=(Relu(inplace=False),), frame=Linear(1), background=False
    ),
    "table-3.2": Network(
        encoder=(Conv(32, 3, padding=1), Relu(), Pool(2)),
        latent=(Conv(4, 3, padding=1), Pool(2)),
        decoder=(Relu(inplace=False), Upsample(2), Transposed(32, 3, padding=1), Relu(), Upsample(2)),
        frame=Transposed(1, 3, padding=1),
        background=False,
    ),
}


def normalised(network: Network, where: str) -> Network:
    """Return the network with batch normalisation before every rectifier on those sides of the latent space.

    >>> normalised(NETWORKS["shallow"], "before").encoder
    (Conv(channels=32, kernel=6, stride=2, padding=0), BatchNorm(), Relu(inplace=True))
    """
    before, after = where in ("before", "both"), where in ("after", "both")
    return network._replace(
        encoder=_normalised(network.encoder) if before else network.encoder,
        decoder=_normalised(network.decoder) if after else network.decoder,
    )


def _normalised(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(chain(*((BatchNorm(), layer) if isinstance(layer, Relu) else (layer,) for layer in layers)))


def build(layers: Sequence[Layer], inputs: Shape) -> tuple[nn.Sequential, Shape]:
    """Return the layers as one module for inputs of a shape, and the shape of its outputs.

    >>> build([Conv(16, 4, 2, padding=1), Relu()], inputs=(1, 84, 84))
    (Sequential(
      (0): Conv2d(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
      (1): ReLU(inplace=True)
    ), (16, 42, 42))

    Raises:
        ConfigError: a layer does not fit the maps that come to it.
    """
    network = nn.Sequential()
    for layer in layers:
        module = layer.module(inputs)
        inputs = _outputs(module, layer, inputs)
        network.append(module)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU
    return network, inputs


def _outputs(module: nn.Module, layer: Layer, inputs: Shape) -> Shape:
    """Return the shape that leaves a layer, found by a dry run."""
    module.eval()  # so that batch normalisation learns nothing
    try:
        with one_thread(), torch.inference_mode():
            outputs = module(torch.zeros(1, *inputs)).shape[1:]
    except RuntimeError as error:
        raise ConfigError(f"{layer} does not fit maps of {inputs}: choose another size or network") from error
    module.train()
    return tuple(outputs)
