"""The caption tokenizer in every place where it has to work."""

import json
import re
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import golden
from tests.text.word_segmentation_test import published_words
from tests.text.word_segmentation_test import random_captions
from tfragan.text import KINDS
from tfragan.text import CaptionTokenizer
from tfragan.text import UnknownWordsWarning
from tfragan.text import Vocabulary

CAPTIONS = ["A red bird", "the bird is RED!", "a blue naïve bird, a bird"]


def tokenizer_of(kind="words", max_words=5):
    return CaptionTokenizer(Vocabulary.from_captions(CAPTIONS, kind), max_words)


def test_ids_are_padded_cut_and_without_unknown_words():
    tokenizer = tokenizer_of()
    captions = ["a shiny red bird", "green", "", "bird " * 9, "the naïve"]
    token_ids = tokenizer(captions)
    assert token_ids.dtype == tf.int32
    assert token_ids.numpy().tolist() == [
        [1, 2, 3, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [3, 3, 3, 3, 3],
        [4, 7, 0, 0, 0],
    ]
    assert tokenizer(captions, max_words=2).shape == (5, 2)
    assert tokenizer.ragged(captions).to_list() == [
        *([1, 2, 3], [], [], [3] * 9, [4, 7]),
    ]


def test_words_stand_behind_the_ids():
    tokenizer = tokenizer_of()
    assert tokenizer.words("A shiny red bird") == ["a", "red", "bird"]
    assert tokenizer.words("bird " * 9) == ["bird"] * 5
    assert tokenizer.words("bird " * 9, max_words=7) == ["bird"] * 7
    assert tokenizer.words("green") == []
    assert tokenizer.segment(["shiny red"]).to_list() == [[b"shiny", b"red"]]


@pytest.mark.parametrize("kind", KINDS)
def test_graph_and_python_agree_on_ids(kind):
    captions = random_captions(300, seed=6)
    vocabulary = Vocabulary.from_captions(captions[:200], kind)
    tokenizer = CaptionTokenizer(vocabulary, max_words=7)
    traced = tf.function(
        tokenizer, input_signature=[tf.TensorSpec([None], tf.string)]
    )
    ids = tokenizer(captions)
    np.testing.assert_array_equal(traced(captions), ids)
    if kind != "words":
        return
    for caption, row in zip(captions, ids.numpy(), strict=True):
        known = [
            vocabulary.index[word]
            for word in published_words(caption)
            if word in vocabulary
        ][:7]
        assert row.tolist() == known + [0] * (7 - len(known))


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_its_own_captions_is_known(kind):
    tokenizer = tokenizer_of(kind)
    for caption in CAPTIONS:
        segmented = tokenizer.segment([caption]).values.numpy().tolist()
        assert tokenizer.ragged([caption]).values.shape == len(segmented)
    assert b"[UNK]" not in tokenizer.segment(CAPTIONS).values.numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_odd_captions_give_defined_ids(kind):
    tokenizer = tokenizer_of(kind, max_words=18)
    odd = [b"", b"\xff\xfe", b"\x00", "red " * 2500, "x" * 10_000, b"red\xff"]
    token_ids = tokenizer(odd).numpy()
    assert token_ids.shape == (6, 18)
    red = tokenizer(["red"]).numpy()[0]
    assert not token_ids[:3].any()
    assert (token_ids[3] == red[0]).all() or kind == "wordpiece"
    assert not token_ids[4].any() or kind == "wordpiece"
    np.testing.assert_array_equal(token_ids[5], red)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_batch_gives_no_rows(kind):
    tokenizer = tokenizer_of(kind)
    assert tokenizer([]).shape == (0, 5)
    assert tokenizer.ragged([]).to_list() == []
    assert tokenizer.segment([]).to_list() == []
    traced = tf.function(
        tokenizer, input_signature=[tf.TensorSpec([None], tf.string)]
    )
    assert traced(tf.constant([], tf.string)).shape == (0, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_tokenizer_works_in_tf_data(kind):
    tokenizer = tokenizer_of(kind)
    dataset = tf.data.Dataset.from_tensor_slices(CAPTIONS * 3).batch(4)
    dataset = dataset.map(tokenizer, num_parallel_calls=2)
    assert dataset.element_spec.shape.as_list() == [None, 5]
    rows = np.concatenate(list(dataset.as_numpy_iterator()))
    np.testing.assert_array_equal(rows, tokenizer(CAPTIONS * 3))


def test_vocabulary_without_words_knows_none():
    tokenizer = CaptionTokenizer(Vocabulary(["<end>"]), max_words=2)
    assert tokenizer(["a <end>", ""]).numpy().tolist() == [[0, 0], [0, 0]]
    tokenizer = CaptionTokenizer(Vocabulary(["[PAD]", "[UNK]"], "wordpiece"))
    assert tokenizer.words("[PAD] a") == ["[UNK]"] * 4


def test_known_batch_size_stays_known_in_a_graph():
    tokenizer = tokenizer_of()
    traced = tf.function(
        tokenizer, input_signature=[tf.TensorSpec([3], tf.string)]
    ).get_concrete_function()
    assert traced.structured_outputs.shape == (3, 5)
    traced = tf.function(
        tokenizer, input_signature=[tf.TensorSpec(None, tf.string)]
    )
    assert traced(tf.constant(CAPTIONS)).shape == (3, 5)


class _Served(tf.Module):
    def __init__(self, tokenizer):
        super().__init__()
        self.tokenizer = tokenizer

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, name="captions")]
    )
    def serve(self, captions):
        return {"token_ids": self.tokenizer(captions)}


def load_elsewhere(folder, captions, imports):
    """The served ids of captions, from a process with only `imports`."""
    code = f"""
{imports}
import json, sys
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
captions = tf.constant(json.loads(sys.argv[2]), tf.string)
print(json.dumps(served(captions=captions)["token_ids"].numpy().tolist()))
assert not any(name.startswith("tfragan") for name in sys.modules)
if not {imports!r}:
    assert "tensorflow_text" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), json.dumps(captions)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def all_op_types(function):
    """Types of all ops of a concrete function and of what it calls."""
    graph = function.graph.as_graph_def()
    nodes = list(graph.node)
    for called in graph.library.function:
        nodes.extend(called.node_def)
    return {node.op for node in nodes}


@pytest.mark.parametrize("kind", KINDS)
def test_only_words_does_without_other_ops_than_the_core(kind):
    traced = tf.function(
        tokenizer_of(kind), input_signature=[tf.TensorSpec([None], tf.string)]
    )
    types = all_op_types(traced.get_concrete_function())
    assert {"UnicodeTranscode", "LookupTableFindV2"} & types
    others = {name for name in types if not hasattr(tf.raw_ops, name)}
    assert (
        others
        == {
            "words": set(),
            "unicode_words": {"CaseFoldUTF8"},
            "wordpiece": {"CaseFoldUTF8", "WordpieceTokenizeWithOffsets"},
        }[kind]
    )


@pytest.mark.parametrize(
    ("kind", "imports"),
    [("words", ""), ("wordpiece", "import tensorflow_text")],
)
def test_saved_model_runs_in_another_process(tmp_path, kind, imports):
    tokenizer = tokenizer_of(kind)
    served = _Served(tokenizer)
    folder = tmp_path / "model"
    tf.saved_model.save(
        served, str(folder), signatures={"serving_default": served.serve}
    )
    captions = [*CAPTIONS, "", "grün", "red " * 3000]
    ids = load_elsewhere(folder, captions, imports)
    assert ids == tokenizer(captions).numpy().tolist()
    graph = (folder / "saved_model.pb").read_bytes()
    assert str(tmp_path).encode() not in graph


@pytest.mark.parametrize("kind", KINDS)
def test_config_rebuilds_the_tokenizer(kind):
    tokenizer = tokenizer_of(kind, max_words=3)
    config = tokenizer.get_config()
    rebuilt = CaptionTokenizer.from_config(config)
    assert rebuilt.vocabulary == tokenizer.vocabulary
    assert rebuilt.kind == kind
    assert rebuilt.max_words == 3
    np.testing.assert_array_equal(rebuilt(CAPTIONS), tokenizer(CAPTIONS))
    serialized = keras.saving.serialize_keras_object(tokenizer)
    again = keras.saving.deserialize_keras_object(serialized)
    assert again.get_config() == config


def test_keras_model_may_hold_a_tokenizer(tmp_path):
    def model_with_tokenizer():
        model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
        model.tokenizer = tokenizer_of()
        return model

    model = model_with_tokenizer()
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    other = model_with_tokenizer()
    other.load_weights(path)
    np.testing.assert_array_equal(
        other.layers[0].kernel.numpy(), model.layers[0].kernel.numpy()
    )
    checkpoint = tf.train.Checkpoint(model=model)
    saved = checkpoint.save(str(tmp_path / "checkpoint"))
    status = tf.train.Checkpoint(model=other).restore(saved)
    status.assert_consumed()


def test_tokenizer_works_under_a_strategy(mirrored):
    with mirrored.scope():
        tokenizer = tokenizer_of()
    token_ids = mirrored.run(lambda: tokenizer(tf.constant(CAPTIONS)))
    for replica in mirrored.experimental_local_results(token_ids):
        np.testing.assert_array_equal(replica, tokenizer(CAPTIONS))


@pytest.mark.parametrize("max_words", [0, -1, 2.5, True])
def test_bad_max_words_are_refused(max_words):
    with pytest.raises(ValueError, match="max_words: expected a whole number"):
        tokenizer_of(max_words=max_words)
    with pytest.raises(ValueError, match="max_words: expected a whole number"):
        tokenizer_of()(CAPTIONS, max_words=max_words)


def published_captions(files, captions_per_image):
    """The accepted lines of caption files: at most so many a file."""
    accepted = []
    for text in files:
        lines = [line for line in text.split("\n") if line]
        lines = [line for line in lines if published_words_or_none(line)]
        accepted.append(lines[:captions_per_image])
    return [line for lines in accepted for line in lines]


def published_words_or_none(line):
    """Words before non-ASCII characters are dropped: none skips the line."""
    return re.findall(r"\w+", line.lower())


@pytest.mark.golden
def test_attngan_tokens_ids_and_vocabulary():
    arrays = golden.load("attngan", "text_pipeline")
    per_image = int(arrays["in/captions_per_image"])
    train, test = (
        published_captions(arrays[f"in/files_{split}"].tolist(), per_image)
        for split in ("train", "test")
    )
    vocabulary = Vocabulary.from_captions(train + test)
    assert list(vocabulary.tokens) == arrays["out/ixtoword"].tolist()
    assert len(vocabulary) == arrays["out/n_words"]
    tokenizer = CaptionTokenizer(vocabulary)
    for split, captions in (("train", train), ("test", test)):
        ids = tokenizer.ragged(captions)
        np.testing.assert_array_equal(ids.values, arrays[f"out/ids_{split}"])
        np.testing.assert_array_equal(
            ids.row_lengths(), arrays[f"out/lens_{split}"]
        )
        words = tokenizer.segment(captions).to_list()
        tokens = [b" ".join(row).decode() for row in words]
        assert tokens == arrays[f"out/tokens_{split}"].tolist()


@pytest.mark.golden
def test_attngan_long_and_short_captions_fit_the_rule():
    arrays = golden.load("attngan", "text_pipeline")
    size = int(arrays["in/words_num"])
    captions = arrays["out/tokens_train"].tolist()
    vocabulary = Vocabulary(arrays["out/ixtoword"].tolist())
    tokenizer = CaptionTokenizer(vocabulary, max_words=size)
    short = captions[int(arrays["in/short_index"])]
    np.testing.assert_array_equal(
        tokenizer([short])[0], arrays["out/short_caption"]
    )
    assert len(tokenizer.words(short)) == arrays["out/short_len"]

    long = captions[int(arrays["in/long_index"])]
    all_ids = tokenizer.ragged([long]).values.numpy()
    places = list(range(len(all_ids)))
    np.random.seed(int(arrays["in/np_random_seed"]))
    np.random.shuffle(places)
    published = all_ids[np.sort(places[:size])]
    np.testing.assert_array_equal(published, arrays["out/long_caption"])
    assert len(published) == arrays["out/long_len"] == size
    # Ours keeps the first words where nothing is random.
    np.testing.assert_array_equal(tokenizer([long])[0], all_ids[:size])


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        # "naïve" is known as "nave", "crème" would be looked for as "crme".
        ("words", ["shiny", "crème", "红色的鸟", "लाल"]),
        ("unicode_words", ["shiny", "crème", "红色的鸟", "लाल"]),
    ],
)
def test_words_that_stand_for_nothing_are_named(kind, unknown):
    captions = ["a Shiny, naïve bird -- shiny", "", "...", "crème 红色的鸟 लाल"]
    assert tokenizer_of(kind).unknown_words(captions) == unknown
    assert tokenizer_of(kind).unknown_words(["The red bird!"]) == []
    assert tokenizer_of(kind).unknown_words([]) == []


def test_wordpieces_name_words_with_unknown_characters():
    unknown = tokenizer_of("wordpiece").unknown_words(["a red bird", "a 鸟"])
    assert unknown == ["鸟"]


def test_a_tokenizer_tells_which_captions_say_something():
    captions = ["a red 鸟", "鸟", "", "!?", "green"]
    for kind in KINDS:
        knows = tokenizer_of(kind).knows(captions)
        # The pieces of "green" are letters that other words have.
        assert knows == [True, False, False, False, kind == "wordpiece"]
        assert tokenizer_of(kind).knows([]) == []


def test_what_captions_hold_in_vain_is_warned_of():
    tokenizer = tokenizer_of()
    assert tokenizer.remarks_on(["a red bird", "red"]) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokenizer.warn(["a red bird"])
    with pytest.warns(UnknownWordsWarning) as caught:
        tokenizer.warn(["a red zebra", b"\xff gnu", "!?"])
    words, captions = (str(one.message) for one in caught)
    assert words.startswith("words that the model does not know: 'zebra', ")
    assert "'gnu'" in words
    assert "knows no word of these captions" in captions
    assert "'!?'" in captions
    assert "'a red zebra'" not in captions
