"""Images that are measured are known by what they are."""

import numpy as np
import pytest

from tests.fake_domains import FakeDomain
from tfragan.evaluation.image_source import DomainImages
from tfragan.evaluation.image_source import GeneratedImages
from tfragan.evaluation.image_source import TranslatedImages


class _Painter:
    """Its pictures are as bright as their seeds."""

    def generate_outputs(self, captions, seeds, batch_size, **options):
        self.asked = captions, seeds, batch_size, options
        levels = np.array(seeds, np.uint8)[:, None, None, None]
        return {"image": np.broadcast_to(levels, (len(seeds), 2, 2, 3))}


def test_a_domain_is_known_by_its_bytes_and_its_size():
    source = DomainImages(FakeDomain(60, 8), 4)
    assert len(source) == 8
    assert source.images(2, 99).shape == (6, 4, 4, 3)
    same = DomainImages(FakeDomain(60, 8), 4)
    assert same.fingerprint == source.fingerprint
    others = [
        DomainImages(FakeDomain(60, 8, seed=1), 4),
        DomainImages(FakeDomain(60, 8), 5),
        DomainImages(FakeDomain(60, 8), 4, count=5),
    ]
    prints = {each.fingerprint for each in [source, *others]}
    assert len(prints) == 4


def test_some_images_are_spread_over_the_domain():
    domain = FakeDomain(60, 8)
    DomainImages(domain, 4, count=4).images(0, 4)
    assert domain.asked == [[0, 2, 4, 6]]


def test_pictures_are_known_by_captions_seeds_and_weights():
    def source(weights="a", captions=("x", "y"), seeds=(1, 2), **options):
        return GeneratedImages(
            _Painter(), weights, captions, seeds, 3, **options
        )

    first = source()
    np.testing.assert_array_equal(
        first.images(1, 2), np.full((1, 2, 2, 3), 2, np.uint8)
    )
    assert first._model.asked == (["y"], [2], 3, {})
    assert source().fingerprint == first.fingerprint
    others = [
        source(weights="b"),
        source(captions=("x", "z")),
        source(seeds=(1, 3)),
        source(truncation=0.5),
    ]
    assert len({each.fingerprint for each in [first, *others]}) == 5


def test_each_caption_has_a_seed():
    with pytest.raises(ValueError, match="received 1 for 2 captions"):
        GeneratedImages(_Painter(), "a", ["x", "y"], [1])


def test_translations_are_known_by_sources_and_weights():
    domain = DomainImages(FakeDomain(60, 4), 4)
    source = TranslatedImages(domain, lambda images: 255 - images, "a")
    np.testing.assert_array_equal(
        source.images(1, 3), 255 - domain.images(1, 3)
    )
    assert len(source) == 4
    other = TranslatedImages(domain, lambda images: images, "b")
    assert other.fingerprint != source.fingerprint
