"""Pictures inside of a page: no other file, few bytes."""

import base64
import html
import io

import numpy as np
from PIL import Image

_JPEG_QUALITY = 78


def embedded_picture(picture, alt, widest):
    """A picture as an `<img>` that holds its own bytes.

    They are those of a JPEG, or of a PNG where that is smaller.

    Args:
        picture: (height, width, 3) uint8, or the path of a file.
        alt: what is to be seen, text.
        widest: most pixels of its width; wider pictures are shrunk.

    Returns:
        HTML, str.

    Raises:
        OSError: the file is no picture.
    """
    if isinstance(picture, np.ndarray):
        image = Image.fromarray(picture)
    else:
        with Image.open(picture) as opened:
            image = opened.convert("RGB")
    image.thumbnail((widest, image.height), Image.Resampling.LANCZOS)
    width, height = image.size
    return (
        f'<img src="{_smallest_uri(image)}" alt="{html.escape(alt)}" '
        f'width="{width}" height="{height}">'
    )


def _smallest_uri(image):
    jpeg, png = io.BytesIO(), io.BytesIO()
    image.save(jpeg, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    image.save(png, "PNG", optimize=True)
    kind, content = min(
        (("jpeg", jpeg.getvalue()), ("png", png.getvalue())),
        key=lambda file: len(file[1]),
    )
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
