"""What the test loss of the dense autoencoder of Table 3.1 depends on: start, epsilon, seed, rectifier.

python benchmarks/autoencoder.py --data data/mnist --start keras --epsilon 1e-7

It makes the steps of `dsrl pretrain --network table-3.1 --batch 1` in one compiled loop: two minutes for all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import tyro
from jaxtyping import Float32, Int64, UInt8
from numba import njit
from rich.console import Console
from rich.progress import track
from rich.table import Table

from dsrl.datasets import load

CODE, LEARNING_RATE, BETA_1, BETA_2 = 32, 1e-4, 0.9, 0.999
FAST = {"contract", "reassoc", "nsz"}
"""What the compiler may assume of floats: all but that they are finite."""
Array = Float32[np.ndarray, "..."]


@dataclass(frozen=True)
class Benchmark:
    """Train on single digits and tell the loss of the test set after each epoch."""

    data: Path
    """Folder of MNIST."""
    start: Literal["torch", "keras"] = "torch"
    """First weights: uniform by fan-in, biases too; or by Glorot & Bengio 2010, biases zero."""
    epsilon: float = 1e-8
    """Of Adam; Keras has 1e-7."""
    linear: bool = False
    """Leave out the rectifier of the code."""
    seed: int = 0
    """Of the weights and of the order of the digits."""
    epochs: int = 15
    """Passes over the digits."""


class Weights(NamedTuple):
    """Encoder and decoder, or a moment of their gradient."""

    encoder: Float32[np.ndarray, "code pixels"]
    encoder_bias: Float32[np.ndarray, " code"]
    decoder: Float32[np.ndarray, "code pixels"]
    decoder_bias: Float32[np.ndarray, " pixels"]


def first_weights(start: str, pixels: int, random: np.random.Generator) -> Weights:
    """Return the weights that a library begins with."""

    def uniform(limit: float, *shape: int) -> Array:
        return random.uniform(-limit, limit, shape).astype(np.float32)

    if start == "keras":
        limit = (6 / (pixels + CODE)) ** 0.5
        biases = np.zeros(CODE, np.float32), np.zeros(pixels, np.float32)
        return Weights(uniform(limit, CODE, pixels), biases[0], uniform(limit, CODE, pixels), biases[1])
    inner, outer = pixels**-0.5, CODE**-0.5
    return Weights(
        uniform(inner, CODE, pixels),
        uniform(inner, CODE),
        uniform(outer, CODE, pixels),
        uniform(outer, pixels),
    )


@njit(fastmath=FAST, error_model="numpy")
def adam(
    weight: Array, slope: Array, mean: Array, square: Array, rate: float, root: float, eps: float
) -> None:
    """Make one step of Adam; `rate` and `root` have the corrections of its two moments."""
    b1, b2 = np.float32(BETA_1), np.float32(BETA_2)
    for i in range(weight.size):
        mean[i] = b1 * mean[i] + (np.float32(1) - b1) * slope[i]
        square[i] = b2 * square[i] + (np.float32(1) - b2) * slope[i] * slope[i]
        weight[i] -= np.float32(rate) * mean[i] / (np.sqrt(square[i]) * np.float32(root) + np.float32(eps))


@njit(fastmath=FAST, error_model="numpy")
def train(
    digits: UInt8[np.ndarray, "n pixels"],
    order: Int64[np.ndarray, " steps"],
    weights: Weights,
    means: Weights,
    squares: Weights,
    done: int,
    epsilon: float,
    linear: bool,
) -> None:
    """Learn from the digits one by one, in place; `done` steps were made before."""
    first, bias, second, last = weights
    code, slope = np.empty(len(first), np.float32), np.empty(len(first), np.float32)
    encoder, decoder = np.empty_like(first), np.empty_like(second)
    for index in order:
        x = digits[index].astype(np.float32) / np.float32(255)
        error = last.copy()  # the logits, then the gradient of the cross-entropy in them
        for h in range(len(first)):
            code[h] = (first[h] * x).sum() + bias[h]
            if linear or code[h] > 0:
                error += code[h] * second[h]
        error = np.float32(1) / (np.float32(1) + np.exp(-error)) - x
        for h in range(len(first)):
            active = np.float32(linear or code[h] > 0)
            slope[h] = active * (second[h] * error).sum()
            decoder[h] = active * code[h] * error
            encoder[h] = slope[h] * x
        done += 1
        rate, root = LEARNING_RATE / (1 - BETA_1**done), (1 - BETA_2**done) ** -0.5
        adam(first.ravel(), encoder.ravel(), means[0].ravel(), squares[0].ravel(), rate, root, epsilon)
        adam(bias, slope, means[1], squares[1], rate, root, epsilon)
        adam(second.ravel(), decoder.ravel(), means[2].ravel(), squares[2].ravel(), rate, root, epsilon)
        adam(last, error, means[3], squares[3], rate, root, epsilon)


def loss(digits: UInt8[np.ndarray, "n pixels"], weights: Weights, linear: bool) -> float:
    """Return the binary cross-entropy, nats per digit."""
    x = digits.astype(np.float32) / 255
    code = x @ weights.encoder.T + weights.encoder_bias
    logits = (code if linear else np.maximum(code, 0)) @ weights.decoder + weights.decoder_bias
    return float((np.logaddexp(0, logits) - x * logits).sum(axis=1).mean())


def main(config: Benchmark) -> None:
    """Train and print the loss of the test set after each epoch."""
    digits, test = (side.flatten(1).numpy() for side in load(config.data).frames)
    random = np.random.default_rng(config.seed)
    weights = first_weights(config.start, digits.shape[1], random)
    means, squares = (Weights(*map(np.zeros_like, weights)) for _ in range(2))
    table = Table("epoch", "test loss, nats per digit", title=f"784 - {CODE} - 784, Adam, batch size 1")
    for epoch in track(range(config.epochs), "training"):
        done, order = epoch * len(digits), random.permutation(len(digits))
        train(digits, order, weights, means, squares, done, config.epsilon, config.linear)
        table.add_row(str(epoch + 1), f"{loss(test, weights, config.linear):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main(tyro.cli(Benchmark, description=__doc__))
