import numpy as np
import tensorflow as tf
from PIL import Image

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.models import small_models
from tfragan.callbacks import MaskPanel
from tfragan.callbacks import MetricsWriter
from tfragan.visualization import mask_figure


def test_panels_at_start_in_between_and_at_the_end(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = compiled()
    fit(model, [MaskPanel(writer, ["a red bird"], 3, every_steps=2)], steps=3)
    samples = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert samples == [f"masks_{step:06d}.png" for step in (0, 2, 3)]
    assert model.generated == [(["a red bird"], 3)] * 3


def test_the_panel_shows_the_models_masks_and_is_in_tensorboard(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = small_models.ssagan()
    captions = ["a red bird", "a blue fish"]
    panel = MaskPanel(writer, captions, seed=5)
    panel.set_model(model)
    panel.draw(7)
    writer.flush()
    images, masks = model.generate(captions, seed=5, return_masks=True)
    expected = mask_figure(images, masks, captions)
    path = tmp_path / "samples" / "masks_000007.png"
    np.testing.assert_array_equal(np.asarray(Image.open(path)), expected)
    events = next((tmp_path / "tensorboard").iterdir())
    tags = {
        value.tag
        for record in tf.data.TFRecordDataset(str(events))
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    }
    assert tags == {"masks"}
