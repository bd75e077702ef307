"""A convolution of maps of which little changes from one frame to the next; compiled loops.

Only cells that see a change are computed anew, as by Parger et al. 2022 (DeltaCNN), but each from all that it
sees and not from the change, so that maps are the same to the bit whatever came before.

Shapes: maps are [rows, columns, channels], and a cell is known by its number, row by row.
"""

import numpy as np
from jaxtyping import Float32, Int64
from numba import njit
from torch import nn

Maps = Float32[np.ndarray, "rows columns channels"]
Cells = Int64[np.ndarray, " cells"]
Geometry = tuple[int, int, int]
"""Kernel, stride and padding."""

AT_ONCE = 4
"""Filters that a patch is multiplied with side by side."""


class Convolution:
    """A convolution with a bias, the rectifier behind it if there is one, and what they last gave."""

    def __init__(self, module: nn.Conv2d, rectified: bool, inputs: Maps) -> None:
        """Take the weights of one that treats rows and columns alike, and the first inputs."""
        kernel, stride, padding = (
            int(sides[0]) for sides in (module.kernel_size, module.stride, module.padding)
        )
        self.geometry = kernel, stride, padding
        height, width = (side + 2 * padding for side in inputs.shape[:2])
        self.padded = np.zeros((height, width, inputs.shape[2]), np.float32)
        """The last inputs, with zeros around."""
        weights, bias = (tensor.detach() for tensor in module.parameters())
        filters = weights.permute(0, 2, 3, 1).flatten(1).numpy()  # in the order of maps
        self.filters = np.pad(filters, ((0, -len(filters) % AT_ONCE), (0, 0)))
        self.bias, self.rectified = bias.numpy(), rectified
        rows, columns = ((side - kernel) // stride + 1 for side in (height, width))
        self.maps = np.zeros((rows, columns, len(filters)), np.float32)
        """The last outputs."""
        self._see(inputs, every_cell(inputs))
        self._compute(every_cell(self.maps))

    def update(self, inputs: Maps, changed: Cells) -> Cells:
        """Bring the outputs up to date with the cells that have changed; return which outputs have."""
        return self._compute(self._see(inputs, changed))

    def _see(self, inputs: Maps, changed: Cells) -> Cells:
        return np.asarray(_see(inputs, changed, self.padded, self.geometry, self.maps))

    def _compute(self, cells: Cells) -> Cells:
        weights = self.filters, self.bias, self.rectified
        return np.asarray(_compute(cells, self.padded, self.geometry, *weights, self.maps))


def every_cell(maps: Maps) -> Cells:
    """Return the number of each cell."""
    return np.arange(maps.shape[0] * maps.shape[1])


@njit(cache=True)
def _see(inputs: Maps, changed: Cells, padded: Maps, geometry: Geometry, maps: Maps) -> Cells:
    """Take over what has changed; return the cells of the maps that see it."""
    kernel, stride, padding = geometry
    rows, columns, _ = maps.shape
    seeing, count, seen = np.empty(rows * columns, np.int64), 0, np.zeros((rows, columns), np.bool_)
    for cell in changed:
        row, column = divmod(cell, inputs.shape[1])
        top, left = row + padding, column + padding
        for channel in range(inputs.shape[2]):
            padded[top, left, channel] = inputs[row, column, channel]
        for below in range(max(0, (top - kernel) // stride + 1), min(rows, top // stride + 1)):
            for right in range(max(0, (left - kernel) // stride + 1), min(columns, left // stride + 1)):
                if not seen[below, right]:
                    seen[below, right] = True
                    seeing[count] = below * columns + right
                    count += 1
    return seeing[:count]


@njit(cache=True)
def _compute(
    cells: Cells,
    padded: Maps,
    geometry: Geometry,
    filters: Float32[np.ndarray, "filters inputs"],
    bias: Float32[np.ndarray, " channels"],
    rectified: bool,
    maps: Maps,
) -> Cells:
    """Compute cells of the maps anew; return those that are not what they were, in place of all."""
    kernel, stride, _ = geometry
    _, columns, channels = maps.shape
    lines, outputs = padded.reshape(len(padded), -1), maps.reshape(-1, channels)
    wide, step = kernel * padded.shape[2], stride * padded.shape[2]
    patch, products = np.empty(filters.shape[1], np.float32), np.empty(len(filters), np.float32)
    count = 0
    for cell in cells:
        row, column = divmod(cell, columns)
        for below in range(kernel):
            line = lines[row * stride + below, column * step : column * step + wide]
            part = patch[below * wide : (below + 1) * wide]
            for place in range(wide):  # sooner done than an assignment of the whole
                part[place] = line[place]
        _multiply(patch, filters, products)
        cells[count] = cell
        count += _set(outputs[cell], products, bias, rectified)
    return cells[:count]


@njit(cache=True, fastmath={"contract", "reassoc"})  # in lanes, in one order
def _multiply(
    patch: Float32[np.ndarray, " inputs"],
    filters: Float32[np.ndarray, "filters inputs"],
    products: Float32[np.ndarray, " filters"],
) -> None:
    """Set the products of a patch and each filter."""
    for row in range(0, len(filters), AT_ONCE):
        one, two, three, four = filters[row], filters[row + 1], filters[row + 2], filters[row + 3]
        first = second = third = fourth = np.float32(0)
        for place in range(len(patch)):
            value = patch[place]
            first += value * one[place]
            second += value * two[place]
            third += value * three[place]
            fourth += value * four[place]
        products[row], products[row + 1], products[row + 2], products[row + 3] = first, second, third, fourth


@njit(cache=True, inline="always")
def _set(
    cell: Float32[np.ndarray, " channels"],
    products: Float32[np.ndarray, " filters"],
    bias: Float32[np.ndarray, " channels"],
    rectified: bool,
) -> bool:
    """Set a cell; return whether it was another."""
    different = False
    for channel in range(len(bias)):
        value = products[channel] + bias[channel]
        if rectified:
            value = max(value, np.float32(0))
        different |= cell[channel] != value
        cell[channel] = value
    return different
