"""Figures by their runs: what a row of a picture has of one colour, side by side (He, Chao & Suzuki 2008).

A run is [row, left, right, colour], right exclusive, and runs are in raster order: work on them is as little
as the figures are small. The loops are compiled.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Int32, UInt8
from numba import njit

from dsrl.preprocessing import Box

NOTHING = -1
"""The colour of pixels that are no figure."""
WIDEST = 0.5
"""What fills more of a row than this is background, whatever its colour."""

Runs = Int32[np.ndarray, "runs 4"]


@njit(cache=True)
def runs_of(picture: Int32[np.ndarray, "h w"]) -> Runs:
    """Return the runs of a picture that is `NOTHING` where no figure is.

    >>> runs_of(np.array([[-1, 7, 7, 9], [-1, -1, 7, -1]], dtype=np.int32)).tolist()
    [[0, 1, 3, 7], [0, 3, 4, 9], [1, 2, 3, 7]]
    """
    runs, count = np.empty((picture.size, 4), np.int32), 0
    for row in range(len(picture)):
        count += _write(runs[count:], row, picture[row])
    return runs[:count].copy()


class Scenery(NamedTuple):
    """What a playfield shows without objects, as the loops want it."""

    still: UInt8[np.ndarray, "h bytes"]
    """The background as the emulator has it."""
    changes: Bool[np.ndarray, " h"]
    """Which rows are looked at even where they are `still`."""
    ignored: Int32[np.ndarray, "h w"]
    """The colour that is no figure, place by place."""
    ground: int
    """The colour that is none anywhere."""
    always: Bool[np.ndarray, "h w"]
    """Where figures count whatever is occupied."""


@njit(cache=True)
def figures(
    lines: UInt8[np.ndarray, "height 480"],
    playfield: Box,
    scenery: Scenery,
    occupied: Bool[np.ndarray, "m n"],
) -> Runs:
    """Return the runs of a playfield's pixels that have not the ignored colour of their place nor the ground.

    Nor is a colour that fills most of a row one: the emulator draws backgrounds row by row, and skies and
    flashes change. Outside the cells that are occupied, only what is `always` looked at counts.
    """
    height, width = scenery.ignored.shape
    runs, count = np.empty((height * width, 4), np.int32), 0
    colours, shown = np.empty(width, np.int32), np.empty(width, np.int32)
    down, across = occupied.shape
    cell_of = np.empty(width, np.int64)  # once, since divisions take long
    for column in range(width):
        cell_of[column] = column * across // width
    for row in range(height):
        line = lines[playfield.top + row, 3 * playfield.left : 3 * (playfield.left + width)]
        if not scenery.changes[row] and _alike(line, scenery.still[row]):
            continue
        filled = _show(line, scenery.ignored[row], scenery.ground, colours, shown)
        most = _median(colours) if filled > WIDEST * width else NOTHING
        cells = occupied[row * down // height]
        for column in range(width):
            if shown[column] != NOTHING:
                looked_at = cells[cell_of[column]] or scenery.always[row, column]
                if shown[column] == most or not looked_at:
                    shown[column] = NOTHING
        if filled:
            count += _write(runs[count:], row, shown)
    return runs[:count].copy()


@njit(cache=True)
def shown_in(
    box: Int[np.ndarray, "4"],
    frame: UInt8[np.ndarray, "height 160 3"],
    colour: UInt8[np.ndarray, "3"],
    ignored: Int32[np.ndarray, "h w"],
    top: int,
    left: int,
) -> Bool[np.ndarray, "across down"]:
    """Return where in a box a frame shows a figure of a colour; `top` and `left` are the playfield's."""
    wanted = _pack(colour[0], colour[1], colour[2])
    shown = np.zeros((box[3] - box[1], box[2] - box[0]), np.bool_)
    for row in range(box[1], box[3]):
        for column in range(box[0], box[2]):
            pixel = frame[row, column]
            here = _pack(pixel[0], pixel[1], pixel[2]) == wanted != ignored[row - top, column - left]
            shown[row - box[1], column - box[0]] = here
    return shown


@njit(cache=True)
def _show(
    line: UInt8[np.ndarray, " bytes"],
    ignored: Int32[np.ndarray, " w"],
    ground: int,
    colours: Int32[np.ndarray, " w"],
    shown: Int32[np.ndarray, " w"],
) -> int:
    """Write the colours of a row, and those of its figures alone; return how many pixels figures have."""
    filled = 0
    for column in range(len(shown)):
        colours[column] = _pack(line[3 * column], line[3 * column + 1], line[3 * column + 2])
        figure = colours[column] != ignored[column] and colours[column] != ground
        shown[column] = colours[column] if figure else NOTHING
        filled += figure
    return filled


@njit(cache=True)
def _median(colours: Int32[np.ndarray, " w"]) -> int:
    """Return the colour in the middle, that of most if any is; `NOTHING` where the middle is between two."""
    for one in colours:
        below, above = 0, 0
        for other in colours:
            below += other < one
            above += other > one
        if 2 * max(below, above) < len(colours):
            return int(one)
    return NOTHING


@njit(cache=True)
def unpack(colours: Int[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 3"]:
    """Return red, green and blue of packed colours."""
    channels = np.empty((len(colours), 3), np.uint8)
    for index, colour in enumerate(colours):
        channels[index, 0], channels[index, 1], channels[index, 2] = colour >> 16, colour >> 8, colour
    return channels


@njit(cache=True)
def _pack(red: np.uint8, green: np.uint8, blue: np.uint8) -> np.int32:
    """Return a colour as one integer, 0xRRGGBB."""
    return np.int32((np.int32(red) << 16) | (np.int32(green) << 8) | np.int32(blue))


@njit(cache=True)
def _alike(these: UInt8[np.ndarray, " bytes"], those: UInt8[np.ndarray, " bytes"]) -> bool:
    """Return whether all bytes are equal; without an early exit, which leaves it to vector instructions."""
    difference = np.uint8(0)
    for place in range(len(these)):
        difference |= these[place] ^ those[place]
    return bool(difference == 0)


@njit(cache=True)
def _write(runs: Runs, row: int, colours: Int32[np.ndarray, " w"]) -> int:
    """Write the runs of a row, and return how many they are."""
    before, count = NOTHING, 0
    for column in range(len(colours)):
        colour = colours[column]
        if colour != before:
            if before != NOTHING:
                runs[count - 1, 2] = column
            if colour != NOTHING:
                runs[count, 0], runs[count, 1], runs[count, 2] = row, column, len(colours)
                runs[count, 3] = colour
                count += 1
            before = colour
    return count
