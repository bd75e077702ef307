"""What is wrong in each frame, in words: labels that were missed, symbols of nothing, and wrong kinds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dsrl.labelled import Label
from dsrl.scoring import Match, match, near_centre
from dsrl.symbols import Symbol


class Verdict(NamedTuple):
    """Every symbol and label of a frame, by what is to be said of it."""

    right: list[Match]
    mistaken: list[Match]
    """At the place of a label, but of a kind that stands for another category."""
    false: list[Symbol]
    missed: list[Label]

    @property
    def faults(self) -> int:
        """How many things are wrong."""
        return len(self.mistaken) + len(self.false) + len(self.missed)

    def words(self, names: Sequence[str]) -> str:
        """Return what is wrong, the same words for the same faults; `names` are those of the kinds.

        >>> ball, paddle = Label("Ball", 50, 60, 2, 4), Label("Paddle", 140, 40, 4, 16)
        >>> Verdict([], [], [Symbol(0, 9, 9, 2, 4)], [ball, ball, paddle]).words(["white 2x4"])
        'missed 2 Ball, missed Paddle, false white 2x4'
        """
        wrong = [f"{names[symbol.kind]} for {label.category}" for symbol, label in self.mistaken]
        missed = [label.category for label in self.missed]
        false = [names[symbol.kind] for symbol in self.false]
        parts = *_counted("missed", missed), *_counted("false", false), *_counted("took", wrong)
        return ", ".join(parts) or "nothing wrong"


def judge(symbols: Sequence[Symbol], labels: Sequence[Label], named: Mapping[int, str]) -> Verdict:
    """Return what is right and wrong in a frame, within 5 px of centres; `named` is the category by kind."""
    pairs = match(symbols, labels, near_centre)
    used = {id(one) for pair in pairs for one in pair}
    right = [named.get(symbol.kind) == label.category for symbol, label in pairs]
    return Verdict(
        [pair for pair, well in zip(pairs, right, strict=True) if well],
        [pair for pair, well in zip(pairs, right, strict=True) if not well],
        [symbol for symbol in symbols if id(symbol) not in used],
        [label for label in labels if id(label) not in used],
    )


def worst(verdicts: Sequence[Verdict], names: Sequence[str], count: int) -> dict[int, str]:
    """Return up to `count` frames with faults, each of other ones, and what is wrong in how many frames.

    The faults that are most in all frames come first; where nothing is wrong, frames that are right.
    """
    alike: dict[str, list[int]] = {}
    for frame, verdict in enumerate(verdicts):
        alike.setdefault(verdict.words(names), []).append(frame)
    faulty = {words: frames for words, frames in alike.items() if verdicts[frames[0]].faults} or alike
    order = sorted(faulty.items(), key=lambda entry: -len(entry[1]) * max(1, verdicts[entry[1][0]].faults))
    return {frames[0]: f"{words}\n{len(frames)} of {len(verdicts)} frames" for words, frames in order[:count]}


def _counted(word: str, things: Sequence[str]) -> list[str]:
    """Return "word thing", or "word 2 thing" where it happens twice."""
    counts = sorted(Counter(things).items())
    return [f"{word} {thing}" if count == 1 else f"{word} {count} {thing}" for thing, count in counts]
