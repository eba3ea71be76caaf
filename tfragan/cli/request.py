"""Asks a server for pictures of sentences or of image files.

The server is TensorFlow Serving with what `tfragan export` wrote, or one that
speaks as it does. Arguments without a flag are images where they are files,
and captions otherwise; each image is asked for with each caption. Which of
them a model takes, and what else, --list shows. The pictures go to --output
under the names of image and caption, attention maps and other arrays beside
them as .npy; words are printed.

A server that is busy or not there is asked again a few times, within
--timeout. Bad input ends with exit status 2, a server that fails with 1.

Examples:
  tfragan request --host=localhost:8501 --model=birds --list
  tfragan request "a red bird" "a crow" --host=localhost:8501 --model=birds
  tfragan request "a red bird" --host=localhost:8500 --protocol=grpc \\
      --model=birds --signature=with_attention --seed=7
  tfragan request "a red bird" --host=localhost:8501 --model=masks \\
      --signature=with_masks
  tfragan request holiday.jpg --host=localhost:8501 --model=photos \\
      --signature=ba --output=translated
  tfragan request bird.jpg "this bird is red" --host=localhost:8501 \\
      --model=edit
  tfragan request bird.jpg "this bird is red" --host=https://example.com \\
      --model=colors --reference=forest.jpg
  tfragan request --input=caption="a red bird" --input=seed=3 \\
      --host=localhost:8501 --model=birds
"""

from tfragan.cli import photo_inputs
from tfragan.cli.flags import Flag

USAGE = "[IMAGE ...] [CAPTION ...] --host=ADDRESS --model=NAME"
FLAGS = {
    "host": Flag(
        "string",
        "the server: name and port, or a whole address with http://, "
        "https://, grpc:// or grpcs://",
        "HOST:PORT",
    ),
    "model": Flag("string", "the model's name on the server", "NAME"),
    "protocol": Flag(
        "choice",
        "how to ask a server that is named without http:// or the like",
        default="rest",
        choices=("rest", "grpc"),
    ),
    "list": Flag(
        "boolean", "print what the model can be asked for", default=False
    ),
    "model_version": Flag(
        "integer", "number of the version [default: the latest]", "N"
    ),
    "version_label": Flag(
        "string", "label of the version, in place of its number", "LABEL"
    ),
    "signature": Flag(
        "string",
        "what the model is asked for [default: serving_default; with "
        "--reference what takes it]",
        "NAME",
    ),
    "caption": photo_inputs.CAPTION,
    "captions_file": None,
    "image": Flag(
        "strings",
        "image file; may be repeated, or given without a flag",
        "FILE",
        [],
    ),
    "reference": Flag(
        "strings",
        "image file that gives background or style, one for all rows or one "
        "a row; may be repeated",
        "FILE",
        [],
    ),
    "labels": Flag(
        "strings",
        "for models guided by labels: ids with commas between; may be repeated",
        "ID,...",
        [],
    ),
    "seed": "seed of the first picture; each next one gets the next seed",
    "input": Flag(
        "strings",
        "any input of the signature by its name: text, @FILE for the bytes of "
        "a file, or a number or list in JSON; may be repeated, once a row",
        "NAME=VALUE",
        [],
    ),
    "batch_size": "pictures that are asked for at a time",
    "timeout": Flag("number", "seconds for each request", "SECONDS", 30.0),
    "ca_file": Flag(
        "string",
        "PEM file of the authorities to trust [default: the system's]",
        "FILE",
    ),
    "output": "folder of the pictures [default: answers]",
}


def run(arguments):
    """Asks, and writes what comes."""
    from tfragan.cli import requesting

    arguments.require("host", "model")
    requesting.request(arguments)
