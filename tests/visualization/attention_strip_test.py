import numpy as np

from tfragan.visualization import attention_strip


def test_a_map_that_is_the_same_everywhere_is_black():
    maps = np.zeros((1, 2, 3, 2), "float32")
    maps[0, 1, 2, 0] = 0.5
    strip = attention_strip(maps)
    assert strip.shape == (1, 2, 9)
    np.testing.assert_array_equal(strip[0, :, 6:], -1.0)
    np.testing.assert_array_equal(strip[0, :, :3], strip[0, :, 3:6])
    assert strip[0, 1, 2] == 1.0


def test_each_sample_is_stretched_by_itself():
    maps = np.random.default_rng(0).uniform(size=(2, 4, 4, 3))
    together = attention_strip(
        maps * np.array([1.0, 0.01])[:, None, None, None]
    )
    alone = attention_strip(maps[1:])
    np.testing.assert_allclose(together[1:], alone, atol=1e-4)
