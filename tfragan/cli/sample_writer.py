"""Pictures of captions as files that an interrupted run goes on with."""

import json

import numpy as np
from PIL import Image

from tfragan import visualization
from tfragan.atomic_file import remove_unfinished
from tfragan.atomic_file import write_atomically
from tfragan.data import progress_bar
from tfragan.folder_lock import folder_lock
from tfragan.models.preset import weights_file_sha256

_LIST = "samples.jsonl"
_SETTINGS = "sampling.json"
# Fewer pictures than this are there before a bar is of use.
_MANY = 50
_ON_SHEET = 32
_COLUMNS = 4
# Pixels of a picture on it, at least.
_SHEET_WIDTH = 192


class SampleWriter:
    """Writes a PNG a picture and, line by line, samples.jsonl.

    A line names the words that the model does not know, and says where it
    knows none. sampling.json tells which weights and options the pictures were
    made with; where it is the same, pictures that are listed and there are
    kept.

    Args:
        model: a `TextToImageModel`.
        preset: the folder that it was read from.
        output: the folder of the pictures, `pathlib.Path`.
        options: dict of what the model's `sample` is told.
        kinds: keys of `DRAWN`: what else is drawn of each picture, into
            folders beside the one of the pictures.
    """

    def __init__(self, model, preset, output, options, kinds):
        self._model = model
        self._output = output.resolve()
        self._options = options
        self._folders = {
            kind: f"../{self._output.name}_{kind}" for kind in kinds
        }
        self._unknown = {}
        self._missed = set()
        self._settings = {
            "model": type(model).__name__,
            "step": int(model.global_step.numpy()),
            "weights_sha256": weights_file_sha256(preset),
            "options": options,
        }

    def write(self, captions, count, seed, batch_size, progress):
        """Writes `count` pictures; how many of them were there before.

        Where there are fewer `NamedCaption`s, these go round again. The seeds
        count up from `seed`.
        """
        self._output.mkdir(parents=True, exist_ok=True)
        with folder_lock(
            self._output / ".lock", f"{self._output} is being sampled into"
        ):
            remove_unfinished(self._output)
            return self._write(captions, count, seed, batch_size, progress)

    def draw_sheet(self, path):
        """Draws the first pictures, each above its caption, as one PNG."""
        text = (self._output / _LIST).read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines()[:_ON_SHEET]]
        sheet = visualization.image_grid(
            np.stack(
                [
                    np.asarray(Image.open(self._output / line["file"]))
                    for line in lines
                ]
            ),
            [line["caption"] for line in lines],
            columns=min(len(lines), _COLUMNS),
            enlarge=max(1, _SHEET_WIDTH // self._model.image_sizes[-1]),
            caption_lines=4,
        )
        visualization.write_png(path, sheet)

    def _write(self, captions, count, seed, batch_size, progress):
        self._look_at([named.caption for named in captions])
        self._forget_others()
        with open(self._output / _LIST, "a+b") as file:
            kept = self._keep(file, captions, count, seed)
            update = None
            if progress and count - kept > _MANY:
                update = progress_bar()
            for start in range(kept, count, batch_size):
                places = range(start, min(start + batch_size, count))
                lines = [self._line(captions, place, seed) for place in places]
                self._draw(lines)
                file.writelines(map(_encoded, lines))
                file.flush()
                if update is not None:
                    update(places[-1] + 1, count)
        return kept

    def _look_at(self, texts):
        """Finds what the model does not know of captions."""
        tokenizer = getattr(self._model, "tokenizer", None)
        if tokenizer is None:
            return
        each = tokenizer.unknown_words_of_each(texts)
        self._unknown = dict(zip(texts, each, strict=True))
        knows = zip(texts, tokenizer.knows(texts), strict=True)
        self._missed = {text for text, known in knows if not known}

    def _line(self, captions, place, seed):
        """The line of samples.jsonl about a picture."""
        turn, number = divmod(place, len(captions))
        named = captions[number]
        name = f"{named.name}_r{turn}.png" if turn else f"{named.name}.png"
        line = {"file": name, "caption": named.caption, "seed": seed + place}
        if self._unknown.get(named.caption):
            line["unknown_words"] = self._unknown[named.caption]
        if named.caption in self._missed:
            line["known_words"] = 0
        if named.key:
            line["key"] = named.key
        for kind, folder in self._folders.items():
            line[kind] = f"{folder}/{name}"
        return line

    def _forget_others(self):
        """Begins a new list unless the old one is of the same making."""
        path = self._output / _SETTINGS
        text = json.dumps(self._settings, indent=2) + "\n"
        if not path.is_file() or path.read_text("utf-8") != text:
            (self._output / _LIST).unlink(missing_ok=True)
            write_atomically(path, text)

    def _keep(self, file, captions, count, seed):
        """How many pictures are there; the list is cut off after them."""
        file.seek(0)
        kept = end = 0
        while kept < count:
            line = self._line(captions, kept, seed)
            if file.readline() != _encoded(line) or not self._is_there(line):
                break
            kept, end = kept + 1, file.tell()
        file.truncate(end)
        return kept

    def _is_there(self, line):
        files = [line[kind] for kind in ("file", *self._folders)]
        return all((self._output / name).is_file() for name in files)

    def _draw(self, lines):
        outputs = self._model.generate_outputs(
            [line["caption"] for line in lines],
            [line["seed"] for line in lines],
            len(lines),
            **self._options,
        )
        maps = outputs.get(self._model.map_name, [])
        for place, line in enumerate(lines):
            image = outputs["image"][place]
            visualization.write_png(self._output / line["file"], image)
            part = [stage[place] for stage in maps]
            for kind in self._folders:
                picture = DRAWN[kind](self._model, line["caption"], image, part)
                visualization.write_png(self._output / line[kind], picture)


def _attention(model, caption, image, maps):
    return visualization.map_figure(
        [image],
        [stage[None] for stage in maps],
        [caption],
        [model.tokenizer.words(caption)],
    )


def _last_mask(model, caption, image, maps):
    del model, caption, image
    return visualization.mask_levels(maps[-1])


def _mask_panel(model, caption, image, maps):
    del model
    return visualization.mask_figure(
        [image], [stage[None] for stage in maps], [caption]
    )


DRAWN = {
    "attention": _attention,
    "masks": _last_mask,
    "mask_panels": _mask_panel,
}


def _encoded(line):
    return (json.dumps(line, ensure_ascii=False) + "\n").encode()
