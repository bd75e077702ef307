"""What all commands share: flags from dataclasses, and errors in one line."""

import shlex
from pathlib import Path

import pytest
import tyro

from dsrl.objectives import Hyperparameters
from dsrl.scripts.collect import Collect
from dsrl.scripts.command import command_line, run
from dsrl.scripts.pretrain import Pretrain
from dsrl.scripts.train import Train
from dsrl.training import Training


@pytest.mark.parametrize(
    ("verb", "config"),
    [
        ("collect", Collect("Pong")),
        ("collect", Collect("Pong", Path("my frames"), drop_duplicates=True, repeat_action_probability=0.0)),
        ("train", Train("DSRL-Pong-v0", learner_settings={"gamma": 0.95, "trace": 0.5})),
        ("pretrain", Pretrain(data=Path("it's here"), resume=True, colour="rgb")),
        (
            "pretrain",
            Pretrain(
                game="Pong",
                filters=4,
                hyperparameters=Hyperparameters(beta=1e-5, warm_up=(0.0, 0.5)),
                training=Training(seed=3, progress_bar=False),
            ),
        ),
    ],
)
def test_a_command_line_asks_for_the_configuration_that_it_was_made_from(verb, config):
    program, word, *flags = shlex.split(command_line(verb, config))
    assert (program, word) == ("dsrl", verb)
    assert tyro.cli(type(config), args=flags) == config


@pytest.mark.parametrize(
    ("config", "flags", "message"),
    [
        (Collect, "--game Pong --frames 0", "frames=0 must be at least 1"),
        (Pretrain, "--game Pong --network vast", "unknown network 'vast'"),
        (Pretrain, "--game Pong --beta -1", "beta is -1.0"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_with_status_two(config, flags, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(config, print, flags.split())
    told = capsys.readouterr()
    assert (stopped.value.code, told.out) == (2, "")
    assert told.err.startswith(f"dsrl: {message}")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "flags", ["--betta 1", "--beta-schedule wram-up", "--regulariser ortho", "--beta two"]
)
def test_a_misspelt_hyperparameter_ends_the_command_at_once(flags, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(Pretrain, pytest.fail, ["--game", "Pong", *flags.split()])
    assert stopped.value.code == 2
    assert flags.split()[0].strip("-").replace("-", "_") in capsys.readouterr().err.replace("-", "_")


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (KeyboardInterrupt(), 130, "dsrl: interrupted; what was finished is kept\n"),
        (
            PermissionError(13, "Permission denied", "runs"),
            2,
            "dsrl: runs cannot be used (Permission denied): choose another place\n",
        ),
    ],
)
def test_what_stops_a_command_from_outside_is_told_in_one_line(error, status, told, capsys):
    def command(config):
        raise error

    with pytest.raises(SystemExit) as stopped:
        run(Collect, command, ["--game", "Pong"])
    assert (stopped.value.code, capsys.readouterr().err) == (status, told)


def test_an_error_of_the_system_that_is_about_no_file_is_not_hidden():
    def command(config):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(Collect, command, ["--game", "Pong"])
