"""The file of a tabular agent: safetensors arrays, settings as JSON in its header, and a hash over both."""

import io
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from dsrl.errors import AgentError
from dsrl.files import sha256, write_bytes

FORMAT = "dsrl-agent-2"


def agent_path(path: str | pathlib.Path) -> pathlib.Path:
    """Return where an agent called `path` is kept.

    >>> str(agent_path("best_model")), str(agent_path("step_100.zip")), agent_path("a.safetensors").name
    ('best_model.safetensors', 'step_100.safetensors', 'a.safetensors')
    """
    path = pathlib.Path(path)
    if path.suffix == ".safetensors":
        return path
    return (
        path.with_suffix(".safetensors")
        if path.suffix == ".zip"
        else path.with_name(path.name + ".safetensors")
    )


def write_agent(
    path: str | pathlib.Path | io.BufferedIOBase, arrays: dict[str, np.ndarray], settings: Mapping[str, Any]
) -> None:
    """Write an agent in one step.

    Raises:
        AgentError: `path` is an open file.
    """
    if not isinstance(path, str | pathlib.Path):
        raise AgentError(f"an agent is saved to a path, not to {type(path).__name__}: give a str or Path")
    text = json.dumps(settings)
    header = json.dumps({"format": FORMAT, "sha256": _hash(arrays, text), "settings": text})
    write_bytes(agent_path(path), safetensors.numpy.save(arrays, metadata={"agent": header}))


def read_agent(path: str | pathlib.Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and settings of an agent.

    Raises:
        AgentError: the file is missing, damaged, or no agent's.
    """
    given, path = pathlib.Path(path), agent_path(path)
    if not path.is_file():
        if given.is_dir():
            raise AgentError(f"{given} is a folder: give the file of the agent in it, agent.safetensors")
        raise AgentError(f"{path} is missing: check the path, or train an agent with `dsrl train`")
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("agent", "{}"))
            arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except (SafetensorError, ValueError) as error:
        raise AgentError(f"{path} is damaged ({error}): restore it, or train the agent again") from error
    if header.get("format") != FORMAT:
        raise AgentError(
            f"{path} is not an agent of format {FORMAT}: give the file that SymbolicQ.save wrote, or train "
            "one of an older format again"
        )
    if header.get("sha256") != _hash(arrays, header["settings"]):
        raise AgentError(f"{path} is damaged (its hash differs): restore it, or train the agent again")
    return arrays, json.loads(header["settings"])


def _hash(arrays: dict[str, np.ndarray], settings: str) -> str:
    return sha256(b"".join([settings.encode(), *(arrays[name].tobytes() for name in sorted(arrays))]))
