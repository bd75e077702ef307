from pathlib import Path

import pytest

from dsrl.errors import (
    AgentError,
    ConfigError,
    DataError,
    DSRLError,
    EncoderError,
    choose,
)
from dsrl.files import read_json, sha256, write_bytes, write_json


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_folders_are_made_and_nothing_else_is_left_behind(tmp_path):
    write_bytes(tmp_path / "a/b/c.bin", b"\x00\xff")
    assert (tmp_path / "a/b/c.bin").read_bytes() == b"\x00\xff"
    assert names(tmp_path / "a/b") == ["c.bin"]


def test_others_may_read_what_is_written(tmp_path):
    write_bytes(tmp_path / "c.bin", b"")
    assert (tmp_path / "c.bin").stat().st_mode & 0o777 == 0o644


def test_a_crash_before_the_rename_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    write_bytes(tmp_path / "kept.txt", b"old")

    def crash(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "kept.txt", b"new")
    assert (tmp_path / "kept.txt").read_bytes() == b"old"
    assert names(tmp_path) == ["kept.txt"]


def test_what_is_not_json_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"old": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"new": object()})
    assert read_json(tmp_path / "a.json") == {"old": 1}


def test_json_is_read_as_written(tmp_path):
    content = {"name": "Jeu vidéo", "values": [1, 2.5, None, True]}
    write_json(tmp_path / "a.json", content)
    assert read_json(str(tmp_path / "a.json")) == content
    assert (tmp_path / "a.json").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{'a': 1}"])
def test_json_that_is_damaged_is_named(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.json is not valid JSON .* restore it"):
        read_json(tmp_path / "a.json")


def test_json_that_is_missing_or_a_folder_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("nothing", "folder"):
        with pytest.raises(DataError, match=f"{name} is missing or cannot be read"):
            read_json(tmp_path / name)


def test_the_hash_is_the_standard_one():
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("error", [ConfigError, DataError, EncoderError, AgentError])
def test_every_error_is_of_one_family(error):
    assert issubclass(error, DSRLError)


def test_a_wrong_choice_is_told_the_right_ones():
    assert choose("learner", "lambda", {"lambda": 1, "pairwise": 2}) == "lambda"
    with pytest.raises(ConfigError, match="unknown learner 'lamda': choose one of lambda, pairwise"):
        choose("learner", "lamda", {"pairwise": 2, "lambda": 1})
