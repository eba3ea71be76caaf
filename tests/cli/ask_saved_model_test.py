"""An exported model is asked by its inputs, whatever they are."""

import numpy as np
import pytest
import tensorflow as tf

from tfragan.cli import ask_saved_model


class _Served:
    """What `tf.saved_model.load` gives, of a function that notes requests."""

    def __init__(self, inputs):
        self.structured_input_signature = ((), dict.fromkeys(inputs))
        self.signatures = {"serving_default": self}
        self.requests = []

    def __call__(self, **request):
        self.requests.append({k: v.numpy() for k, v in request.items()})
        return {"image_bytes": request["image_bytes"]}


@pytest.mark.parametrize(
    ("inputs", "samples", "kind", "guides"),
    [
        (["label_ids"], ["3,1", "0,2"], "labels", [[3, 1], [0, 2]]),
        (["seed"], [], "image", [0]),
    ],
)
def test_labels_and_images_are_asked_for(
    inputs, samples, kind, guides, tmp_path, monkeypatch
):
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"photo")
    (tmp_path / "saved_model.pb").write_bytes(b"")
    served = _Served(["image_bytes", *inputs])
    monkeypatch.setattr(tf.saved_model, "load", lambda path: served)

    files, found = ask_saved_model.ask(tmp_path, [str(photo), *samples])

    assert found == kind
    assert files == [b"photo"] * max(1, len(samples))
    np.testing.assert_array_equal(served.requests[0][inputs[0]], guides)


def test_a_photo_alone_is_no_sample(tmp_path, monkeypatch):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    served = _Served(["image_bytes", "caption"])
    monkeypatch.setattr(tf.saved_model, "load", lambda path: served)
    with pytest.raises(ValueError, match="a caption sample after photo.png"):
        ask_saved_model.ask(tmp_path, ["photo.png"])
