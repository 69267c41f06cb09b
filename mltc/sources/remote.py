"""What is not a local file becomes one: a query on a database, objects of a store, members of an archive."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mltc.config import Config, FeedSettings, StorageSettings
from mltc.sources.part import Part

if TYPE_CHECKING:
    from mltc.landing import LandedFile


def land(
    config: Config, part: Part, key: str, folder: Path, read_block: Callable[[str], str] | None = None
) -> list["LandedFile"]:
    """Local copies of the layout's file `key`; empty for what lies in local folders already, or is optional and gone.

    Raises ExtractError where the database, store or archive cannot be read.
    """
    from mltc.landing import MissingSourceError

    try:
        return _land(config, part, key, folder / key, read_block)
    except MissingSourceError:
        if part.files[key].optional:
            return []
        raise


def _land(
    config: Config, part: Part, key: str, folder: Path, read_block: Callable[[str], str] | None
) -> list["LandedFile"]:
    from mltc.landing import land_archive
    from mltc.sources.locate import is_remote, matches

    settings = part.settings
    if settings.database:
        return [_land_table(config, part, key, folder, read_block)]
    pattern = part.files[key].path or key
    if isinstance(settings, FeedSettings) and settings.archive:
        path = (config.extract_root / settings.root / settings.archive).resolve()
        return land_archive(path, ["*"], folder, wanted=lambda name: matches(name, pattern, anchored=False))
    if isinstance(settings, FeedSettings) and is_remote(settings.root):
        return _land_store(settings.root.rstrip("/"), pattern, folder, _storage(config, part))
    return _land_url(pattern, folder, _storage(config, part)) if is_remote(pattern) else []


def _storage(config: Config, part: Part) -> StorageSettings | None:
    return config.storage[part.settings.storage] if part.settings.storage else None


def _land_store(root: str, pattern: str, folder: Path, storage: StorageSettings | None) -> list["LandedFile"]:
    from mltc.landing import land_objects
    from mltc.sources.locate import matches

    if root.startswith(("http://", "https://")):  # a web server has no listing
        return land_objects(f"{root}/{pattern}", folder, storage)
    return land_objects(f"{root}/**", folder, storage, wanted=lambda name: matches(name, pattern, anchored=False))


def _land_url(url: str, folder: Path, storage: StorageSettings | None) -> list["LandedFile"]:
    from mltc.landing import land_objects

    return land_objects(url, folder, storage)


def _land_table(
    config: Config, part: Part, key: str, folder: Path, read_block: Callable[[str], str] | None
) -> "LandedFile":
    from mltc.landing import build_relation_request, land_query, read_query_request

    settings, name = part.settings, str(part.settings.database)
    database = config.database[name]
    query = settings.queries.get(key) if isinstance(settings, FeedSettings) else settings.query
    if query:
        return land_query(read_query_request(name, database, key, config.base / query, read_block), folder)
    relation = part.files[key].relation or key
    return land_query(build_relation_request(name, database, key, relation, read_block), folder)
