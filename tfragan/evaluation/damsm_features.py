"""DAMSM's image embeddings, asked for like any other features."""

import functools

from tfragan.export.metadata import weights_sha256


class DAMSMFeatures:
    """What a DAMSM sees in images, as an `ImageFeatures` does."""

    name = "damsm"

    def __init__(self, damsm):
        self._damsm = damsm
        self.dim = damsm.embedding_dim

    def __call__(self, images, batch_size=16):
        """Embeddings of uint8 images, float32 (images, dim)."""
        return self._damsm.encode_images(images, batch_size)

    def protocol(self):
        """What a number measured on these embeddings depends on."""
        return {
            "features": self.name,
            "dim": self.dim,
            "weights": "of the run's DAMSM",
            "weights_sha256": self._weights_sha256,
            "resize": "that of the DAMSM's image encoder",
        }

    @functools.cached_property
    def _weights_sha256(self):
        weights = self._damsm.image_encoder.weights
        return weights_sha256([weight.value for weight in weights])
