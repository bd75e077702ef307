"""How every command starts: a dataclass parsed from the command line, and errors told in one line."""

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import tyro

from dsrl.errors import DSRLError

Config = TypeVar("Config")


def run(
    config: type[Config],
    command: Callable[[Config], object],
    arguments: Sequence[str] | None = None,
    program: str | None = None,
) -> None:
    """Parse `arguments` (by default the process's own) into `config` and give it to `command`.

    A `DSRLError` ends the process with status 2 and its message on standard error.
    """
    try:
        command(tyro.cli(config, args=arguments, prog=program, description=config.__doc__))
    except DSRLError as error:
        print(f"dsrl: {error}", file=sys.stderr)
        raise SystemExit(2) from error
