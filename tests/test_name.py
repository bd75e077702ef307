"""`dsrl name`: the kinds of an encoder, listed and named."""

import json
import shutil

import pytest

from dsrl.errors import ConfigError, EncoderError
from dsrl.perception import Perception
from dsrl.scripts.command import run
from dsrl.scripts.name import Name, main
from dsrl.weights import locate


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(locate("Pong"), tmp_path / "Pong")


def name(flags: str) -> None:
    run(Name, main, flags.split())


def test_the_list_has_every_kind_with_its_share_and_its_size(capsys):
    name("--encoder Pong")
    told, kinds = capsys.readouterr().out, Perception.from_pretrained("Pong").kinds
    for label, share, (width, height) in zip(kinds.labels, kinds.shares, kinds.looks.sizes, strict=False):
        assert label in told
        assert f"{share:.1%}" in told
        assert f"{width:g}x{height:g}" in told


def test_a_name_is_what_the_kind_is_called_and_an_empty_one_takes_it_away(folder):
    before = json.loads((folder / "kinds.json").read_text())
    name(f"--encoder {folder} --kind 1 --name ball")
    assert Perception.from_pretrained(folder).kinds.labels[1] == "ball"
    run(Name, main, ["--encoder", str(folder), "--kind", "1", "--name", ""])
    assert json.loads((folder / "kinds.json").read_text()) == before


def test_shipped_weights_stay_as_they_are_and_a_copy_is_named(tmp_path):
    before = (locate("Pong") / "kinds.json").read_bytes()
    with pytest.raises(ConfigError, match="--out FOLDER"):
        Name("Pong", kind=0, name="bat")
    for kind, called in enumerate(("bat", "foe")):
        name(f"--encoder Pong --kind {kind} --name {called} --out {tmp_path / 'Mine'}")
    assert Perception.from_pretrained(tmp_path / "Mine").kinds.names[:2] == ("bat", "foe")
    assert (locate("Pong") / "kinds.json").read_bytes() == before


def test_a_copy_does_not_replace_something_else(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(EncoderError, match="something else than weights"):
        main(Name("Pong", kind=0, name="bat", out=tmp_path))


def test_a_name_needs_a_kind_that_there_is(folder):
    with pytest.raises(ConfigError, match="both --kind and --name"):
        Name("Pong", kind=0)
    with pytest.raises(ConfigError, match="no kind 99"):
        main(Name(str(folder), kind=99, name="ball"))
