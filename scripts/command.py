"""What commands share: a dataclass from the command line, errors told in one line, terms of a folder."""

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import tyro

from dsrl.errors import ConfigError, DSRLError
from dsrl.files import read_json

Config = TypeVar("Config")


def run(
    config: type[Config],
    command: Callable[[Config], object],
    arguments: Sequence[str] | None = None,
    program: str | None = None,
) -> None:
    """Parse `arguments` (by default the process's own) into `config` and give it to `command`.

    A `DSRLError`, and a file that the system refuses, end the process with status 2 and one line on standard
    error; Ctrl-C ends it with status 130, as shells have it.
    """
    try:
        command(tyro.cli(config, args=arguments, prog=program, description=config.__doc__))
    except DSRLError as error:
        _end(2, str(error), error)
    except OSError as error:
        if error.filename is None:
            raise
        _end(2, f"{error.filename} cannot be used ({error.strerror}): choose another place", error)
    except KeyboardInterrupt as error:
        _end(130, "interrupted; what was finished is kept", error)


def _end(status: int, told: str, reason: BaseException) -> NoReturn:
    """End the process with a line on standard error."""
    print(f"dsrl: {told}", file=sys.stderr)
    raise SystemExit(status) from reason


def command_line(verb: str, config: Any) -> str:
    """Return the command that asks for `config`: what weights and frames say that they were made by.

    >>> from dsrl.scripts.collect import Collect
    >>> command_line("collect", Collect("Pong", frames=100, drop_duplicates=True))
    'dsrl collect --game Pong --frames 100 --drop-duplicates'
    """
    return shlex.join(["dsrl", verb, *_flags(config)])


def _flags(config: Any) -> Iterator[str]:
    """Yield the flags of the fields, nested ones too, that are not at their default."""
    for entry in fields(config):
        value, flag = getattr(config, entry.name), entry.name.replace("_", "-")
        if is_dataclass(value):
            yield from _flags(value)
        elif isinstance(value, bool) and value != entry.default:
            yield f"--{flag}" if value else f"--no-{flag}"
        elif value != _default(entry):
            yield f"--{flag}"
            yield from map(str, _words(value))


def _default(entry: Field[Any]) -> Any:
    return entry.default if entry.default_factory is MISSING else entry.default_factory()


def _words(value: Any) -> Iterable[Any]:
    """Return the words that stand behind a flag: a table's entries are a name and a value each."""
    if isinstance(value, dict):
        return chain.from_iterable(value.items())
    return value if isinstance(value, tuple) else [value]


def agree(folder: Path, terms: Mapping[str, Any]) -> None:
    """Refuse a folder whose results were measured on other terms.

    Raises:
        ConfigError: they differ.
    """
    path = folder / "config.json"
    before = read_json(path) if path.is_file() else terms
    for name, value in terms.items():
        if before.get(name) != value:
            raise ConfigError(
                f"{path} has {name}={before.get(name)!r}, not {value!r}: give the same, or another --out"
            )


def at_least(config: object, **limits: int) -> None:
    """Refuse a field below its limit; one that is None has none.

    Raises:
        ConfigError: one is below; the message names it.

    >>> from types import SimpleNamespace
    >>> at_least(SimpleNamespace(steps=1, seeds=None), steps=1, seeds=1)
    """
    for name, least in limits.items():
        value = getattr(config, name)
        if value is not None and value < least:
            raise ConfigError(f"{name}={value} must be at least {least}")


def given(**keywords: Any) -> dict[str, Any]:
    """Return those keywords that were given.

    >>> given(game="Pong", encoder=None)
    {'game': 'Pong'}
    """
    return {name: value for name, value in keywords.items() if value is not None}
