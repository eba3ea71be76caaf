import importlib

import numpy as np

from tests.fake_domains import FakeDomain
from tests.fake_domains import FakeFeatures
from tfragan import metrics


def test_a_domain_is_read_in_parts_and_in_order(monkeypatch):
    module = importlib.import_module("tfragan.metrics.domain_features")
    monkeypatch.setattr(module, "_IMAGES_READ_AT_ONCE", 3)
    domain, features = FakeDomain(100, 7), FakeFeatures()
    found = metrics.domain_features(features, domain, 4, batch_size=2)
    assert domain.asked == [[0, 1, 2], [3, 4, 5], [6]]
    assert features.batch_sizes == {2}
    np.testing.assert_allclose(found, domain.levels / 127.5 - 1.0, atol=1e-6)
    assert features.sizes == {(4, 4, 3)}


def test_translations_of_some_images_spread_over_all():
    domain, features = FakeDomain(100, 7), FakeFeatures()
    found = metrics.domain_features(
        features, domain, 4, lambda images: 255 - images, count=3
    )
    assert domain.asked == [[0, 2, 4]]
    expected = (255.0 - domain.levels[[0, 2, 4]]) / 127.5 - 1.0
    np.testing.assert_allclose(found, expected, atol=1e-6)
    more = metrics.domain_features(features, domain, 4, count=100)
    assert len(more) == 7


def test_an_empty_domain_has_no_features():
    found = metrics.domain_features(FakeFeatures(), FakeDomain(0, 0), 4)
    assert found.shape == (0, 3)
