"""The README is what a user types first: everything in it works."""

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import tyro

from dsrl.agents.rule_file import parse
from dsrl.agents.rules import Names
from dsrl.perception import Perception
from dsrl.scripts.main import VERBS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()

SIX_LINES = """\
frame        = max_pool(previous, current)   # UInt8 [210, 160, 3]
x            = preprocess(frame)             # UInt8 [84, 84]      luminance, crop, resize
posterior    = vae.encode(x)                 # Float [k, m, n]     mean and log-variance
symbols      = extract(posterior)            # table of (kind, x, y, ...), native pixels
interactions = relate(symbols)               # pairs of kinds and their relative position, change since the last step
action       = argmax(sum of Q[interaction]) # tabular, readable, one table per pair of kinds
"""  # noqa: E501


def blocks(language):
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def commands():
    """Return what stands between backquotes and begins with `dsrl` and a verb, once each."""
    shown = re.findall(r"`(dsrl \w+(?: --[^`]*)?)`", TEXT)
    return [command for command in dict.fromkeys(shown) if "--help" not in command and " --" in command]


def test_the_method_is_told_in_six_lines():
    assert blocks("text")[0] == SIX_LINES


def test_the_rules_that_are_shown_are_heeded_in_pong():
    kinds = Perception.from_pretrained("Pong").kinds.labels
    rules = blocks("text")[1]
    assert str(parse(rules, Names(["NOOP", "FIRE", "LEFT"], list(kinds)))) == rules


def test_the_two_commands_do_all_the_setup():
    assert [block.strip() for block in blocks("bash")] == [
        "pip install -e . && dsrl train --env DSRL-Breakout-v0",
        'pip install -e ".[test]" && pytest',
    ]


def test_the_python_runs_from_top_to_bottom(tmp_path):
    script = "import torch; torch.set_num_threads(1)\n" + "\n".join(blocks("python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "the others" in done.stdout  # a rule
    assert "because" in done.stdout  # an explanation
    assert [path.name for path in tmp_path.iterdir()] == ["pong-agent.safetensors"]


def test_every_verb_is_in_the_table_of_commands():
    assert list(dict.fromkeys(command.split()[1] for command in commands())) == list(VERBS)


@pytest.mark.parametrize("command", commands())
def test_every_command_that_is_shown_can_be_given(command):
    _, verb, *flags = shlex.split(command)
    tyro.cli(getattr(import_module(f"dsrl.scripts.{verb}"), VERBS[verb][0]), args=flags)


def test_every_link_leads_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / link).exists(), link
