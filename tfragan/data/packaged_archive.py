"""Archives of images that come with the package, unpacked on first use."""

import functools
import hashlib
import importlib.resources
import os
import zipfile

from tfragan.data.cache_folder import build_once
from tfragan.data.cache_folder import cache_folder


def unpacked(archive):
    """The folder that holds what is in a zip file beside this module.

    It lies in the user's cache folder under a name with the hash of the
    archive, so that another version of the data is another folder.
    """
    name = f"{archive.removesuffix('.zip')}-{_digest(archive)[:16]}"
    extract = functools.partial(_extract, archive)
    return build_once(os.path.join(cache_folder(), name), extract)


def _file(archive):
    return importlib.resources.files("tfragan.data").joinpath(archive)


@functools.cache
def _digest(archive):
    return hashlib.sha256(_file(archive).read_bytes()).hexdigest()


def _extract(archive, folder):
    with _file(archive).open("rb") as file, zipfile.ZipFile(file) as content:
        content.extractall(folder)
