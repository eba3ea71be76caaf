"""Models that are gone leave next to nothing behind, as in a notebook."""

import pathlib
import subprocess
import sys

import pytest

_MODELS = 30
_LOOP = """
import gc, pathlib
from tests.models import small_models

batches = small_models.batches()
for _ in range({models}):
    model = small_models.compiled_attngan()
    model.fit(batches, steps_per_epoch=1, verbose=0)
    del model
    gc.collect()
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    print(pages * 4096 / 1e6, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_thirty_models_end_within_50_mb_of_the_third():
    root = pathlib.Path(__file__).parents[2]
    finished = subprocess.run(
        [sys.executable, "-c", _LOOP.format(models=_MODELS)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    megabytes = [float(line) for line in finished.stdout.split()]

    assert len(megabytes) == _MODELS
    # The allocator's own ups and downs are 80 MB wide: the mean of the last
    # five beside that of models three to seven.
    early, late = sum(megabytes[2:7]) / 5, sum(megabytes[-5:]) / 5
    assert late < early + 50, megabytes
