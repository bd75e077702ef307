"""A folder of collected frames: lossless shards and a manifest that counts and hashes them.

    manifest.json    where the frames are from, and {file, frames, episodes, sha256} of each shard
    shard-00000.npz  frames UInt8 [n, height, 160, 3] (pair maxima), episode Int32 [n], step Int32 [n]

Every write is atomic and the manifest comes last, so that a run cut short leaves a sound, shorter folder.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from jaxtyping import Int32, UInt8

from dsrl.errors import ConfigError, DataError, choose
from dsrl.files import read_json, sha256, write_bytes, write_json
from dsrl.preprocessing import SCREEN

FORMAT = "dsrl-frames-1"
PARTS = ["train", "validation", "all"]
Part = Literal["train", "validation", "all"]


@dataclass(frozen=True)
class Source:
    """Where a folder's frames are from: the head of its manifest."""

    game: str
    """Name of the game, as in ALE."""
    playfield: tuple[int, ...]
    """Top, left, height and width of the game's playfield, native pixels; the frames are whole."""
    policy: str = "random"
    """What chose the actions."""
    sticky: float = 0.25
    """Probability that the emulator repeats the last action instead of the one chosen."""
    frameskip: int = 4
    """Emulator frames per agent step, and so per stored frame."""
    seed: int = 0
    """Seed of the emulators and the policy."""
    command: str = ""
    """The command that made the folder."""
    screen: tuple[int, int] = SCREEN
    """Height and width of the frames, native pixels."""


class Frames(NamedTuple):
    """Consecutive rows of a shard; within an episode, steps ascend."""

    frames: UInt8[np.ndarray, "n height 160 3"]
    episode: Int32[np.ndarray, " n"]
    step: Int32[np.ndarray, " n"]


def in_validation(episode: Int32[np.ndarray, " n"]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which episodes are held out: a tenth of them, evenly spread over the ids.

    The multiplicative hash (Knuth 1973, 6.4) never changes a side when a folder grows.

    >>> np.flatnonzero(in_validation(np.arange(32, dtype=np.int32))).tolist()
    [1, 14, 27]
    """
    hashed = np.asarray(episode).astype(np.uint32) * np.uint32(2654435769)  # 2**32 over the golden ratio
    return (hashed >= 0.6 * 2**32) & (hashed < 0.7 * 2**32)


class ShardWriter:
    """Appends frames to a folder, new or begun before; use as a context manager.

    Raises:
        ConfigError: the folder holds frames from another source.
        DataError: a shard that is already there is missing or damaged.
    """

    def __init__(self, folder: Path | str, source: Source, shard_frames: int = 500) -> None:
        self.folder = Path(folder)
        self.source = source
        self.shard_frames = shard_frames
        self.shards: list[dict[str, Any]] = []
        self.next_episode = 0
        """The first episode id that is free."""
        self._rows: list[tuple[np.ndarray[Any, Any], int, int]] = []
        if (self.folder / "manifest.json").exists():
            self._resume(Shards(self.folder))
        elif self.folder.is_dir() and any(self.folder.iterdir()):
            raise ConfigError(f"{folder} has no manifest.json but is not empty: choose a new folder")

    def _resume(self, begun: "Shards") -> None:
        differences = [
            f"{field} {theirs!r} there, {ours!r} asked for"
            for (field, theirs), ours in zip(
                asdict(begun.source).items(), asdict(self.source).values(), strict=True
            )
            if theirs != ours and field != "command"
        ]
        if differences:
            raise ConfigError(
                f"{self.folder} was collected otherwise ({'; '.join(differences)}): choose a new folder"
            )
        for frames in begun.split("all"):  # also verifies every shard
            self.next_episode = max(self.next_episode, int(frames.episode.max(initial=-1)) + 1)
        self.shards = list(begun.manifest["shards"])

    def __len__(self) -> int:
        """Return the number of frames, written and waiting."""
        return sum(int(shard["frames"]) for shard in self.shards) + len(self._rows)

    def add(self, frame: UInt8[np.ndarray, "height 160 3"], episode: int, step: int) -> None:
        """Append one frame; a full shard is written at once."""
        self._rows.append((frame, episode, step))
        if len(self._rows) >= self.shard_frames:
            self.flush()

    def flush(self) -> None:
        """Write the frames that wait as a shard, then the manifest."""
        if self._rows:
            frames, episode, step = zip(*self._rows, strict=True)
            rows = Frames(np.stack(frames), np.array(episode, np.int32), np.array(step, np.int32))
            content, file = _pack(rows), f"shard-{len(self.shards):05d}.npz"
            write_bytes(self.folder / file, content)
            count = {"frames": len(frames), "episodes": len(set(episode)), "sha256": sha256(content)}
            self.shards.append({"file": file, **count})
            self._rows.clear()
        if self.shards:
            self._write_manifest()

    def _write_manifest(self) -> None:
        write_json(
            self.folder / "manifest.json", {"format": FORMAT, **asdict(self.source), "shards": self.shards}
        )

    def __enter__(self) -> Self:
        """Start; the manifest appears with the first shard."""
        return self

    def __exit__(self, *error: object) -> None:
        """Keep what was collected, also when interrupted."""
        self.flush()


class Shards:
    """A folder of collected frames, verified as it is read.

    Raises:
        DataError: the manifest is missing or not one.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.manifest: dict[str, Any] = read_json(self.folder / "manifest.json")
        self.source = _source(self.manifest, self.folder / "manifest.json")

    def __len__(self) -> int:
        """Return the number of frames."""
        return sum(int(shard["frames"]) for shard in self.manifest["shards"])

    def split(self, part: Part = "all") -> Iterator[Frames]:
        """Yield the frames of `part` shard by shard; whole episodes are held out for validation.

        Raises:
            DataError: a shard is missing, cut short or damaged.
        """
        choose("part", part, PARTS)
        for shard in self.manifest["shards"]:
            rows = self._read(shard)
            kept = in_validation(rows.episode) == (part == "validation")
            yield rows if part == "all" else Frames(*(column[kept] for column in rows))

    def _read(self, shard: Mapping[str, Any]) -> Frames:
        path = self.folder / str(shard["file"])
        remedy = "restore it from a copy, or delete the folder and collect again"
        if not path.is_file():
            raise DataError(f"{path} is missing but in the manifest: {remedy}")
        content = path.read_bytes()
        if sha256(content) != shard["sha256"]:
            raise DataError(f"{path} is cut short or damaged (its hash is not the manifest's): {remedy}")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return Frames(arrays["frames"], arrays["episode"], arrays["step"])


def _source(manifest: Any, path: Path) -> Source:
    try:
        if manifest["format"] != FORMAT:
            raise DataError(
                f"{path} has format {manifest['format']!r}, not {FORMAT!r}: collect the frames again"
            )
        fields = {"screen": SCREEN, **manifest}  # which older folders do not tell
        fields = {field: fields[field] for field in Source.__dataclass_fields__}
        for shard in manifest["shards"]:
            if not {"file", "frames", "sha256"} <= shard.keys() or Path(shard["file"]).name != shard["file"]:
                raise KeyError(f"the shard {shard!r}")
        places = {field: tuple(fields[field]) for field in ("playfield", "screen")}
        return Source(**{**fields, **places})
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is not a manifest of frames ({error!r}): collect the frames again"
        ) from error


def _pack(rows: Frames) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, column in rows._asdict().items():
            array = io.BytesIO()
            np.lib.format.write_array(array, column, allow_pickle=False)
            # no date, so that equal frames make equal files; level 1 is several times as fast as 6
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"), array.getbuffer(), zipfile.ZIP_DEFLATED, compresslevel=1
            )
    return buffer.getvalue()
