import functools

import numpy as np
import pytest

from tests.models import small_models
from tests.test_case import TestCase

CAPTIONS = ["a red bird with blue wings", "fish", "", "unknown words only"]


class TestDMGAN(TestCase):
    def test_it_fits_saves_and_reloads(self, tmp_path):
        self.run_model_test(
            small_models.compiled_dmgan,
            small_models.batches,
            lambda model: model.generate(CAPTIONS, return_attention_maps=True),
            tmp_path,
        )

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(
            small_models.compiled_dmgan, small_models.batches
        )

    def test_two_replicas_equal_one_device(self, mirrored):
        self.run_model_replica_test(
            small_models.compiled_dmgan,
            functools.partial(small_models.batches, near_misses=2),
            mirrored,
            tolerance=2e-4,
            # Shifting a key channel of all words alike changes no map.
            moved_by_noise=lambda path: path.endswith("memory/key/bias"),
            # Its step is AttnGAN's, whose graph other tests trace.
            eager=True,
        )


@pytest.mark.usefixtures("eager")
def test_an_image_depends_on_its_own_caption_and_seed_only():
    model = small_models.dmgan()
    together, maps = model.generate(
        CAPTIONS, seed=7, return_attention_maps=True
    )
    assert [m.shape for m in maps] == [(4, 16, 16, 6)]
    sums = maps[0].sum(-1)
    np.testing.assert_allclose(sums[:2], 1.0, atol=1e-5)
    np.testing.assert_array_equal(sums[2:], 0.0)
    for index, caption in enumerate(CAPTIONS):
        alone = model.generate([caption], seed=[7 + index])
        np.testing.assert_array_equal(alone[0], together[index])


def test_there_is_no_variant_of_a_single_image():
    assert "dcgan" not in small_models.dmgan().get_config()
    with pytest.raises(TypeError, match="dcgan"):
        small_models.dmgan(dcgan=True)
