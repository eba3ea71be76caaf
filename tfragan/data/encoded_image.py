"""One encoded picture: a file of its own, or a part of a record shard."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class EncodedImage:
    """Where the bytes of one picture lie.

    Attributes:
        key: Name of the image, unique within its data set, such as
            `"kittens/0001.jpg"`.
        path: Absolute path of the file that holds the encoded image: the
            image file itself or, with `byte_range`, a record shard.
        byte_range: `(offset, length)` of the encoded image within the file,
            in bytes, or `None` where the file is the image.
    """

    key: str
    path: str
    byte_range: tuple[int, int] | None = dataclasses.field(
        default=None, kw_only=True
    )

    def read(self):
        """Returns the encoded image (JPEG, PNG, ...) as bytes.

        Raises:
            OSError: The file is missing or cannot be read.
        """
        with open(self.path, "rb") as file:
            if self.byte_range is None:
                return file.read()
            offset, length = self.byte_range
            file.seek(offset)
            return file.read(length)

    def record_fields(self):
        """What `tfragan prepare` stores of the image beside its bytes.

        Returns:
            Dict from names to lists of `str` or to an `int`.
        """
        return {}
