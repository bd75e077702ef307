"""The beta-VAE (Kingma & Welling 2014; Higgins et al. 2017; Sherburn 2017, chapter 5), and autoencoders.

Shapes: B frames in a batch, c channels of a frame (1 or 3), k latent filters, m x n latent cells.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from dsrl import weights
from dsrl.errors import ConfigError, EncoderError, choose
from dsrl.layers import drawing
from dsrl.networks import BATCH_NORM, NETWORKS, build, normalised
from dsrl.preprocessing import Preprocessing

LOG_VAR_RANGE = (-12.0, 12.0)
"""Natural logarithms of a variance beyond which nothing is gained and exp may overflow (thesis 4.4)."""

FIRST_LOG_VAR = -4.0
"""Log-variance of every latent neuron before training."""


class Posterior(NamedTuple):
    """The diagonal Gaussian q(z|x) of a batch of frames."""

    mean: Float[Tensor, "batch k m n"]
    log_var: Float[Tensor, "batch k m n"]


class Outputs(NamedTuple):
    """Everything that an objective may look at."""

    x: Float[Tensor, "batch c h w"]
    """The standardised input."""
    posterior: Posterior
    z: Float[Tensor, "batch k m n"]
    """One sample of the posterior, drawn for each frame on its own."""
    logits: Float[Tensor, "batch c h w"]
    """The reconstruction in units of the standardised input; its logits where that is a probability."""


class VAE(nn.Module):
    """Encoder, decoder and the static background, with the preprocessing that the weights expect.

    >>> from dsrl.preprocessing import Box
    >>> vae = VAE(Preprocessing(playfield=Box(34, 0, 160, 160)))
    >>> vae.encode(np.zeros((84, 84), dtype=np.uint8)).mean.shape
    torch.Size([1, 8, 42, 42])

    Raises:
        ConfigError: the network or the place of batch normalisation is unknown, or the frames do not fit.
    """

    background: Tensor
    mean_frame: Tensor
    contrast: Tensor

    def __init__(
        self,
        preprocessing: Preprocessing,
        network: str = "light",
        filters: int | None = None,
        config: dict[str, Any] | None = None,
        *,
        batch_norm: str = "none",
        variational: bool = True,
    ) -> None:
        """Make an untrained one of `filters` latent filters; `config` says how it came to be.

        Batch normalisation is put `before` or `after` the latent space, on `both` sides or on `none`. One
        that is not variational is an autoencoder: its code is the mean.
        """
        super().__init__()
        choose("batch_norm", batch_norm, BATCH_NORM)
        layers = normalised(NETWORKS[choose("network", network, list(NETWORKS))], batch_norm)
        first, *rest = layers.latent
        k = first.channels if filters is None else filters
        if k < 1:
            raise ConfigError(f"filters is {k}: a latent space has at least one filter")
        self.preprocessing, self.network, self.config = preprocessing, network, dict(config or {})
        self.batch_norm, self.variational = batch_norm, variational
        self.frame_shape = (preprocessing.channels, *preprocessing.size)
        heads = first._replace(channels=2 * k if variational else k)
        self.encoder, (_, m, n) = build((*layers.encoder, heads, *rest), self.frame_shape)
        self.latent_shape = (k, m, n)
        self.decoder, drawn = build((*layers.decoder, drawing(layers.frame, self.frame_shape)), (k, m, n))
        if drawn != self.frame_shape:
            raise ConfigError(
                f"network {network!r} draws frames of {drawn}, not {self.frame_shape}: "
                "choose another size or network"
            )
        self.heads = len(layers.encoder)
        """Which layer of the encoder gives mean and log-variance."""
        self._quieten()
        self.background = nn.Parameter(torch.zeros(self.frame_shape), requires_grad=layers.background)
        self.register_buffer("mean_frame", torch.zeros(self.frame_shape))
        self.register_buffer("contrast", torch.tensor(255.0))

    def _quieten(self) -> None:
        """Begin with little noise in the latent: under the prior's, small objects are never learned."""
        weight, bias = self.encoder[self.heads].parameters()
        k = self.latent_shape[0]
        nn.init.zeros_(weight[k:])
        nn.init.constant_(bias[k:], FIRST_LOG_VAR)

    def standardise(self, x: UInt8[Tensor, "..."] | UInt8[np.ndarray, "..."]) -> Float[Tensor, "batch c h w"]:
        """Return (x - mean frame) / contrast of one frame or a batch, with or without an axis of channels."""
        pixels = torch.as_tensor(x, device=self.contrast.device)
        if pixels.shape[-1] == self.frame_shape[0] != 1:
            pixels = pixels.movedim(-1, -3)
        return (pixels.reshape(-1, *self.frame_shape) - self.mean_frame) / self.contrast

    def posterior(self, x: Float[Tensor, "batch c h w"]) -> Posterior:
        """Return q(z|x) of standardised frames; log-variances are clamped, their gradient is not.

        Where the code is the mean, the log-variance is that of the prior, 0: the divergence is half the
        square of the code.
        """
        if not self.variational:
            mean = self.encoder(x)
            return Posterior(mean, torch.zeros_like(mean))
        mean, log_var = self.encoder(x).chunk(2, dim=1)  # [B, k, m, n]
        clamped = log_var.clamp(*LOG_VAR_RANGE)
        if torch.is_grad_enabled():
            clamped = log_var + (clamped - log_var).detach()  # so that a clamped value finds its way back
        return Posterior(mean, clamped)

    def encode(self, x: UInt8[Tensor, "..."] | UInt8[np.ndarray, "..."]) -> Posterior:
        """Return q(z|x) of preprocessed frames, [84, 84] or [B, 84, 84] or [B, c, 84, 84]."""
        return self.posterior(self.standardise(x))

    def sample(self, posterior: Posterior) -> Float[Tensor, "batch k m n"]:
        """Return mean + standard deviation * noise, the noise its own for each frame; or the mean alone."""
        mean, log_var = posterior
        if not self.variational:
            return mean
        return mean + (0.5 * log_var).exp() * torch.randn_like(mean)

    def decode(self, z: Float[Tensor, "batch k m n"]) -> Float[Tensor, "batch c h w"]:
        """Return what the latent code draws, added to the learned background."""
        drawn: Tensor = self.decoder(z)  # [B, c, h, w]
        return drawn + self.background

    def forward(self, x: UInt8[Tensor, "..."]) -> Outputs:
        """Return all that an objective needs, from preprocessed frames."""
        standardised = self.standardise(x)
        posterior = self.posterior(standardised)
        z = self.sample(posterior)
        return Outputs(standardised, posterior, z, self.decode(z))

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path) -> "VAE":
        """Return the VAE of a shipped name or a folder of weights, ready for inference.

        Raises:
            EncoderError: it is missing, damaged or does not fit its configuration.
        """
        folder = weights.locate(name_or_folder)
        config, tensors = weights.load(folder)
        try:
            vae = cls(
                Preprocessing.from_json(config["preprocessing"]),
                config["network"],
                config["latent"][0],
                config,
                batch_norm=config.get("batch_norm", "none"),
                variational=config.get("variational", True),
            )
            vae.load_state_dict(tensors)
        except (ConfigError, KeyError, TypeError, IndexError, RuntimeError) as error:
            raise EncoderError(
                f"{folder} does not fit its own config.json ({error}); restore it or pretrain anew"
            ) from error
        return vae.eval().requires_grad_(False)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the weights, their configuration and card in one step; see `dsrl.weights.save`.

        Raises:
            EncoderError: the folder holds something else than weights.
        """
        described = {
            "network": self.network,
            "channels": self.frame_shape[0],
            "latent": list(self.latent_shape),
            "batch_norm": self.batch_norm,
            "variational": self.variational,
            "preprocessing": self.preprocessing.to_json(),
        }
        weights.save(folder, self.state_dict(), self.config | described)
