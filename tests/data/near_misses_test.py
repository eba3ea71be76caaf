import numpy as np
import pytest
import tensorflow as tf

from tests.data.streams import assert_same
from tests.data.streams import take
from tfragan.data import avatars
from tfragan.data.near_misses import NearMisses
from tfragan.metrics import attributes_of
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary

_A, _RED, _BLUE, _SHIRT, _HAT, _BIG = range(1, 7)


def _misses(*captions, **options):
    lengths = np.array([len(caption) for caption in captions])
    return NearMisses(np.concatenate(captions), lengths, **options)


def _changed(misses, caption, count=50):
    """All that came of one caption, without padding."""
    rows = tf.constant([[*caption, 0, 0]] * count)
    found = misses(rows, tf.constant([3, 4], tf.int64)).numpy()
    return {tuple(row[row > 0].tolist()) for row in np.concatenate(found)}


def test_a_word_is_replaced_by_one_between_the_same_neighbors():
    misses = _misses([_A, _RED, _SHIRT], [_A, _BLUE, _SHIRT], [_A, _BIG, _HAT])
    assert _changed(misses, [_A, _RED, _SHIRT]) == {(_A, _BLUE, _SHIRT)}
    # "a big hat" is the only one of its kind.
    assert _changed(misses, [_A, _BIG, _HAT]) == {(_A, _BIG, _HAT)}


def test_the_ends_of_captions_are_neighbors_too():
    misses = _misses([_A, _SHIRT], [_A, _HAT], [_HAT])
    assert _changed(misses, [_A, _SHIRT]) == {(_A, _HAT)}
    assert _changed(misses, [_HAT]) == {(_HAT,)}


def test_one_word_at_a_time_and_all_of_them_in_turn():
    captions = [(_A, color, what) for color in (_RED, _BLUE)
                for what in (_SHIRT, _HAT)]  # fmt: skip
    found = _changed(_misses(*captions), [_A, _RED, _SHIRT])
    assert found == {(_A, _BLUE, _SHIRT), (_A, _RED, _HAT)}


def test_data_without_any_gives_captions_back():
    rows = tf.constant([[_A, _RED]])
    found = _misses([_A, _RED])(rows, tf.constant([0, 0], tf.int64))
    np.testing.assert_array_equal(found, rows[:, np.newaxis])


def test_several_change_different_places_while_there_are_any():
    captions = [(_A, color, what) for color in (_RED, _BLUE)
                for what in (_SHIRT, _HAT)]  # fmt: skip
    misses = _misses(*captions, count=3)
    rows = tf.constant([[_A, _RED, _SHIRT, 0]] * 20)
    for first, second, third in misses(rows, [3, 4]).numpy().tolist():
        wrong = [[_A, _RED, _HAT, 0], [_A, _BLUE, _SHIRT, 0]]
        assert sorted([first, second]) == wrong
        assert third == first


def test_of_several_one_may_be_a_word_more():
    captions = [(_A, _SHIRT), (_A, _BIG, _SHIRT), (_RED, _HAT)]
    assert _changed(_misses(*captions, count=2), captions[0]) == {
        (_A, _BIG, _SHIRT)
    }
    assert _changed(_misses(*captions), captions[0]) == {captions[0]}
    # No room for one more.
    full = tf.constant([[_A, _SHIRT]])
    found = _misses(*captions, count=2)(full, [0, 0])
    np.testing.assert_array_equal(found, [[[_A, _SHIRT]] * 2])


def test_words_of_one_image_in_one_place_do_not_contradict_each_other():
    captions = [(_RED, _SHIRT), (_BLUE, _SHIRT), (_BIG, _SHIRT)]
    together = _misses(*captions, images=np.array([0, 0, 1]))
    assert _changed(together, [_BIG, _SHIRT]) == {(_BIG, _SHIRT)}
    apart = _misses(*captions, images=np.array([0, 1, 2]))
    assert len(_changed(apart, [_BIG, _SHIRT])) == 2


def test_less_than_one_is_refused():
    with pytest.raises(ValueError, match="at least 1. Received: 0"):
        _misses([_A, _RED], count=0)


def test_words_that_came_later_are_left_alone():
    misses = _misses([_A, _RED], [_A, _BLUE])
    assert _changed(misses, [9, 8]) == {(9, 8)}


def test_batches_carry_them_and_repeat_them_after_a_resume():
    data = avatars("test")
    tokenizer = CaptionTokenizer(
        Vocabulary.from_captions(data.captions()), max_words=28
    )
    options = {"seed": 5, "near_misses": 2, "crop": "full"}

    def batches(**more):
        return take(
            data.batches(8, tokenizer, image_sizes=(16,), **options, **more), 3
        )

    found = batches()
    assert_same(batches(start_step=1)[:2], found[1:])
    ids = np.concatenate([batch["token_ids"] for batch in found])
    wrong = np.concatenate([batch["near_miss_ids"] for batch in found])
    assert wrong.shape == (24, 2, 28)
    assert (ids[:, np.newaxis] != wrong).any(-1).all()

    names = tokenizer.vocabulary.tokens

    def said(row):
        return attributes_of(" ".join(names[place] for place in row if place))

    different = [said(one) != said(other)
                 for one, others in zip(ids, wrong, strict=True)
                 for other in others]  # fmt: skip
    # Some are wrong in other ways: "a pink pigtails".
    assert np.mean(different) > 0.6
