"""One family of exceptions: each message names the offending value or file, and the remedy."""


class DSRLError(Exception):
    """Base of every error that dsrl raises on purpose; catch this one to catch them all."""


class ConfigError(DSRLError):
    """A value that a user chose is unknown, misspelt or out of range."""


class DataError(DSRLError):
    """Collected or labelled frames are missing, cut short or damaged."""


class EncoderError(DSRLError):
    """A folder of weights is missing, damaged or does not fit its configuration."""


class AgentError(DSRLError):
    """A saved agent is missing, damaged or does not fit the environment it is used on."""


def choose(what: str, value: str, known: "list[str] | dict[str, object]") -> str:
    """Return `value` when it is one of `known`.

    >>> choose("colour", "rgb", ["luminance", "rgb"])
    'rgb'

    Raises:
        ConfigError: it is not; the message lists what is.
    """
    if value not in known:
        raise ConfigError(f"unknown {what} {value!r}: choose one of {', '.join(sorted(known))}")
    return value
