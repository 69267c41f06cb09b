"""What stops a model: too few people to say anything, or a stored model that may not be used."""

from mltc.errors import ConfigError


class TooLittleData(ValueError):  # noqa: N818 - the report says "too little data" in these words
    """A model would rest on too few people. The message holds what was found and what is needed.

    Never the end of a run: the caller writes the message into the report instead of a figure.
    """


class StoredModelError(ConfigError):
    """A stored model holds something else than the types that this version allows."""
