"""Durable files: written beside their target, synced, then renamed: a crash never leaves half a file."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from dsrl.errors import DataError


def write_bytes(path: Path | str, content: bytes) -> None:
    """Replace `path` by `content` in one step; its folder is made if need be."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)  # mkstemp makes it private
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def write_json(path: Path | str, content: Any) -> None:
    """Write `content` as indented JSON, in one step."""
    write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())


def read_json(path: Path | str) -> Any:
    """Return what a JSON file holds.

    Raises:
        DataError: the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"{path} is missing or cannot be read; check the path or make the folder anew"
        ) from error
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON ({error}); restore it or make the folder anew") from error


def sha256(content: bytes) -> str:
    """Return the hash that manifests and configurations store, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
