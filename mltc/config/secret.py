"""The secret that keys the `mltc_id`, from the environment and nowhere else."""

import os

from mltc.config.schema import Config
from mltc.errors import ConfigError

DEMO_SECRET = "mltc demo secret: synthetic people only"  # noqa: S105 - public on purpose
MINIMUM_LENGTH = 16


def read_secret(config: Config) -> str:
    """Secret of the ICB; for a config marked `synthetic = true`, the built-in demo secret if none is set.

    Raises ConfigError where the environment variable is missing or shorter than 16 characters.
    """
    name = config.icb.secret_env
    secret = os.environ.get(name, "")
    if not secret and config.icb.synthetic:
        return DEMO_SECRET
    if secret == DEMO_SECRET and not config.icb.synthetic:
        raise ConfigError(f"{name} holds the demo secret, which anyone can read. Set the ICB's own secret.")
    if len(secret) < MINIMUM_LENGTH:
        found = "is not set" if not secret else f"has {len(secret)} characters"
        raise ConfigError(
            f"The environment variable {name} {found}; the mltc_id needs a secret of {MINIMUM_LENGTH} "
            "characters or more, the same every month. Set it, or mark the config synthetic = true if "
            "no real person is in the data."
        )
    return secret
