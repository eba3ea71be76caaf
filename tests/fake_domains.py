"""Domains of plain colors and features that look at nothing but color."""

import types

import numpy as np


class FakeDomain:
    """Images of one color each, around a mean level."""

    def __init__(self, mean, count=8, seed=0):
        rng = np.random.default_rng(seed)
        noise = rng.integers(-20, 21, (count, 3))
        self.levels = np.clip(mean + noise, 0, 255).astype(np.uint8)
        self.keys = [f"{index:02d}.png" for index in range(count)]
        self.items = [_FakeItem(levels) for levels in self.levels]
        self.asked = []

    def __len__(self):
        return len(self.levels)

    def images(self, indices, image_size):
        indices = list(indices)
        self.asked.append(indices)
        shape = (len(indices), image_size, image_size, 3)
        levels = self.levels[indices][:, np.newaxis, np.newaxis]
        return np.broadcast_to(levels, shape)


class _FakeItem:
    """What the file of a color would be."""

    def __init__(self, levels):
        self._levels = levels

    def read(self):
        return self._levels.tobytes()


class FakeFeatures:
    """Mean color, and what was asked for."""

    name = "fake"
    dim = 3

    def __init__(self):
        self.counts = []
        self.sizes = set()
        self.batch_sizes = set()

    def __call__(self, images, batch_size=16):
        assert images.dtype == np.uint8
        self.counts.append(len(images))
        self.sizes.add(images.shape[1:])
        self.batch_sizes.add(batch_size)
        return images.mean(axis=(1, 2)).astype(np.float32) / 127.5 - 1.0

    def protocol(self):
        return {"features": self.name, "dim": self.dim}


def fake_unpaired(count_a=8, count_b=7):
    """Held-out images of two domains, dark and bright."""
    return types.SimpleNamespace(
        name="colors",
        split="test",
        domain_a=FakeDomain(60, count_a, seed=1),
        domain_b=FakeDomain(190, count_b, seed=2),
    )
