import numpy as np
import pytest

from tests.callbacks.fake_ragan import compiled
from tests.callbacks.fake_ragan import gray
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import ColorEvaluation
from tfragan.callbacks import GuidedImages
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import RunFolder


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _parts():
    """Inputs of 100 whose truths are 110; a caption of four letters."""
    for count in (3, 1):
        yield GuidedImages(
            gray(*[100] * count),
            {"captions": ["blue"] * count},
            {},
            gray(*[110] * count),
        )


def _measured(writer, **kwargs):
    evaluation = ColorEvaluation(writer, _parts, lambda: np.zeros(2))
    model = compiled(supervised=True, **kwargs)
    evaluation.set_model(model)
    return model, evaluation.measured_values()


def test_colors_are_measured_beside_gray_and_one_mean_color(writer, tmp_path):
    asked = []

    def chroma():
        asked.append(True)
        return np.array([0.0, 20.0])

    evaluation = ColorEvaluation(writer, _parts, chroma, every_steps=2)
    fit(compiled(supervised=True), [evaluation], steps=3)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [0, 2, 3]
    assert len(asked) == 1
    found = records[-1]
    assert found["color_error/translated"] == 6.0
    assert found["color_error/gray"] == 10.0
    assert found["chroma_error/gray"] == pytest.approx(0.0, abs=1e-3)
    # Cb is right, Cr is off by 20.
    assert found["chroma_error/mean_color"] == pytest.approx(10.0, abs=0.5)
    assert "color_error/random" not in found


def test_random_backgrounds_are_measured_beside_those_of_the_truth(writer):
    model, found = _measured(writer, code="background")
    assert found["color_error/random"] == 6.0
    assert found["color_error/translated"] == 110 + 4 - 10
    # Image i has the seed i, whatever the parts.
    assert [seed for _, seed in model.calls] == [0, 0, 0, 3]


def test_parts_count_by_their_images(writer):
    def parts():
        yield GuidedImages(gray(0, 0, 0), {}, {}, gray(0, 0, 0))
        yield GuidedImages(gray(0), {}, {}, gray(8))

    evaluation = ColorEvaluation(writer, parts, lambda: np.zeros(2))
    evaluation.set_model(compiled(supervised=True))
    assert evaluation.measured_values()["color_error/translated"] == 2.0


def test_inputs_in_color_are_no_gray_baseline(writer):
    evaluation = ColorEvaluation(writer, _parts, lambda: np.zeros(2))
    model = compiled(supervised=True)
    model.input_channels = 3
    evaluation.set_model(model)
    found = evaluation.measured_values()
    assert found["color_error/input"] == 10.0
    assert "color_error/gray" not in found
