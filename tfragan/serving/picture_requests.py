"""What the models of this package are asked for, in their own terms."""

import abc

import numpy as np

from tfragan.serving.image_files import image_files
from tfragan.serving.image_files import picture

_DEFAULT = "serving_default"
_FROM_REFERENCE = "_from_reference"
# What references say the code of, where no other name is given.
_VERBS = ("translate", "colorize", "edit", "ab")


class PictureRequests(abc.ABC):
    """Requests for pictures, by what `predict` and `signature` do.

    All give a list of `PIL.Image.Image`, one a row. What is one only, be it an
    image, a caption or a seed, holds for all rows.
    """

    @abc.abstractmethod
    def predict(self, inputs, /, *, signature, timeout):
        """See `Client.predict`."""

    @abc.abstractmethod
    def known_signatures(self, timeout=None):
        """See `Client.known_signatures`."""

    def generate(self, captions, seeds=None, *, timeout=None):
        """Pictures of captions, from AttnGAN, SSA-GAN or DF-GAN.

        Args:
            captions: str or list of str.
            seeds: of each picture, ints; or of the first one, each next one
                getting the next seed; 0 by default.
            timeout: see `Client.predict`.

        Returns:
            List of `PIL.Image.Image`.

        Raises:
            ServingError: see `Client.predict`.
            ValueError: captions and seeds differ in number.
        """
        return self._pictures(
            _DEFAULT,
            {"caption": _listed(captions), "seed": seeds},
            timeout,
        )

    def translate(
        self,
        images,
        direction=None,
        *,
        input_size=False,
        captions=None,
        labels=None,
        seeds=None,
        references=None,
        timeout=None,
    ):
        """Translations of images, from U-GAT-IT, CycleGAN or RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            direction: `"ab"` or `"ba"`; by default what the server's default
                is.
            input_size: whether each comes in the size of its image, from
                U-GAT-IT and CycleGAN.
            captions: see `colorize`, of RAGAN alone.
            labels: see `colorize`, of RAGAN alone.
            seeds: see `colorize`, of RAGAN alone.
            references: see `colorize`, of RAGAN alone.
            timeout: see `Client.predict`.

        Returns:
            List of `PIL.Image.Image`.

        Raises:
            ServingError: see `Client.predict`.
            ValueError: an image is none, or numbers of rows differ.
        """
        name = direction or _DEFAULT
        if references is not None:
            name = self.reference_signature(direction, timeout)
        if input_size:
            name = f"{direction}_input_size" if direction else "input_size"
        return self._guided(
            name, images, captions, labels, seeds, references, timeout
        )

    def edit(self, images, captions=None, *, labels=None, timeout=None):
        """Images changed as captions or labels say, by RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            captions: str or list of str.
            labels: in place of captions, ids of one row or of each.
            timeout: see `Client.predict`.

        Returns:
            List of `PIL.Image.Image`.

        Raises:
            ServingError: see `Client.predict`.
            ValueError: an image is none, or numbers of rows differ.
        """
        return self._guided(
            "edit", images, captions, labels, None, None, timeout
        )

    def colorize(
        self,
        images,
        captions=None,
        *,
        labels=None,
        seeds=None,
        references=None,
        timeout=None,
    ):
        """Images colored as captions, labels or other images say, by RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            captions: str or list of str.
            labels: in place of captions, ids of one row or of each.
            seeds: of random backgrounds, as in `generate`; of models with an
                image encoder.
            references: in place of seeds, images whose background is taken.
            timeout: see `Client.predict`.

        Returns:
            List of `PIL.Image.Image`.

        Raises:
            ServingError: see `Client.predict`.
            ValueError: an image is none, or numbers of rows differ.
        """
        name = "colorize"
        if references is not None:
            name += _FROM_REFERENCE
        return self._guided(
            name, images, captions, labels, seeds, references, timeout
        )

    def reference_signature(self, direction=None, timeout=None):
        """The signature that takes references.

        Args:
            direction: `"ab"` or `"ba"`, or None for the model's first.
            timeout: see `Client.predict`.

        Returns:
            str; where there is none, the name that it would have.
        """
        if direction is not None:
            return f"{direction}{_FROM_REFERENCE}"
        names = [f"{verb}{_FROM_REFERENCE}" for verb in _VERBS]
        known = self.known_signatures(timeout)
        return next((name for name in names if name in known), names[0])

    def _guided(
        self, name, images, captions, labels, seeds, references, timeout
    ):
        columns = {"image_bytes": image_files(images)}
        if captions is not None:
            columns["caption"] = _listed(captions)
        if labels is not None:
            columns["label_ids"] = list(np.atleast_2d(np.asarray(labels)))
        if references is not None:
            columns["reference_bytes"] = image_files(references)
        elif seeds is not None or self._takes_seeds(name, timeout):
            columns["seed"] = seeds
        return self._pictures(name, columns, timeout)

    def _takes_seeds(self, name, timeout):
        known = self.known_signatures(timeout)
        return name in known and "seed" in known[name].inputs

    def _pictures(self, name, columns, timeout):
        request = request_rows(columns)
        if not any(len(values) for values in request.values()):
            return []
        answer = self.predict(request, signature=name, timeout=timeout)
        return [picture(file) for file in answer["image_bytes"]]


def request_rows(columns):
    """Columns of one length each.

    Args:
        columns: dict of name to list; `seed` may be an int, that of the first
            row, or None for 0.

    Returns:
        Dict of name to list.

    Raises:
        ValueError: lengths differ and are not 1.
    """
    columns = dict(columns)
    first = None
    if "seed" in columns:
        first = columns["seed"]
        if first is None or isinstance(first, (int, np.integer)):
            first = int(first or 0)
            del columns["seed"]
        else:
            columns["seed"], first = list(first), None
    lengths = {name: len(values) for name, values in columns.items()}
    several = set(lengths.values()) - {1}
    if len(several) > 1:
        listed = ", ".join(f"{n} of {name}" for name, n in lengths.items())
        raise ValueError(f"rows: expected one number or 1, received {listed}.")
    rows = several.pop() if several else 1
    request = {
        name: values if len(values) == rows else list(values) * rows
        for name, values in columns.items()
    }
    if first is not None:
        request["seed"] = list(range(first, first + rows))
    return request


def _listed(captions):
    return [captions] if isinstance(captions, (str, bytes)) else list(captions)
