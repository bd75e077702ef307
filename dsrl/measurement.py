"""Measures an encoder on labelled frames: what it sees there, every figure of it, and what is wrong."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from dsrl.card import RIGHT
from dsrl.faults import judge, worst
from dsrl.fewshot import SHOTS, few_shot_accuracy
from dsrl.labelled import Labelled
from dsrl.looks import Looks
from dsrl.perception import Perception, rows_of
from dsrl.preprocessing import max_pool
from dsrl.scoring import categories_of_kinds, figures, match, near_box
from dsrl.sheet import Picture, verdict_marks
from dsrl.symbols import Symbol, from_rows


class Seen(NamedTuple):
    """What was seen in a frame."""

    symbols: list[Symbol]
    looks: Looks
    """Of each symbol."""


def see(perception: Perception, labelled: Labelled) -> list[Seen]:
    """Return what is seen in each pair of frames on its own: labelled frames need not follow each other."""
    seen = []
    for previous, current in tqdm(labelled.frames, desc="score", unit="frame"):
        found, kinds = perception.detect(previous, current)
        seen.append(Seen(from_rows(rows_of(found, kinds)), Looks.of(found)))
    return seen


def measure(perception: Perception, labelled: Labelled) -> tuple[list[Seen], dict[str, Any]]:
    """Return what is seen, and every figure of it."""
    seen = see(perception, labelled)
    result = figures([one.symbols for one in seen], labelled.labels)
    result["few_shot"] = few_shot(seen, labelled, perception)
    return seen, result


def few_shot(seen: Sequence[Seen], labelled: Labelled, perception: Perception) -> dict[str, float | None]:
    """Return the accuracy after each number of labelled examples, told from what kinds are compared by."""
    described, categories = [], []
    for (found, looks), labels in zip(seen, labelled.labels, strict=True):
        rows = dict(zip(map(id, found), looks.describe(perception.kinds.features), strict=True))
        pairs = match(found, labels, near_box)
        described += [rows[id(symbol)] for symbol, _ in pairs]
        categories += [label.category for _, label in pairs]
    return {str(shots): few_shot_accuracy(np.array(described), categories, shots) for shots in SHOTS}


def main_figures(encoder: str, result: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """Return what the encoder and its rivals are compared by."""
    return {name: _main(one) for name, one in {encoder: result, **result.get("rivals", {})}.items()}


def _main(result: dict[str, Any]) -> dict[str, float | None]:
    rules = result["rules"]
    return {
        "F1, any kind, within 5 px of the box": rules["near_box"]["any_kind"]["f1"],
        RIGHT: rules["near_centre"]["right_kind"]["f1"],
        "F1, right kind, within half a diagonal": rules["within_diagonal"]["right_kind"]["f1"],
        "AMI of kinds": result["ami"],
        "purity of kinds": result["purity"],
        **{f"accuracy, {shots}-shot": value for shots, value in result["few_shot"].items()},
    }


def faulty_frames(
    perception: Perception, seen: Sequence[Seen], labelled: Labelled, count: int
) -> list[Picture]:
    """Return up to `count` frames with the most frequent faults, which are their titles."""
    frames, names = [one.symbols for one in seen], perception.kinds.labels
    named = categories_of_kinds(frames, labelled.labels)
    verdicts = [judge(*frame, named) for frame in zip(frames, labelled.labels, strict=True)]
    return [
        Picture(max_pool(*labelled.frames[frame]), title, verdict_marks(verdicts[frame], names))
        for frame, title in worst(verdicts, names, count).items()
    ]
