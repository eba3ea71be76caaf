import numpy as np

from tests.fake_domains import FakeDomain
from tests.fake_domains import FakeFeatures
from tfragan import metrics


def test_a_domain_is_read_in_batches_and_in_order():
    domain, features = FakeDomain(100, 7), FakeFeatures()
    found = metrics.domain_features(features, domain, 4, batch_size=3)
    assert domain.asked == [[0, 1, 2], [3, 4, 5], [6]]
    np.testing.assert_allclose(found, domain.levels / 127.5 - 1.0, atol=1e-6)
    assert features.sizes == {(4, 4, 3)}


def test_some_images_and_their_translations():
    domain, features = FakeDomain(100, 7), FakeFeatures()
    found = metrics.domain_features(
        features, domain, 4, lambda images: 255 - images, indices=[5, 0]
    )
    expected = (255.0 - domain.levels[[5, 0]]) / 127.5 - 1.0
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_empty_domain_has_no_features():
    found = metrics.domain_features(FakeFeatures(), FakeDomain(0, 0), 4)
    assert found.shape == (0, 3)
