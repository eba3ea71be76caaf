"""The size of an image as its file declares it, without decoding it."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN = 0xDA
_END = 0xD9


def image_size(file):
    """What a PNG or JPEG file says its size is.

    Args:
        file: bytes.

    Returns:
        Tuple of width and height; None where the file is neither PNG nor
        JPEG.

    Raises:
        ValueError: it begins like one but does not tell a size.
    """
    if file.startswith(_PNG):
        return _png_size(file)
    if file.startswith(_JPEG):
        return _jpeg_size(file)
    return None


def _png_size(file):
    if len(file) < 24 or file[12:16] != b"IHDR":
        raise ValueError("a PNG file without its header")
    return int.from_bytes(file[16:20]), int.from_bytes(file[20:24])


def _jpeg_size(file):
    """Follows the markers as decoders do, to the first frame."""
    place = 2
    while True:
        # Anything before a marker is passed over, and so is its filling.
        place = file.find(b"\xff", place)
        while 0 <= place < len(file) and file[place] == 0xFF:
            place += 1
        if place < 0 or place >= len(file):
            break
        marker = file[place]
        place += 1
        if marker == 0 or marker in _ALONE:
            continue
        if marker in (_START_OF_SCAN, _END):
            break
        length = int.from_bytes(file[place : place + 2])
        if marker in _FRAMES and place + 7 <= len(file):
            height = int.from_bytes(file[place + 3 : place + 5])
            return int.from_bytes(file[place + 5 : place + 7]), height
        place += max(2, length)
    raise ValueError("a JPEG file without its header")
