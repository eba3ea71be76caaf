"""Names of the same file in different forms, matched where only one fits.

A table written on one machine and files copied to another may disagree on
case (`a.JPG`), on accents (composed or not), on slashes, on the extension and
on the folders in front.
"""

import dataclasses
import os
import posixpath
import unicodedata

from tfragan.data.source_files import IMAGE_EXTENSIONS
from tfragan.data.source_files import has_image_name
from tfragan.data.source_files import keep_inside
from tfragan.data.source_files import relative_files

SPELLING = "image of another case, accents or slashes in its name"
EXTENSION = "image of another extension than its name"
FOLDER = "image in another folder than its name"
SEVERAL = "missing image, of whose name several are other forms"


def match_names(names, files):
    """Finds the files that names mean, where none has that very name.

    Names have `/` between folders; `files` are those that are left for them.
    Returns a dict from names to `(file, in what they differ)`, and the list of
    names that several files would fit. A match is one that fits no other name
    and no other file.
    """
    matches = {}
    unclear = set()
    names, files = list(dict.fromkeys(names)), list(dict.fromkeys(files))
    for difference, candidates in (
        (SPELLING, _alike(spelled)),
        (EXTENSION, _alike(_stem)),
        (FOLDER, _with_folders(spelled)),
        (FOLDER, _with_folders(_stem)),
    ):
        found = candidates(names, files)
        claims = {}
        for name, fitting in found.items():
            for file in fitting:
                claims.setdefault(file, []).append(name)
        for name, fitting in found.items():
            if len(fitting) == 1 and len(claims[fitting[0]]) == 1:
                matches[name] = (fitting[0], difference)
            else:
                unclear.add(name)
        taken = {file for file, _ in matches.values()}
        names = [n for n in names if n not in matches and n not in unclear]
        files = [file for file in files if file not in taken]
    return matches, sorted(unclear)


def match_reported(names, files, bad_items, prefix=""):
    """As `match_names`, with what was found in a report.

    Returns a dict from names to files, and the set of names left out because
    several files would fit.
    """
    matches, unclear = match_names(names, files)
    for name, (_, difference) in matches.items():
        bad_items.remark(difference, f"{prefix}{name}")
    for name in unclear:
        bad_items.skip(SEVERAL, f"{prefix}{name}")
    found = {name: file for name, (file, _) in matches.items()}
    return found, set(unclear)


def matched_keys(by_name, files, bad_items, prefix=""):
    """A dict by names of images, with the names that these have among `files`.

    The order stays, and so do names that nothing fits; those that several files
    would fit are left out.
    """
    known = set(files)
    names = [name for name in by_name if name not in known]
    free = [file for file in files if file not in by_name]
    matches, unclear = match_reported(names, free, bad_items, prefix)
    return {
        matches.get(name, name): value
        for name, value in by_name.items()
        if name not in unclear
    }


def with_images_found(items, folder, bad_items):
    """Items in a folder, also where a name of another form says.

    Items that lie elsewhere, or that several files would fit, are left out and
    reported.
    """
    items = keep_inside(items, folder, bad_items)
    missing = {
        os.path.relpath(item.path, folder).replace(os.sep, "/"): item.path
        for item in items
        if not os.path.exists(item.path)
    }
    if not missing:
        return items
    used = {os.path.realpath(item.path) for item in items}
    free = [
        file
        for file in relative_files(folder, IMAGE_EXTENSIONS)
        if os.path.realpath(os.path.join(folder, file)) not in used
    ]
    matches, unclear = match_reported(missing, free, bad_items)
    paths = {
        missing[name]: os.path.join(folder, file)
        for name, file in matches.items()
    }
    left_out = {missing[name] for name in unclear}
    return [
        dataclasses.replace(item, path=paths.get(item.path, item.path))
        for item in items
        if item.path not in left_out
    ]


def spelled(name):
    """A name without what differs between systems."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    return posixpath.normpath(name).casefold()


def _stem(name):
    name = spelled(name)
    return posixpath.splitext(name)[0] if has_image_name(name) else name


def _alike(form):
    def candidates(names, files):
        """The files of the same form as each name, where there are any."""
        by_form = _grouped((form(file), file) for file in files)
        found = {name: by_form.get(form(name)) for name in names}
        return {name: fitting for name, fitting in found.items() if fitting}

    return candidates


def _with_folders(form):
    def candidates(names, files):
        """The files that are the name but for folders in front of either."""
        whole = _grouped((form(file), file) for file in files)
        ends = _grouped(
            (end, file) for file in files for end in _ends(form(file))
        )
        found = {}
        for name in names:
            fitting = list(ends.get(form(name), ()))
            for end in _ends(form(name)):
                fitting += whole.get(end, ())
            if fitting:
                found[name] = fitting
        return found

    return candidates


def _ends(form):
    """A path without its first folder, without its first two, ..."""
    parts = form.split("/")
    return ["/".join(parts[place:]) for place in range(1, len(parts))]


def _grouped(pairs):
    groups = {}
    for form, file in pairs:
        groups.setdefault(form, []).append(file)
    return groups
