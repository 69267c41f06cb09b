"""Files of object storage and web servers, copied block by block."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mltc.config import StorageSettings
from mltc.errors import ConfigError
from mltc.landing.attempts import Attempts, OutsideFault, keep_trying
from mltc.landing.landed import (
    BLOCK_BYTES,
    Identity,
    LandedFile,
    find_landed,
    flat_names,
    forget_landed,
    keep_only,
    record_landed,
    written_beside,
)
from mltc.landing.object_faults import explain_object_fault
from mltc.progress import tell

# What file systems call the thing that changes when an object changes, and its time.
TAGS = ("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "version_id")
TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "created", "updated")


def land_objects(
    url_pattern: str,
    folder: Path,
    settings: StorageSettings | None = None,
    progress: Callable[[str], None] = tell,
    *,
    wanted: Callable[[str], bool] | None = None,
) -> list[LandedFile]:
    """Copy every object that `url_pattern` matches into `folder`, which belongs to this call alone.

    `url_pattern`: a URL of any file system of fsspec (s3://, abfs://, https://, file://, memory://) with the globs
    `*`, `**`, `?`, `[...]`; a web address is taken as it is. `wanted` chooses further, by the path below the
    folder before the first glob. Objects keep their base names (see `flat_names`). What a
    broken run has copied and the storage reports unchanged (tag or time, and size) is not copied again.
    Raises ConfigError for an option that is not set; MissingSourceError where nothing matches; ExtractError where
    something cannot be read.
    """
    settings = settings or StorageSettings()
    name = show_url(url_pattern)
    attempts = Attempts(settings.retries, settings.retry_wait_seconds)
    options = _read_options(settings, url_pattern)
    system, found = keep_trying(lambda: _list_objects(url_pattern, options, wanted), name, attempts, progress)
    folder.mkdir(parents=True, exist_ok=True)
    landed = []
    shown_by_path = {path: show_url(system.unstrip_protocol(path)) for path in found}
    names = flat_names(list(shown_by_path.values()))
    for path, shown in shown_by_path.items():
        target = folder / names[shown]

        def copy(path: str = path, target: Path = target, shown: str = shown) -> LandedFile:
            return _land_object(system, path, target, shown, progress)

        landed.append(keep_trying(copy, shown, attempts, progress))
    keep_only(folder, landed)
    return landed


def show_url(url: str) -> str:
    """URL for messages and names: without user and password, and of a web address without what may be a signature."""
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    shown = f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}" if mark else url
    return re.split(r"[?#]", shown)[0] if scheme in {"http", "https"} else shown


def _read_options(settings: StorageSettings, url: str) -> dict[str, Any]:
    missing = sorted({variable for variable in settings.options_env.values() if not os.environ.get(variable)})
    if missing:
        raise ConfigError(
            f"Environment variables for {show_url(url)} are not set: {', '.join(missing)}. [storage] options_env names "
            "them; set them, or take them out."
        )
    secret = {option: os.environ[variable] for option, variable in settings.options_env.items()}
    return {**_web_options(url), **settings.options, **secret}


def _web_options(url: str) -> dict[str, Any]:
    """A web server may take hours for a large file, but not minutes between two blocks (aiohttp: five in all)."""
    if not url.startswith(("http://", "https://")):
        return {}
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=120)}}


def _list_objects(
    url_pattern: str, options: dict[str, Any], wanted: Callable[[str], bool] | None
) -> tuple[Any, list[str]]:
    with _explained():
        import fsspec  # type: ignore[import-untyped] # ships no types

        system, pattern = fsspec.url_to_fs(url_pattern, skip_instance_cache=True, use_listings_cache=False, **options)
        if url_pattern.startswith(("http://", "https://")):
            return system, [pattern]
        found = [path for path, info in system.glob(pattern, detail=True).items() if info["type"] == "file"]
    fixed = re.split(r"[*?\[]", pattern)[0].rpartition("/")[0]
    files = sorted(path for path in found if wanted is None or wanted(path.removeprefix(fixed).lstrip("/")))
    if not files:
        raise OutsideFault(
            "no object matches. Check the address, that the extract has arrived, and that it ends in a file name or a "
            "glob such as *.csv.",
            is_transient=False,
            is_missing=True,
        )
    return system, files


def _land_object(system: Any, path: str, target: Path, name: str, progress: Callable[[str], None]) -> LandedFile:
    identity, size = _identify(system, path, name)
    is_known = identity["tag"] is not None or identity["modified"] is not None
    landed = find_landed(target, target.name, name, identity) if is_known else None
    if landed is not None:
        progress(f"{name}: landed before")
        return landed
    progress(f"{name}: copying")
    forget_landed(target)
    with written_beside(target, name) as part:
        sha256, copied = _copy(system, path, part)
        if size is not None and copied != size:
            raise OutsideFault(f"the copy broke off: {copied:,} of {size:,} bytes arrived.", is_transient=True)
        if _identify(system, path, name)[0] != identity:
            raise OutsideFault("the object was replaced while it was copied.", is_transient=True)
    return record_landed(target, target.name, name, identity, None, sha256)


def _identify(system: Any, path: str, name: str) -> tuple[Identity, int | None]:
    with _explained():
        info = system.info(path)
    size = info.get("size")
    tag = next((str(info[key]) for key in TAGS if info.get(key)), None)
    modified = next((str(info[key]) for key in TIMES if info.get(key)), None)
    return {"kind": "object", "url": name, "size": size, "tag": tag, "modified": modified}, size


def _copy(system: Any, path: str, part: Path) -> tuple[str, int]:
    """SHA-256 and number of the bytes copied. Web servers send one stream; storage sends block after block."""
    digest, copied = hashlib.sha256(), 0
    is_web = "http" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))
    with part.open("wb") as file:
        for block in _read_blocks(system, path, {"block_size": 0} if is_web else {"block_size": BLOCK_BYTES}):
            digest.update(block)
            file.write(block)
            copied += len(block)
    return digest.hexdigest(), copied


def _read_blocks(system: Any, path: str, options: dict[str, Any]) -> Iterator[bytes]:
    with _explained():
        source = system.open(path, "rb", cache_type="none", **options)
    with source:
        while True:
            with _explained():
                block = source.read(BLOCK_BYTES)
            if not block:
                return
            yield block


@contextmanager
def _explained() -> Iterator[None]:
    """Turn a file system's error into a fault that carries nothing of it: raised outside of the handler on purpose."""
    fault = None
    try:
        yield
    except OutsideFault:
        raise
    except Exception as error:  # noqa: BLE001 - every file system of fsspec has exceptions of its own
        fault = explain_object_fault(error)
    if fault is not None:
        raise fault
