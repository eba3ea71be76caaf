"""The contract of the layers and networks that models are made of."""

import numpy as np
import pytest

from tests.layers.bilinear_resize_test import IMAGES
from tests.test_case import TestCase
from tfragan.layers.bilinear_resize import BilinearResize
from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator
from tfragan.models.attngan.attngan_discriminator import DiscriminatorHead
from tfragan.models.attngan.attngan_generator import AttnGANGenerator
from tfragan.models.attngan.attngan_generator import InitialStage
from tfragan.models.attngan.attngan_generator import RefinementStage
from tfragan.models.attngan.attngan_layers import GatedResidualBlock
from tfragan.models.attngan.attngan_layers import ImageHead
from tfragan.models.attngan.attngan_layers import LeakyConvolution
from tfragan.models.attngan.attngan_layers import UpsampleBlock
from tfragan.models.damsm.normalized_convolution import NormalizedConvolution
from tfragan.models.damsm.small_image_encoder import SmallImageEncoder
from tfragan.models.damsm.small_image_encoder import SmallTrunk
from tfragan.models.damsm.text_encoder import TextEncoder
from tfragan.models.dmgan.dmgan_discriminator import DMGANDiscriminator
from tfragan.models.dmgan.dmgan_generator import MemoryStage

# Statistics of tiny batches blow rounding up.
MIXED = {"mixed_bfloat16": 0.1, "mixed_float16": 0.02}


def normal(*shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


def mask(lengths, words):
    return np.arange(words) < np.reshape(lengths, (-1, 1))


class TestLayersOfModels(TestCase):
    @pytest.mark.parametrize(
        ("cls", "kwargs", "outputs", "trainable", "moving"),
        [
            (BilinearResize, {"size": (4, 9)}, (3, 4, 9, 6), 0, 0),
            (UpsampleBlock, {"filters": 4}, (3, 16, 16, 4), 3, 2),
            (GatedResidualBlock, {"filters": 6}, (3, 8, 8, 6), 6, 4),
            (
                LeakyConvolution,
                {"filters": 4, "kernel_size": 4, "strides": 2},
                (3, 4, 4, 4),
                3,
                2,
            ),
            (
                LeakyConvolution,
                {"filters": 4, "normalize": False},
                (3, 8, 8, 4),
                1,
                0,
            ),
            (
                NormalizedConvolution,
                {"filters": 4, "kernel_size": (3, 1), "padding": "valid"},
                (3, 6, 8, 4),
                3,
                2,
            ),
            (
                NormalizedConvolution,
                {
                    "filters": None,
                    "kernel_size": 3,
                    "strides": 2,
                    "depthwise": True,
                    "activation": "relu6",
                },
                (3, 4, 4, 6),
                3,
                2,
            ),
            (
                SmallTrunk,
                {"width": 4, "halvings": 1},
                [(3, 4, 4, 4), (3, 2, 2, 8)],
                12,
                8,
            ),
        ],
    )
    def test_contract_of_image_layers(
        self, cls, kwargs, outputs, trainable, moving
    ):
        self.run_layer_test(
            cls,
            kwargs,
            input_shapes=(3, 8, 8, 6),
            expected_output_shape=outputs,
            expected_trainable_weights=trainable,
            expected_non_trainable_weights=moving,
            mixed_policies=MIXED,
        )

    @pytest.mark.parametrize(
        ("cls", "kwargs"),
        [
            (UpsampleBlock, {"filters": 4}),
            (GatedResidualBlock, {"filters": 6}),
            (LeakyConvolution, {"filters": 4}),
            (NormalizedConvolution, {"filters": 4, "kernel_size": 3}),
        ],
    )
    def test_replicas_equal_one_device(self, mirrored, cls, kwargs):
        self.run_layer_replica_test(
            lambda: cls(**kwargs), normal(5, 4, 4, 6), mirrored, split=2
        )

    def test_contract_of_the_image_head(self):
        layer = self.run_layer_test(
            ImageHead,
            {},
            input_shapes=(2, 5, 5, 4),
            expected_output_shape=(2, 5, 5, 3),
            expected_trainable_weights=1,
            float32_outputs=(0,),
        )
        assert np.abs(layer(100.0 * normal(2, 5, 5, 4))).max() <= 1.0

    def test_contract_of_the_initial_stage(self):
        self.run_layer_test(
            InitialStage,
            {"width": 4, "size": 16},
            input_shapes={"condition": (3, 5), "noise": (3, 7)},
            expected_output_shape=(3, 16, 16, 4),
            expected_trainable_weights=3 + 2 * 3,
            expected_non_trainable_weights=2 + 2 * 2,
            mixed_policies=MIXED,
        )

    @pytest.mark.parametrize(
        ("cls", "words"), [(RefinementStage, 1), (MemoryStage, 12)]
    )
    def test_contract_of_later_stages(self, cls, words):
        self.run_layer_test(
            cls,
            {"width": 4, "residual_blocks": 1, "mask_order": "published"},
            input_data={
                "features": normal(3, 4, 4, 4),
                "word_embeddings": normal(3, 5, 7, seed=1),
                "word_mask": mask((5, 2, 1), 5),
            },
            expected_output_shape=[(3, 8, 8, 4), (3, 4, 4, 5)],
            expected_trainable_weights=words + 6 + 3,
            expected_non_trainable_weights=4 + 2,
            mixed_policies=MIXED,
            float32_outputs=(1,),
        )

    def test_contract_of_the_discriminator_heads(self):
        features, sentence = normal(3, 4, 4, 6), normal(3, 5, seed=1)
        for conditional in (True, False):
            data = {"features": features}
            if conditional:
                data["sentence_embedding"] = sentence
            self.run_layer_test(
                DiscriminatorHead,
                {"conditional": conditional},
                input_data=data,
                expected_output_shape=(3,),
                expected_trainable_weights=5 if conditional else 2,
                expected_non_trainable_weights=2 if conditional else 0,
                mixed_policies=MIXED,
                float32_outputs=(0,),
            )


class TestNetworks(TestCase):
    def test_contract_of_the_generator(self):
        data = {
            "sentence_embedding": normal(3, 6),
            "word_embeddings": normal(3, 5, 6, seed=1),
            "word_mask": mask((5, 2, 1), 5),
            "noise": normal(3, 7, seed=2),
            "condition_noise": normal(3, 4, seed=3),
        }
        self.run_layer_test(
            AttnGANGenerator,
            {
                "embedding_dim": 6,
                "base_size": 16,
                "stages": 2,
                "width": 4,
                "noise_dim": 7,
                "condition_dim": 4,
                "residual_blocks": 1,
            },
            input_data=data,
            # In the order of their names, as nests of TensorFlow are.
            expected_output_shape=[
                (3, 16, 16, 5),
                (3, 16, 16, 3),
                (3, 32, 32, 3),
                (3, 4),
                (3, 4),
            ],
            expected_trainable_weights=2 + 9 + 1 + 10 + 1,
            expected_non_trainable_weights=6 + 6,
            mixed_policies=MIXED,
            float32_outputs=range(5),
        )

    @pytest.mark.parametrize(
        ("cls", "trainable", "others"),
        [
            (AttnGANDiscriminator, 1 + 3 + 3 + 5 + 2, 2 + 2 + 2),
            (DMGANDiscriminator, 2 + 2 + 2 + 4 + 2, 2 * 4),
        ],
    )
    def test_contract_of_the_discriminator(self, cls, trainable, others):
        self.run_layer_test(
            cls,
            {"image_size": 16, "embedding_dim": 5, "width": 2},
            input_shapes=(3, 16, 16, 3),
            expected_output_shape=(3, 4, 4, 16),
            expected_trainable_weights=trainable,
            expected_non_trainable_weights=others,
            mixed_policies=MIXED,
            apart=("conditional_head", "unconditional_head"),
        )

    @pytest.mark.parametrize("rnn_type", ["lstm", "gru"])
    def test_contract_of_the_text_encoder(self, rnn_type):
        ids = np.random.default_rng(0).integers(1, 9, (3, 5)).astype("int32")
        self.run_layer_test(
            TextEncoder,
            {
                "vocabulary_size": 9,
                "embedding_dim": 8,
                "word_dim": 6,
                "rnn_type": rnn_type,
                "dropout": 0.25,
                "use_cudnn": False,
            },
            input_data=ids * mask((5, 3, 1), 5),
            expected_output_shape=[(3, 5, 8), (3, 8)],
            expected_trainable_weights=1 + 6,
            mixed_policies=MIXED,
        )

    def test_contract_of_the_small_image_encoder(self):
        self.run_layer_test(
            SmallImageEncoder,
            {
                "embedding_dim": 5,
                "input_size": 8,
                "region_size": 4,
                "width": 4,
                "trunk_trainable": True,
            },
            input_data=IMAGES,
            expected_output_shape=[(2, 4, 4, 5), (2, 5)],
            expected_trainable_weights=12 + 1 + 2,
            expected_non_trainable_weights=8,
            mixed_policies=MIXED,
        )
