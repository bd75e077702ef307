"""How the parts lie side by side at the root and inside one package when installed."""

import ast
import configparser
import inspect
import re
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import entry_points, packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest

import dsrl
from dsrl.scripts.main import VERBS, main
from dsrl.weights import LAYOUT, shipped

ROOT = Path(__file__).parents[1]
LAYERS = ["dsrl", "envs", "agents", "scripts"]
"""From the bottom: each may import those before it, and itself."""
LINKED = ["envs", "agents", "pretrained", "scripts"]
BANNED = {"utils", "helpers", "common", "manager"}


def modules(folder):
    return sorted((ROOT / folder).glob("*.py"))


def layer_of(module):
    """dsrl.envs.games is of envs; dsrl.symbols is of dsrl."""
    name = module.split(".")[1] if "." in module else ""
    return name if name in LINKED else "dsrl"


def imported(path):
    """Yield every module that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_the_folder_map_of_setup_cfg_is_the_tree():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    packages = setup["options"]["packages"].split()
    rows = setup["options"]["package_dir"].strip().splitlines()
    mapped = dict(map(str.strip, row.split("=")) for row in rows)
    assert mapped == {"dsrl": "dsrl"} | {f"dsrl.{folder}": folder for folder in LINKED}
    assert sorted(packages) == sorted(mapped)
    assert all((ROOT / folder / "__init__.py").is_file() for folder in mapped.values())
    roots = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert roots == set(mapped.values()), "a package at the root is not in the map"


def test_every_folder_of_modules_is_installed():
    nested = {path.parent for path in (ROOT / "dsrl").rglob("*.py")} - {ROOT / "dsrl"}
    assert {path.relative_to(ROOT / "dsrl").as_posix() for path in nested} <= set(LINKED)


@pytest.mark.parametrize("folder", LINKED)
def test_the_link_inside_the_package_points_to_the_folder_at_the_root(folder):
    link = ROOT / "dsrl" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("..") / folder


@pytest.mark.parametrize("folder", LAYERS)
def test_layers_point_one_way(folder):
    below = {*LAYERS[: LAYERS.index(folder) + 1], "pretrained"}
    for path in modules(folder):
        if path != ROOT / "dsrl" / "__init__.py":  # it registers the environments, and names the agent
            ours = [name for name in imported(path) if name.split(".")[0] == "dsrl"]
            wrong = [name for name in ours if layer_of(name) not in below]
            assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_shipped_weights_are_complete_and_small():
    for name, folder in shipped().items():
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        assert sizes.keys() == LAYOUT, name
        assert sum(sizes.values()) < 1_000_000, name


def test_no_module_has_a_name_that_says_nothing():
    for folder in [*LAYERS, "pretrained", "tests"]:
        words = {word for path in modules(folder) for word in path.stem.split("_")}
        assert not words & BANNED


def test_everything_imported_is_a_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[^\w-]", line)[0] for line in project["dependencies"]}
    providers = {
        root: {name.lower().replace("_", "-") for name in names}
        for root, names in packages_distributions().items()
    }
    for path in [path for folder in [*LAYERS, "pretrained"] for path in modules(folder)]:
        roots = {name.split(".")[0] for name in imported(path)} - {"dsrl"} - sys.stdlib_module_names
        missing = {root for root in roots if not needed & providers.get(root, set())}
        assert not missing, f"{path.relative_to(ROOT)} imports {missing}"


def test_importing_dsrl_registers_environments_without_loading_torch():
    done = run(
        sys.executable,
        "-c",
        "import sys, dsrl, gymnasium; print('torch' in sys.modules, 'DSRL-v0' in gymnasium.registry)",
    )
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_dsrl_offers_its_main_names_and_no_other():
    for name in dsrl.__all__:
        assert getattr(dsrl, name).__name__ == name
    with pytest.raises(AttributeError, match=r"'Symbolic': it offers VAE"):
        _ = dsrl.Symbolic


def test_the_command_is_installed():
    (script,) = entry_points(group="console_scripts", name="dsrl")
    assert script.value == "dsrl.scripts.main:main"


def test_the_command_lists_its_verbs_and_refuses_others():
    listed = run(sys.executable, "-m", "dsrl.scripts.main", "--help")
    assert all(f"  {verb} " in listed.stdout for verb in VERBS)
    wrong = run(sys.executable, "-m", "dsrl.scripts.main", "paly")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("dsrl: unknown verb 'paly'")


def configs(verb):
    """Return the dataclass of a verb and those inside it, whose fields are flags too."""
    config = getattr(import_module(f"dsrl.scripts.{verb}"), VERBS[verb][0])
    return [
        config,
        *(entry.default_factory for entry in fields(config) if is_dataclass(entry.default_factory)),
    ]


def flags(verb):
    """Return the options of a verb."""
    entries = [entry for config in configs(verb) for entry in fields(config)]
    return [
        f"--{entry.name.replace('_', '-')}" for entry in entries if not is_dataclass(entry.default_factory)
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_a_file_whose_help_lists_every_option(verb):
    done = run(sys.executable, f"scripts/{verb}.py", "--help")
    assert done.returncode == 0, done.stderr
    assert [flag for flag in flags(verb) if flag not in done.stdout] == []


@pytest.mark.parametrize("verb", VERBS)
def test_the_command_gives_the_same_help(verb, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["dsrl", verb, "--help"])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capsys.readouterr().out
    assert (stopped.value.code, f"usage: dsrl {verb}" in printed) == (0, True)
    assert [flag for flag in flags(verb) if flag not in printed] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_a_sentence_under_its_field(verb):
    for config in configs(verb):
        (body,) = [node.body for node in ast.parse(inspect.getsource(config)).body]
        for entry, after in pairwise(body):
            if isinstance(entry, ast.AnnAssign):
                assert isinstance(after, ast.Expr), f"{config.__name__}: {ast.unparse(entry)} is unexplained"
