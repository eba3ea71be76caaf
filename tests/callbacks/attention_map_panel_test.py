import numpy as np
from PIL import Image

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import AttentionMapPanel
from tfragan.callbacks import MetricsWriter


def test_panels_at_start_in_between_and_at_the_end(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = compiled()
    panel = AttentionMapPanel(writer, ["a red bird"], 3, every_steps=2)
    fit(model, [panel], steps=3)
    samples = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert samples == [f"attention_{step:06d}.png" for step in (0, 2, 3)]
    assert model.generated == [(["a red bird"], 3)] * 3
    picture = np.asarray(Image.open(tmp_path / "samples" / samples[0]))
    # Two stages with the image and three words each.
    assert picture.shape[1] >= 4 * 96


def test_generator_of_one_stage_has_no_panel(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = compiled(stages=1)
    fit(model, [AttentionMapPanel(writer, ["a red bird"])], steps=1)
    assert not (tmp_path / "samples").exists()
