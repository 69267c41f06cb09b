"""Keys of [engine] that say how the warehouse is encrypted at rest. The key itself never stands in a file."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.encryption import KeyPlace


class EncryptionSettings(BaseModel):
    """Encryption of the warehouse, off unless a key is named.

    `encryption_key_env`: the environment variable that holds the key (32 characters or more); or
    `encryption_key_block`: the Prefect Secret block with it. `encryption_library`: `openssl`, from DuckDB's extension
    httpfs; `built_in` needs no extension, but its random numbers are not those of a security library, so that it is
    refused for data of real persons. `encryption_extension`: path of the file httpfs.duckdb_extension, for machines on
    which it is not installed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encryption_key_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    encryption_key_block: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    encryption_library: Literal["openssl", "built_in"] = "openssl"
    encryption_extension: str | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.encryption_key_env and self.encryption_key_block:
            raise ValueError("give either encryption_key_env or encryption_key_block")
        return self

    def key_place(self, base: Path) -> KeyPlace | None:
        """Where the key is; None where the warehouse is not to be encrypted. Paths are relative to `base`."""
        if not (self.encryption_key_env or self.encryption_key_block):
            return None
        extension = str((base / self.encryption_extension).resolve()) if self.encryption_extension else ""
        return KeyPlace(
            self.encryption_key_env or "", self.encryption_key_block or "", self.encryption_library, extension
        )
