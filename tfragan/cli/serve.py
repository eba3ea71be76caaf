"""Serves SavedModels on this machine, for trying them out.

Speaks the protocols of TensorFlow Serving, REST and gRPC, so that what works
here works with a real server; it is not meant for production. The models are
loaded with TensorFlow alone, in a process that cannot import tfragan. A model
is given as NAME=FOLDER, a folder of versions as `tfragan export` writes it, or
as FOLDER, whose last part is the name. The latest version that can be loaded
is served; a new one is taken in while the old one still answers.

When it is ready, a line of JSON tells the ports. /v1/models at the port for
REST lists the models. SIGTERM and Ctrl-C let running requests end; a second
one does not wait for them.

Requests of one signature that come at the same time are computed together
where that is possible; an answer is the same, byte for byte, unless the model
was exported with --norow_by_row. Requests that are too large or too many are
refused at once. Each is a line on standard error: time, client, what was
asked, rows, code and milliseconds.

Examples:
  tfragan serve serving/birds
  tfragan serve --model=birds=serving/birds --model=photos=serving/photos
  tfragan serve serving/birds --labels=birds=stable:1,canary:2
  tfragan serve serving/birds --rest_port=0 --grpc_port=0 --quiet
  curl http://127.0.0.1:8501/v1/models/birds:predict \\
      -d '{"instances": [{"caption": "a red bird", "seed": 0}]}'
"""

from tfragan.cli.flags import Flag

USAGE = "[NAME=]FOLDER ... [flags]"
FLAGS = {
    "model": Flag(
        "strings",
        "folder of a model's versions, with the name it is served under; may "
        "be repeated",
        "[NAME=]FOLDER",
        [],
        positional=True,
    ),
    "labels": Flag(
        "strings",
        "labels of a model's versions, which are served beside the latest; "
        "may be repeated",
        "NAME=LABEL:VERSION,...",
        [],
    ),
    "host": Flag("string", "address to listen on", "ADDRESS", "127.0.0.1"),
    "rest_port": Flag(
        "integer", "port for REST; 0 for any free one", "N", 8501
    ),
    "grpc_port": Flag(
        "integer", "port for gRPC; 0 for any free one", "N", 8500
    ),
    "poll": Flag("number", "seconds between looks at the folders", "X", 1.0),
    "workers": Flag("integer", "batches that are computed at once", "N", 2),
    "max_batch": Flag("integer", "most rows computed together", "N", 8),
    "batch_timeout_ms": Flag(
        "number", "milliseconds that a request waits for others", "X", 5.0
    ),
    "max_queue": Flag("integer", "most rows of a model that wait", "N", 256),
    "max_rows": Flag("integer", "most rows of a request", "N", 64),
    "max_body": Flag("number", "most MiB of a request", "X", 32.0),
    "max_text": Flag(
        "integer", "most bytes of a string, files aside", "N", 10_000
    ),
    "max_image_side": Flag(
        "integer", "most pixels of an image's width and height", "N", 8192
    ),
    "deadline": Flag("number", "seconds that a request may take", "X", 60.0),
    "grace": Flag(
        "number", "seconds for running requests at the end", "X", 10.0
    ),
    "quiet": Flag("boolean", "no line for each request", default=False),
}


def run(arguments):
    """Serves until a signal comes; returns the exit status."""
    from tfragan.cli import serving

    return serving.serve(serving.options_of(arguments))
