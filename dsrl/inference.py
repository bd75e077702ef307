"""The trained encoder for play: one frame at a time, by ONNX Runtime, in half the time that torch takes.

Much of torch's time on so small a network goes to calling its layers one by one.
"""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from onnxruntime import InferenceSession, SessionOptions
from torch import Tensor, nn

from dsrl.extraction import Latent
from dsrl.vae import VAE


class FrameEncoder:
    """Encodes one preprocessed frame in the calling thread.

    It takes the weights as they are when it is made. A single frame is too small to share between threads,
    which would wait for ever after a fork, as in Gymnasium's `AsyncVectorEnv`.
    """

    def __init__(self, vae: VAE) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = InferenceSession(to_onnx(vae), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.outputs = [output.name for output in self.session.get_outputs()]

    def __call__(self, x: UInt8[np.ndarray, "h w *c"]) -> Latent:
        """Return the posterior of one frame."""
        return Latent(*self.session.run(self.outputs, {self.input: x}))


class _OfOneFrame(nn.Module):
    """What is exported: the encoder without the axis of the batch."""

    def __init__(self, vae: VAE) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, x: UInt8[Tensor, "h w *c"]) -> tuple[Float[Tensor, "k m n"], Float[Tensor, "k m n"]]:
        mean, log_var = self.vae.encode(x.reshape(*x.shape[:2], -1).permute(2, 0, 1))
        return mean[0], log_var[0]


def to_onnx(vae: VAE) -> bytes:
    """Return the encoder as an ONNX model of one frame, UInt8 [h, w] or [h, w, 3]."""
    channels, height, width = vae.frame_shape
    blank = torch.zeros((height, width) if channels == 1 else (height, width, channels), dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of branches on shapes, which are constant, and of a newer exporter
        model = Path(folder) / "encoder.onnx"
        torch.onnx.export(_OfOneFrame(vae).eval(), (blank,), model, dynamo=False)
        return model.read_bytes()
