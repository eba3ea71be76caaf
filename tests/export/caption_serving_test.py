import pytest

from tests.models import small_models
from tfragan.export import verify
from tfragan.export.caption_serving import some_captions


def test_an_export_equals_its_model(exported):
    parity = verify(
        exported.path, exported.model, captions=["a red fish", "zebra"]
    )
    assert parity.samples == 2
    assert parity.max_pixel_difference == 0
    assert parity.max_attention_difference == 0.0
    assert parity.independent_rows


def test_other_weights_are_noticed(exported):
    other = small_models.attngan()
    projection = other.generator_average.initial_stage.projection
    projection.kernel.assign(-projection.kernel)
    parity = verify(exported.path, other, captions=["a red fish"], seeds=[1])
    assert parity.max_pixel_difference > 8
    assert parity.independent_rows


def test_captions_come_with_a_seed_each(exported):
    for captions, seeds in (([], []), (["a"], [1, 2])):
        with pytest.raises(ValueError, match="and one seed each"):
            verify(
                exported.path, exported.model, captions=captions, seeds=seeds
            )


def test_the_longest_caption_and_the_empty_one_are_compared():
    tokenizer = small_models.tokenizer()
    short, long, empty = some_captions(tokenizer)
    assert tokenizer.words(short) == ["a", "red", "blue", "bird"]
    assert len(tokenizer.words(long)) == tokenizer.max_words
    assert empty == ""
