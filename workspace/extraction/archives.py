"""Zips from strangers: looked over before a byte is unpacked, and no zip in a zip is opened."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import IO

MIB = 1024 * 1024
MOST_ENTRIES = 2_000
MOST_BYTES = 200 * MIB
MOST_RATIO = 100
SMALL = MIB  # of an entry whose ratio harms nobody


class NotTaken(Exception):
    """The archive asks for more than it may have, or is not what it says."""


class Archive:
    """The parts of a zip by their names. Raises NotTaken for what is not fit to be unpacked."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise NotTaken("not a zip") from error
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise NotTaken("too many entries")
        total = sum(entry.file_size for entry in entries)
        if total > MOST_BYTES or total > MOST_RATIO * len(content):
            raise NotTaken("it unpacks to too much")
        for entry in entries:
            _look_over(entry)

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def open(self, name: str) -> IO[bytes]:
        """One part, as a stream that ends at the size it declared."""
        if name not in self:
            raise NotTaken("a part is missing")
        return self._zip.open(name)


def _look_over(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/"):
        raise NotTaken("an entry leads elsewhere")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise NotTaken("an entry is a link")
    if entry.flag_bits & 0x1:
        raise NotTaken("an entry is encrypted")
    if entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise NotTaken("an entry unpacks to too much")
