import json

import numpy as np
import pytest

from dsrl.errors import ConfigError, DataError
from dsrl.png_frames import read_png_folder, write_png_folder
from dsrl.shards import Shards, ShardWriter, Source, in_validation

SOURCE = Source("Pong", (34, 0, 160, 160))


def frame(number):
    return np.random.default_rng(number).integers(0, 256, (210, 160, 3), dtype=np.uint8)


def fill(folder, numbers, source=SOURCE):
    with ShardWriter(folder, source, shard_frames=4) as writer:
        for number in numbers:
            writer.add(frame(number), episode=number // 2, step=number % 2)
    return Shards(folder)


def steps(shards, part="all"):
    return [
        (int(e), int(s)) for rows in shards.split(part) for e, s in zip(rows.episode, rows.step, strict=True)
    ]


def test_frames_come_back_bit_by_bit(tmp_path):
    shards = fill(tmp_path / "new", range(10))
    frames = np.concatenate([rows.frames for rows in shards.split()])
    assert len(shards) == 10
    assert np.array_equal(frames, np.stack([frame(number) for number in range(10)]))
    assert steps(shards) == [(number // 2, number % 2) for number in range(10)]
    assert [shard["frames"] for shard in shards.manifest["shards"]] == [4, 4, 2]
    assert shards.source == SOURCE


def test_equal_frames_make_equal_files(tmp_path):
    fill(tmp_path / "a", range(4)), fill(tmp_path / "b", range(4))
    assert (tmp_path / "a/shard-00000.npz").read_bytes() == (tmp_path / "b/shard-00000.npz").read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["manifest.json", "shard-00000.npz"]


def test_whole_episodes_are_held_out_and_none_is_lost(tmp_path):
    shards = fill(tmp_path, range(40))
    train, validation = steps(shards, "train"), steps(shards, "validation")
    assert {episode for episode, _ in validation} == {1, 14}
    assert sorted(train + validation) == steps(shards)


def test_about_a_tenth_of_the_episodes_is_held_out():
    assert in_validation(np.arange(10_000, dtype=np.int32)).mean() == pytest.approx(0.1, abs=0.001)


def test_a_folder_grows_where_it_stopped(tmp_path):
    fill(tmp_path, range(6))
    with ShardWriter(tmp_path, SOURCE) as writer:
        assert (len(writer), writer.next_episode) == (6, 3)
        writer.add(frame(6), 3, 0)
    assert steps(Shards(tmp_path)) == [(number // 2, number % 2) for number in range(7)]


def test_an_interrupted_writer_keeps_what_it_had(tmp_path):
    def interrupted():
        with ShardWriter(tmp_path, SOURCE) as writer:
            writer.add(frame(0), 0, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(Shards(tmp_path)) == 1


def test_frames_of_another_source_are_not_mixed_in(tmp_path):
    fill(tmp_path, range(4))
    with pytest.raises(ConfigError, match=r"sticky 0\.25 there, 0\.0 asked for.*choose a new folder"):
        ShardWriter(tmp_path, Source("Pong", (34, 0, 160, 160), sticky=0.0))
    assert len(Shards(tmp_path)) == 4


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"manifest\.json"):
        ShardWriter(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "cut short or damaged"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"\x00", b"\x01", 1)),
            "cut short or damaged",
        ),
        (lambda path: path.unlink(), "missing"),
    ],
    ids=["cut short", "one byte changed", "deleted"],
)
def test_a_damaged_shard_is_named_when_read_and_when_resumed(tmp_path, damage, message):
    shards = fill(tmp_path, range(8))
    damage(tmp_path / "shard-00001.npz")
    with pytest.raises(DataError, match=rf"shard-00001\.npz is {message}.*restore it"):
        list(shards.split("train"))
    with pytest.raises(DataError, match=r"shard-00001\.npz"):
        ShardWriter(tmp_path, SOURCE)
    assert (tmp_path / "shard-00000.npz").is_file()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere.*manifest\.json is missing"):
        Shards(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["[]", '{"format": "dsrl-frames-1"}', '{"format": "other"}', "{"])
def test_a_wrong_manifest_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(DataError, match=r"manifest\.json"):
        Shards(tmp_path)


def test_a_shard_outside_the_folder_is_not_read(tmp_path):
    fill(tmp_path / "frames", range(4))
    manifest = json.loads((tmp_path / "frames/manifest.json").read_text())
    manifest["shards"][0]["file"] = "../shard-00000.npz"
    (tmp_path / "frames/manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "frames/shard-00000.npz").rename(tmp_path / "shard-00000.npz")
    with pytest.raises(DataError, match=r"manifest\.json"):
        Shards(tmp_path / "frames")


def test_an_unknown_part_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="validation"):
        list(fill(tmp_path, range(4)).split("test"))


def test_png_files_carry_frames_episodes_and_steps(tmp_path):
    shards = fill(tmp_path / "shards", range(6))
    assert write_png_folder(shards, tmp_path / "png") == 6
    assert (tmp_path / "png/episode-00002/000001.png").is_file()
    back = list(read_png_folder(tmp_path / "png"))
    assert [(episode, step) for _, episode, step in back] == steps(shards)
    assert np.array_equal(np.stack([image for image, *_ in back]), np.stack([frame(n) for n in range(6)]))


def test_png_files_of_other_names_are_taken_in_order(tmp_path):
    write_png_folder(fill(tmp_path / "shards", range(4)), tmp_path / "png")
    (tmp_path / "png/episode-00000").rename(tmp_path / "png/morning")
    (tmp_path / "png/episode-00001/000000.png").rename(tmp_path / "png/episode-00001/a.png")
    (tmp_path / "png/episode-00001/000001.png").rename(tmp_path / "png/episode-00001/b.png")
    assert [row[1:] for row in read_png_folder(tmp_path / "png")] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_png_of_another_size_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(DataError, match="holds no PNG files"):
        list(read_png_folder(tmp_path))
    (tmp_path / "half.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(DataError, match=r"half\.png is not a PNG of a whole screen"):
        list(read_png_folder(tmp_path))
