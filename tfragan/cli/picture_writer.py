"""What becomes of photos, as files."""

import pathlib

from tfragan import visualization
from tfragan.atomic_file import write_json_lines
from tfragan.cli.file_names import UniqueNames
from tfragan.cli.file_names import file_name


class PictureWriter:
    """Writes a picture for each photo and guidance, and a list of them.

    With `attention` what the words look at is drawn, too.
    """

    def __init__(self, output, photos, guidances, attention):
        self._output = pathlib.Path(output)
        self._photos = photos
        self._guidances = guidances
        self._attention = attention
        self._names = UniqueNames()
        self._lines = []

    def write(self, outputs, suffix="", about=None):
        """Writes what `translate_each` gave; names end with `suffix`.

        `about` is a function of the numbers of photo and guidance to a dict of
        what the list says beside the names, or None.
        """
        for row, name in enumerate(self._photos.names):
            for column, guidance in enumerate(self._guidances):
                file = self._names.take(
                    f"{name}_{file_name(guidance.label)}{suffix}"
                )
                file = f"{file}.png"
                image = outputs["image"][row, column]
                visualization.write_png(self._output / file, image)
                line = {
                    "file": file,
                    "source": self._photos.keys[row],
                    "guidance": guidance.label,
                }
                if about is not None:
                    line.update(about(row, column))
                self._lines.append(line)
                if self._attention:
                    maps = [
                        stage[row, column][None]
                        for stage in outputs["attention_maps"]
                    ]
                    self._write_attention(file, image, maps, guidance)

    def close(self, figure, list_name):
        """Writes the picture of all of them, a uint8 array, and the list."""
        path = visualization.write_png(self._output / "grid.png", figure)
        write_json_lines(self._output / list_name, self._lines)
        count = len(self._lines)
        print(f"{count:,} picture{'s' * (count != 1)} beside {path}")

    def _write_attention(self, file, image, maps, guidance):
        folder = self._output.with_name(f"{self._output.name}_attention")
        figure = visualization.attention_figure(
            [image], maps, [guidance.label], [guidance.words]
        )
        visualization.write_png(folder / file, figure)
