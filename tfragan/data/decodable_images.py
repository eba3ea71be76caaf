"""Images decoded once before training, as headers do not show all damage."""

import hashlib
import json
import logging
import os
import shutil

from tfragan.data.cache_folder import cache_folder
from tfragan.data.cache_folder import write_once
from tfragan.data.source_files import read_json

# Part of the names of what is kept: raise it with another decoder.
_VERSION = 1
_FOLDER = "decoded"
# Fewer are decoded before anybody wonders.
_MANY = 1000


def keep_decodable(items, bad_items):
    """The items whose image can be decoded, in their order.

    Others are reported. What was found is kept in the user's cache folder, so
    that the same files are decoded only once.
    """
    if not items:
        return items
    path = os.path.join(_folder(), f"{_digest(items)}.json")
    if os.path.exists(path):
        damage = read_json(path)
    else:
        damage = _damage(items)
        _keep(path, damage)
    for key, kind in damage.items():
        bad_items.skip(kind, key)
    return [item for item in items if item.key not in damage]


def forget_decodable():
    """Has all images decoded again, as one has proved damaged after all."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _folder():
    return os.path.join(cache_folder(), _FOLDER)


def _digest(items):
    identity: list[object] = [_VERSION]
    for item in items:
        about = os.stat(item.path)
        path = os.path.realpath(item.path)
        identity.append((item.key, path, about.st_size, about.st_mtime_ns))
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:32]


def _damage(items):
    """What is wrong with damaged images in words, by their keys."""
    # It brings TensorFlow with it, which opening data sets does without.
    from tfragan.data.encoded_image_reader import EncodedImageReader
    from tfragan.data.image_inspection import damage_of

    if len(items) >= _MANY:
        logging.getLogger("tfragan").info(
            "Decoding %d images once, to know of damaged ones.", len(items)
        )
    bad = [items[index] for index in EncodedImageReader(items).undecodable()]
    return {item.key: damage_of(item) for item in bad}


def _keep(path, damage):
    try:
        write_once(path, lambda file: file.write(json.dumps(damage).encode()))
    except ValueError as error:
        # It costs no more than decoding them again.
        logging.getLogger("tfragan").info("Nothing is remembered: %s", error)
