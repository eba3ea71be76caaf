"""A SavedModel is written whole, equal to its model, or not at all."""

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import tfragan
from tests.export.conftest import assert_written_once
from tests.full_disk import full_disk
from tests.models import small_models
from tests.models.translation import small_translators
from tfragan.export import Parity
from tfragan.export.caption_serving import CaptionServing
from tfragan.export.saved_model import version_folder
from tfragan.export.saved_model import write_warmup_requests
from tfragan.export.serving import Serving
from tfragan.export.serving import checked
from tfragan.place import LAST_VERSION
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary

CAPTIONS = ["a red bird", "a blue fish with red wings", ""]
SEEDS = [3, 0, 2**31 - 1]


def test_the_folder_holds_a_version_and_nothing_else(exported):
    assert exported.path.name == "1"
    assert [entry.name for entry in exported.path.parent.iterdir()] == ["1"]
    assert exported.path.stat().st_mode & 0o777 == 0o755


def test_the_next_version_follows_the_highest(tmp_path):
    assert version_folder(tmp_path / "none").name == "1"
    for name in ("2", "10", "old", ".11-part"):
        (tmp_path / name).mkdir()
    assert version_folder(tmp_path).name == "11"
    assert version_folder(tmp_path, 3).name == "3"
    assert version_folder(tmp_path, LAST_VERSION).name == str(LAST_VERSION)


@pytest.mark.parametrize("version", [0, -1, "7", 1.0, True, LAST_VERSION + 1])
def test_other_than_whole_numbers_are_no_versions(tmp_path, version):
    with pytest.raises(tfragan.export.ExportError, match="whole number"):
        version_folder(tmp_path, version)


def test_an_existing_version_is_refused_and_kept(exported):
    before = (exported.path / "saved_model.pb").stat()
    with pytest.raises(tfragan.export.ExportError, match="1 exists"):
        tfragan.export.saved_model(
            exported.model, exported.path.parent, version=1
        )
    assert (exported.path / "saved_model.pb").stat() == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(tfragan.export.ExportError, match="received a file"):
        version_folder(tmp_path / "file")


def test_another_model_is_refused(tmp_path):
    with pytest.raises(tfragan.export.ExportError, match="received DAMSM"):
        tfragan.export.saved_model(small_models.damsm(), tmp_path)


def test_replicas_export_outside_of_their_scope(tmp_path, mirrored):
    with mirrored.scope():
        model = small_translators.cyclegan()
        with pytest.raises(tfragan.export.ExportError, match="outside of the"):
            tfragan.export.saved_model(model, tmp_path)
    path = tfragan.export.saved_model(model, tmp_path, direction="ab")
    assert b"CPU:1" not in (path / "saved_model.pb").read_bytes()


class ToyServing(Serving):
    """One function that adds one, and what is found when it is compared."""

    signatures = ("serving_default",)
    found = Parity(1, 0, 0.0, True)

    def module(self):
        module = tf.Module()
        module.weights = []
        spec = {"x": tf.TensorSpec((None,), tf.float32, "x")}

        def add_one(request):
            x = request["x"]
            return {"y": 1.0 + checked(x, tf.reduce_all(x >= 0), "negative")}

        module.serving_default = tf.function(add_one, input_signature=[spec])
        return module

    def warmup_requests(self, samples=None):
        return [("serving_default", {"x": np.array(samples, "float32")})]

    def verify(self, path):
        return self.found


@pytest.fixture
def toy(monkeypatch):
    """A model that is saved at once."""
    model = small_models.damsm()
    monkeypatch.setattr(
        type(model), "serving", f"{__name__}:ToyServing", raising=False
    )
    monkeypatch.setattr(ToyServing, "found", ToyServing.found)
    return model


def test_another_storage_gets_the_graph_last(toy, monkeypatch):
    copied, copy = [], tf.io.gfile.copy

    def listening(source, place):
        copied.append(place)
        copy(source, place)

    monkeypatch.setattr(tf.io.gfile, "copy", listening)
    for number in (1, 2):
        place = tfragan.export.saved_model(toy, "ram://bucket/toys")
        assert place == f"ram://bucket/toys/{number}"
        assert copied[-1] == f"{place}/saved_model.pb"
    signature = tf.saved_model.load(place).signatures["serving_default"]
    assert signature(x=tf.constant([1.0]))["y"].numpy() == [2.0]
    assert tf.io.gfile.exists("ram://bucket/toys/2/export.json")
    with pytest.raises(tfragan.export.ExportError, match="never overwritten"):
        tfragan.export.saved_model(toy, "ram://bucket/toys", version=2)


def test_a_storage_that_fails_keeps_no_part(toy, monkeypatch):
    def fail(source, place):
        raise tf.errors.UnavailableError(None, None, "the network is gone")

    tfragan.export.saved_model(toy, "ram://bucket/failing")
    monkeypatch.setattr(tf.io.gfile, "copy", fail)
    with pytest.raises(OSError, match="failing/2 cannot be .*network is gone"):
        tfragan.export.saved_model(toy, "ram://bucket/failing")
    assert tf.io.gfile.listdir("ram://bucket/failing") == ["1"]


def test_a_storage_that_tensorflow_lacks_is_refused_first(
    toy, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tf.saved_model, "save", None)
    for folder in ("s3://bucket/toys", pathlib.Path("s3://bucket/toys")):
        with pytest.raises(ValueError, match=r"s3://bucket/toys cannot be wr"):
            tfragan.export.saved_model(toy, folder)
    assert not os.listdir(tmp_path)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(toy, tmp_path):
    with full_disk(), pytest.raises(OSError, match="toys/1 cannot be written"):
        tfragan.export.saved_model(toy, tmp_path / "toys")
    assert not os.listdir(tmp_path / "toys")


@pytest.mark.parametrize(
    ("mask", "folders", "files"), [(0o077, 0o700, 0o600), (0, 0o777, 0o666)]
)
def test_modes_follow_the_umask(toy, tmp_path, mask, folders, files):
    before = os.umask(mask)
    try:
        place = tfragan.export.saved_model(toy, tmp_path / "toys")
        preset = small_models.dfgan().save_to_preset(tmp_path / "preset")
    finally:
        os.umask(before)
    for path in (place, *place.rglob("*"), preset, *preset.rglob("*")):
        mode = path.stat().st_mode & 0o777
        # TensorFlow makes the folders in it itself, open to all but to write.
        assert mode & folders == mode or path.is_file()
        assert mode == files or path.is_dir()
    assert place.stat().st_mode & 0o777 == folders
    assert preset.stat().st_mode & 0o777 == folders


@pytest.mark.parametrize(
    ("found", "options"),
    [
        (Parity(1, 2, 0.0, True), {}),
        (Parity(1, 1, 0.0, True), {"row_by_row": True}),
        (Parity(1, 0, 0.0, False), {"row_by_row": True}),
        (Parity(1, 2, 0.0, True), {"jit_compile": True}),
        (Parity(1, 33, 0.0, True), {"float16": True}),
        (Parity(1, 33, 0.0, True), {"bfloat16": True}),
        (Parity(1, float("inf"), 0.0, True), {"tolerance": 255}),
    ],
)
def test_what_differs_from_the_model_is_not_published(
    toy, tmp_path, found, options
):
    ToyServing.found = found
    with pytest.raises(tfragan.export.ExportError, match="nothing was publis"):
        tfragan.export.saved_model(toy, tmp_path / "serving", **options)
    assert list((tmp_path / "serving").iterdir()) == []


def test_differences_that_are_to_be_expected_are_told(toy, tmp_path):
    ToyServing.found = Parity(1, 1, 0.0, False, 0.5)
    path = tfragan.export.saved_model(toy, tmp_path)
    told = json.loads((path / "export.json").read_text("utf-8"))
    assert told["parity"] == dataclasses.asdict(ToyServing.found)


@pytest.mark.parametrize(("row_by_row", "published"), [(False, 1), (True, 0)])
def test_a_model_in_half_precision_differs_by_its_batch(
    toy, tmp_path, monkeypatch, row_by_row, published
):
    policy = keras.DTypePolicy("mixed_bfloat16")
    monkeypatch.setattr(type(toy), "dtype_policy", policy)
    monkeypatch.setattr(type(toy), "compute_dtype", policy.compute_dtype)
    ToyServing.found = Parity(1, 4, 0.0, True)
    with contextlib.suppress(tfragan.export.ExportError):
        tfragan.export.saved_model(toy, tmp_path, row_by_row=row_by_row)
    assert len(list(tmp_path.iterdir())) == published


def test_the_file_of_weights_holds_little_else(exported):
    model = exported.model
    networks = model.generator_average, model.damsm.text_encoder
    weights = sum(network.count_params() for network in networks)
    prefix = str(exported.path / "variables" / "variables")
    data = exported.path / "variables" / "variables.data-00000-of-00001"
    graph = tf.train.load_checkpoint(prefix).get_tensor(
        "_CHECKPOINTABLE_OBJECT_GRAPH"
    )
    assert data.stat().st_size <= 4 * weights + len(graph) + 64


def test_no_path_of_this_machine_is_written(exported):
    paths = {
        os.getcwd(),
        str(pathlib.Path.home()),
        str(exported.path.parent),
        str(pathlib.Path(tfragan.__file__).parent),
        str(pathlib.Path(tf.__file__).parent),
    } - {"/"}
    for file in exported.path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for path in paths:
                assert path.encode() not in content, (file, path)


@pytest.fixture(scope="module")
def in_bfloat16(exported, tmp_path_factory):
    """The folder of another version of the same model."""
    return tfragan.export.saved_model(
        exported.model, tmp_path_factory.mktemp("bfloat16"), bfloat16=True
    )


def test_a_process_with_tensorflow_alone_gives_the_pictures_of_generate(
    exported, in_bfloat16, tmp_path
):
    program = """
import sys
sys.modules["tfragan"] = None
sys.modules["keras"] = None
sys.modules["tensorflow_text"] = None
import numpy as np
import tensorflow as tf
answer, *paths = sys.argv[1:3 + 1]
request = {"caption": tf.constant(sys.argv[5::2]),
           "seed": tf.constant([int(seed) for seed in sys.argv[4::2]])}
found = {}
for name, path in zip(["float32", "bfloat16"], paths):
    served = tf.saved_model.load(path).signatures["with_attention"]
    outputs = served(**request)
    files = outputs["image_bytes"].numpy()
    found[name] = [tf.io.decode_png(file) for file in files]
    found[name + "_map"] = outputs["attention_map_16"]
np.savez(answer, **found)
"""
    answer = tmp_path / "answer.npz"
    pairs = [
        str(value)
        for pair in zip(SEEDS, CAPTIONS, strict=True)
        for value in pair
    ]
    subprocess.run(
        [sys.executable, "-c", program, answer, exported.path, in_bfloat16]
        + pairs,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    images, maps = exported.model.generate(
        CAPTIONS, SEEDS, return_attention_maps=True
    )
    with np.load(answer) as found:
        for name, levels, share in (
            ("float32", 1, 1e-6),
            # Of an untrained model, whose colors hardly differ.
            ("bfloat16", 4, 1e-2),
        ):
            difference = np.abs(found[name].astype(int) - images)
            assert difference.max() <= levels
            np.testing.assert_allclose(
                found[f"{name}_map"], maps[0], atol=share
            )
        assert (found["bfloat16"] != found["float32"]).any()


def test_bfloat16_is_what_is_computed_and_not_what_is_kept(
    exported, in_bfloat16
):
    for path, precision in (
        (exported.path, "float32"),
        (in_bfloat16, "mixed_bfloat16"),
    ):
        told = json.loads((path / "export.json").read_text("utf-8"))
        assert told["precision"] == precision
        card = (path / "MODEL_CARD.md").read_text("utf-8")
        assert f"- computes in: {precision}\n" in card
        content = (path / "saved_model.pb").read_bytes()
        graph = saved_model_pb2.SavedModel.FromString(content).meta_graphs[0]
        kinds = {
            node.attr["T"].type
            for function in graph.graph_def.library.function
            for node in function.node_def
            if node.op == "Conv2D"
        }
        expected = tf.bfloat16 if "bfloat16" in precision else tf.float32
        assert kinds == {expected.as_datatype_enum}
    assert_written_once(
        in_bfloat16,
        exported.model.generator_average,
        exported.model.damsm.text_encoder,
    )


def test_a_session_as_servers_run_it_gives_the_same(exported, served):
    request = {"caption": CAPTIONS, "seed": SEEDS}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(
            session, ["serve"], str(exported.path)
        )
        signature = graph.signature_def["serving_default"]
        feed = {
            signature.inputs[name].name: value
            for name, value in request.items()
        }
        output = signature.outputs["image_bytes"].name
        files = [session.run(output, feed) for _ in range(2)]
    expected = served["serving_default"](
        caption=tf.constant(CAPTIONS), seed=tf.constant(SEEDS)
    )["image_bytes"].numpy()
    for found in files:
        np.testing.assert_array_equal(found, expected)


def test_two_copies_in_a_process_do_not_disturb_each_other(exported, served):
    first = tf.saved_model.load.anew(str(exported.path))
    request = {
        "caption": tf.constant(CAPTIONS),
        "seed": tf.constant(SEEDS),
    }
    expected = served["with_attention"](**request)["words"].numpy()
    assert expected[0].tolist() == [b"a", b"red", b"bird", b"", b"", b""]
    found = first.signatures["with_attention"](**request)["words"].numpy()
    np.testing.assert_array_equal(found, expected)
    del first
    keras.utils.clear_session()
    found = served["with_attention"](**request)["words"].numpy()
    np.testing.assert_array_equal(found, expected)


def test_ops_of_another_package_are_told(tmp_path):
    model = small_models.attngan(stages=1)
    model.damsm.tokenizer = CaptionTokenizer(
        Vocabulary(small_models.WORDS, "unicode_words"), max_words=6
    )
    with pytest.warns(UserWarning, match="import tensorflow_text before"):
        path = tfragan.export.saved_model(model, tmp_path)
    told = json.loads((path / "export.json").read_text("utf-8"))
    assert told["needs"] == {"tensorflow_text": ["CaseFoldUTF8"]}
    card = (path / "MODEL_CARD.md").read_text("utf-8")
    assert "To load it: tensorflow_text" in card
    served = tf.saved_model.load(str(path)).signatures
    empty = served["serving_default"](
        caption=tf.constant([], tf.string), seed=tf.constant([], tf.int32)
    )
    assert empty["image_bytes"].shape == (0,)
    assert set(served["with_attention"].structured_outputs) == {
        "image_bytes",
        "words",
    }


def test_halves_are_half_the_size_and_what_they_change_is_told(
    exported, tmp_path
):
    path = tfragan.export.saved_model(
        exported.model, tmp_path, captions=CAPTIONS[:1], float16=True
    )
    sizes = [
        (folder / "variables" / "variables.data-00000-of-00001").stat().st_size
        for folder in (path, exported.path)
    ]
    assert sizes[0] < 0.6 * sizes[1]
    told = json.loads((path / "export.json").read_text("utf-8"))
    assert told["float16"]
    # The pictures of an untrained model hardly depend on the last bits.
    assert 0 < told["parity"]["max_pixel_difference"] <= 3
    assert 0 < told["parity"]["mean_pixel_difference"] < 1
    card = (path / "MODEL_CARD.md").read_text("utf-8")
    assert "in half precision" in card


def test_a_compiled_model_draws_the_same_noise(tmp_path):
    model = small_models.attngan(stages=1)
    path = tfragan.export.saved_model(
        model, tmp_path, captions=["a red bird", ""], jit_compile=True
    )
    told = json.loads((path / "export.json").read_text("utf-8"))
    assert told["jit_compile"]
    assert told["row_by_row"]
    # Another noise would change half of all pixels.
    assert told["parity"]["max_pixel_difference"] <= 1
    assert told["parity"]["independent_rows"]
    assert "with XLA" in (path / "MODEL_CARD.md").read_text("utf-8")


def test_weights_that_halves_cannot_hold_are_refused(tmp_path):
    model = small_models.attngan(stages=1)
    weight = model.generator_average.weights[0]
    weight.assign(weight * 0 + 1e5)
    with pytest.raises(ValueError, match="half precision can hold"):
        tfragan.export.saved_model(model, tmp_path / "serving", float16=True)
    assert not list((tmp_path / "serving").glob("*"))


def test_ops_that_no_server_has_are_refused(toy, tmp_path, monkeypatch):
    # The function hides the module of its name.
    module = sys.modules["tfragan.export.saved_model"]
    monkeypatch.setattr(
        module, "read_graph", lambda path: ({}, ["AddV2", "Fly"])
    )
    with pytest.raises(tfragan.export.ExportError, match="holds Fly, which"):
        tfragan.export.saved_model(toy, tmp_path / "serving")
    assert not list((tmp_path / "serving").iterdir())


def test_what_its_own_signatures_refuse_is_not_published(
    toy, tmp_path, monkeypatch
):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    with pytest.raises(tfragan.export.ExportError, match="up with: .*negative"):
        tfragan.export.saved_model(toy, tmp_path, warmup=[-1.0])

    def refused(self, path):
        tf.debugging.Assert(False, ["too large"])

    monkeypatch.setattr(ToyServing, "verify", refused)
    with pytest.raises(tfragan.export.ExportError, match="with: .*too large"):
        tfragan.export.saved_model(toy, tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_the_messages_the_extra_is_named(tmp_path, monkeypatch):
    for name in ("tensorflow_serving", "tensorflow_serving.apis"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"tfragan\[serving\]"):
        tfragan.export.saved_model(
            small_models.attngan(), tmp_path / "serving", warmup=["a bird"]
        )
    assert not (tmp_path / "serving").exists()


def test_the_requests_are_answered_by_the_signatures(
    exported, served, tmp_path
):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    from tensorflow_serving.apis import prediction_log_pb2

    requests = CaptionServing(exported.model).warmup_requests(
        ["a red bird", ""]
    )
    write_warmup_requests(tmp_path, requests)
    file = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    asked = []
    for record in tf.data.TFRecordDataset(str(file)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(value))
            for name, value in request.inputs.items()
        }
        asked.append(request.model_spec.signature_name)
        answer = served[asked[-1]](**inputs)
        assert all(np.shape(value)[0] == 2 for value in answer.values())
    assert sorted(asked) == sorted(served)
