"""What the server is told when it starts."""

import dataclasses


@dataclasses.dataclass
class Options:
    """All settings of a server, of which JSON can hold each.

    Attributes:
        models: dict of a model's name to the folder of its versions.
        labels: dict of a model's name to a dict of label to version.
        host: address to listen on.
        rest_port: port of the REST protocol; 0 for any free one.
        grpc_port: port of the gRPC protocol; 0 for any free one.
        poll: seconds between two looks at the folders.
        workers: how many batches are computed at once.
        max_batch: most rows that are computed together.
        batch_timeout_ms: how long the first request of a batch waits for
            others.
        max_queue: most rows of a model that wait.
        max_rows: most rows of one request.
        max_body: most bytes of one request.
        max_text: most bytes of a string, files (`*_bytes`) aside.
        max_image_side: most pixels of an image's height and width.
        deadline: seconds that a request may take.
        grace: seconds that running requests get when the server stops.
        quiet: whether requests are not logged.
    """

    models: dict[str, str]
    labels: dict[str, dict[str, int]] = dataclasses.field(default_factory=dict)
    host: str = "127.0.0.1"
    rest_port: int = 8501
    grpc_port: int = 8500
    poll: float = 1.0
    workers: int = 2
    max_batch: int = 8
    batch_timeout_ms: float = 5.0
    max_queue: int = 256
    max_rows: int = 64
    max_body: int = 32 * 2**20
    max_text: int = 10_000
    max_image_side: int = 8192
    deadline: float = 60.0
    grace: float = 10.0
    quiet: bool = False
