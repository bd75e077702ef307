"""The figures of a trained VAE (Sherburn 2017, chapter 6): each is a function of the VAE and held-out frames.

A new figure is a function under `@figure("name")`: it returns a PNG file, its first sentence is the caption.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from dsrl.inspection import (
    Frames,
    busiest,
    divergences,
    filter_images,
    reconstruct,
    statistics,
)
from dsrl.panels import bars, map_rows, picture_rows
from dsrl.sampling import best_of_prior, chain, disturb, traverse
from dsrl.vae import VAE

Figure = Callable[[VAE, Frames], bytes]

FIGURES: dict[str, Figure] = {}
SHOWN = 6  # pictures in a row
FILTERS = 8  # filters that are shown, those of the largest divergence
STEPS = (0, 1, 2, 5, 10, 25)  # of a chain
DEVIATIONS = np.linspace(-3, 3, 7)  # values of a neuron, standard deviations of the prior
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0)  # of noise, standard deviations of the prior


def figure(name: str) -> Callable[[Figure], Figure]:
    """Register the decorated function as the figure of that name."""

    def register(function: Figure) -> Figure:
        FIGURES[name] = function
        return function

    return register


def caption(name: str) -> str:
    """Return what a figure shows, in a sentence.

    >>> caption("divergence-per-filter")
    'Divergence of each filter from the prior, nats per frame, mean over the frames.'
    """
    return str(FIGURES[name].__doc__).split("\n\n")[0].replace("\n    ", " ").strip()


def spread(frames: Frames, count: int = SHOWN) -> Frames:
    """Return so many frames from all over."""
    return frames[np.linspace(0, len(frames) - 1, min(count, len(frames))).astype(int)]


def largest(values: np.ndarray) -> list[int]:
    """Return the filters of the largest values, in their own order."""
    return sorted(np.argsort(-values)[:FILTERS].tolist())


def originals(frames: Tensor) -> np.ndarray:
    """Return frames as pictures."""
    return np.asarray(frames.float() / 255)


@figure("reconstructions")
def reconstructions(vae: VAE, frames: Frames) -> bytes:
    """Held-out frames, what the VAE draws from their latent code, and the difference of the two."""
    shown = spread(frames)
    before, after = originals(shown), reconstruct(vae, shown)
    return picture_rows({"frame": before, "drawn": after, "difference": np.abs(before - after)})


@figure("filter-images")
def latent_filters(vae: VAE, frames: Frames) -> bytes:
    """Posterior mean of the filters of largest divergence, for three frames."""
    shown = spread(frames, 3)
    chosen = largest(divergences(vae, shown).sum(axis=(0, 2, 3)))
    rows = {f"frame {row + 1}": maps[chosen] for row, maps in enumerate(filter_images(vae, shown))}
    titles = [f"filter {index}" for index in chosen]
    return map_rows(rows, titles, "posterior mean", pictures=originals(shown))


@figure("mean-activation")
def mean_activation(vae: VAE, frames: Frames) -> bytes:
    """Mean of the posterior mean of each filter over the frames, 10,000 of them where there are so many."""
    found = statistics(vae, frames)
    chosen = largest(found.per_filter)
    titles = [f"filter {index}" for index in chosen]
    return map_rows({f"{found.frames:,}\nframes": found.activation[chosen]}, titles, "mean activation")


@figure("divergence-per-filter")
def divergence_per_filter(vae: VAE, frames: Frames) -> bytes:
    """Divergence of each filter from the prior, nats per frame, mean over the frames."""
    found = statistics(vae, frames)
    values = {f"filter {index}": float(found.per_filter[index]) for index in largest(found.per_filter)}
    return bars(values, "nats per frame", f"rate {found.per_filter.sum():.1f} nats per frame")


@figure("divergence-per-position")
def divergence_per_position(vae: VAE, frames: Frames) -> bytes:
    """Divergence of each latent cell from the prior, all filters: of three frames, and the mean over all."""
    shown = spread(frames, 3)
    single = divergences(vae, shown).sum(axis=1)
    mean = statistics(vae, frames).per_position
    titles = [*(f"frame {row + 1}" for row in range(len(single))), "mean of all"]
    return map_rows({"": np.concatenate([single, mean[None]])}, titles, "nats per cell", diverging=False)


@figure("active-units")
def active_units(vae: VAE, frames: Frames) -> bytes:
    """Share of each filter's neurons that are active: variance of the mean over 0.01 (Burda et al. 2016)."""
    found = statistics(vae, frames)
    shares = found.active.mean(axis=(1, 2))
    values = {f"filter {index}": float(100 * shares[index]) for index in largest(found.per_filter)}
    return bars(values, "% of its neurons", f"{found.active.sum():,} of {found.active.size:,} neurons active")


@figure("prior-samples")
def prior_samples(vae: VAE, frames: Frames) -> bytes:
    """The best of 10 samples of the prior, six times; its root mean square distance from a real frame."""
    drawn, distances = best_of_prior(vae, spread(frames, 512), SHOWN)
    return picture_rows({"sample": drawn}, [f"{distance:.3f}" for distance in distances])


@figure("chains")
def chains(vae: VAE, frames: Frames) -> bytes:
    """Markov chains between frame and code from three frames (Creswell et al. 2016; thesis Eq. 3.45)."""
    drawn = chain(vae, spread(frames, 3), STEPS)  # [steps, n, ...]
    rows = {f"chain {row + 1}": one for row, one in enumerate(np.moveaxis(drawn, 1, 0))}
    return picture_rows(rows, [f"step {step}" for step in STEPS])


@figure("traversal")
def traversal(vae: VAE, frames: Frames) -> bytes:
    """The neuron of largest divergence set to values from -3 to 3, and then its whole filter."""
    frame = spread(frames, 1)
    index, *cell = busiest(vae, frame)
    rows = {
        f"neuron\n{cell[0]}, {cell[1]}\nof filter {index}": traverse(
            vae, frame, index, DEVIATIONS, (cell[0], cell[1])
        ),
        f"filter {index}": traverse(vae, frame, index, DEVIATIONS),
    }
    return picture_rows(rows, [f"{value:+.0f}" for value in DEVIATIONS])


@figure("noise")
def noise(vae: VAE, frames: Frames) -> bytes:
    """Noise of growing standard deviation added to the filter of largest divergence, and to that of least."""
    frame = spread(frames, 1)
    nats = divergences(vae, frame).sum(axis=(0, 2, 3))
    rows = {f"filter {index}": disturb(vae, frame, index, SCALES) for index in (nats.argmax(), nats.argmin())}
    return picture_rows(rows, [f"{scale:g}" for scale in SCALES])
