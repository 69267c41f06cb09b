"""Secrets that are kept in Prefect rather than in the environment."""

from typing import Any, cast

from mltc.errors import ConfigError


def read_secret_block(name: str) -> str:
    """Text of the Prefect Secret block `name`. Raises ConfigError where there is none, or Prefect cannot be asked."""
    from prefect.blocks.system import Secret

    try:
        block = cast("Any", Secret.load(name))
        return str(block.get())
    except Exception as error:  # noqa: BLE001 - Prefect's own message may quote the block
        raise ConfigError(
            f"The Prefect Secret block {name!r} cannot be read ({type(error).__name__}). Create it in the server that "
            "PREFECT_API_URL names, or give an environment variable in its place: url_env for url_block, "
            "encryption_key_env for encryption_key_block."
        ) from None
