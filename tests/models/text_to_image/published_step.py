"""Two iterations of a published training function, run by our models."""

import dataclasses

import numpy as np
import tensorflow as tf

from tests.golden import double_precision
from tests.golden import group
from tests.golden import nhwc
from tests.models import small_models
from tests.models.text_to_image import published_networks as published
from tests.published import GradientRecorder
from tests.published import published_values
from tfragan.distribution import Replica
from tfragan.models import DFGAN
from tfragan.models import SSAGAN
from tfragan.optimizers import Adam

_RATES = {"netG": 1e-4, "netD": 4e-4, "netC": 4e-4}


class _Recorder(GradientRecorder):
    """An optimizer that notes the gradients of each of its steps."""

    def __init__(self, rate):
        super().__init__(Adam(rate, beta_1=0.0, beta_2=0.9, epsilon=1e-8))
        self.steps = []

    def apply(self, gradients, variables):
        gradients = [np.array(gradient) for gradient in gradients]
        self.optimizer.apply([tf.constant(g) for g in gradients], variables)
        values = [variable.numpy() for variable in variables]
        paths = [variable.path for variable in variables]
        self.steps.append(
            (
                dict(zip(paths, gradients, strict=True)),
                dict(zip(paths, values, strict=True)),
            )
        )


@dataclasses.dataclass
class PublishedStep:
    """What our model did on the batches of a fixture.

    Attributes:
        arrays: the fixture.
        losses: one dict an iteration.
        after: one dict an iteration, of network to published name to value.
        steps: dict of network to its optimizer's steps, pairs of gradients
            and values by path.
        entries: dict of network to list of `WeightEntry`.
    """

    arrays: dict
    losses: list
    after: list
    steps: dict
    entries: dict

    @classmethod
    @double_precision()
    def of_ssagan(cls, name):
        arrays = published.load_fixture(name)
        generator = group(arrays, "param/netG")
        judge = group(arrays, "param/netD")
        model = SSAGAN(
            generator_width=generator["conv_img.2.weight"].shape[1],
            mask_filters=len(generator["conv_mask.0.weight"]),
            damsm_weight=0.0,
            **_sizes(arrays),
        )
        entries = {
            "netG": published.load_generator(model.generator, generator),
            "netD": published.load_discriminator(model.discriminator, judge),
        }
        return cls._run(arrays, model, entries)

    @classmethod
    @double_precision()
    def of_dfgan(cls, name):
        arrays = published.load_fixture(name)
        generator = group(arrays, "param/netG")
        model = DFGAN(
            generator_width=generator["to_rgb.1.weight"].shape[1],
            **_sizes(arrays),
        )
        both = published.load_discriminator(
            model.discriminator, group(arrays, "param")
        )
        entries = {
            "netG": published.load_generator(model.generator, generator),
            **{name: _entries_of(name, both) for name in ("netD", "netC")},
        }
        return cls._run(arrays, model, entries)

    @classmethod
    def _run(cls, arrays, model, entries):
        recorders = {"netG": _Recorder(1e-4), "netD": _Recorder(4e-4)}
        model.compile(
            generator_optimizer=recorders["netG"],
            discriminator_optimizer=recorders["netD"],
        )
        losses, after = [], []
        for index in range(2):
            inputs = group(arrays, f"in/it{index}")
            sentence = tf.constant(inputs["sent"])
            condition = {
                "words": None,
                "sentence": sentence,
                "noise": tf.constant(inputs["noise"]),
            }
            batch = {"images": (tf.constant(nhwc(inputs["imgs"])),)}
            losses.append(
                model.update_networks(batch, condition, Replica(1, 0))
            )
            after.append(
                {net: published_values(part) for net, part in entries.items()}
            )
        steps = {net: recorder.steps for net, recorder in recorders.items()}
        return cls(arrays, losses, after, steps, entries)

    def assert_losses(self, names):
        """Compares the losses; `names` leads from theirs to ours."""
        for index, tolerance in enumerate((1e-3, 1e-2)):
            for theirs, ours in names.items():
                expected = self.arrays[f"out/it{index}/{theirs}"]
                np.testing.assert_allclose(
                    self.losses[index][ours],
                    expected,
                    rtol=tolerance,
                    err_msg=f"{index} {theirs}",
                )

    def assert_gradient_norms(self, names):
        """Compares sum and L2 norm of the first iteration's gradients."""
        for name in names:
            expected = group(self.arrays, f"gradnorm/it0/{name}")
            found = self._gradients(name)
            largest = max(float(norm) for _, norm in expected.values())
            zeros = self._zeros(name)
            assert expected
            for key, (total, norm) in expected.items():
                gradient = found[key].astype("float64")
                # A sum cancels: it is measured by what it is a sum of.
                limit = 5e-4 * float(norm) + 1e-5 * largest
                length = np.sqrt(gradient.size)
                if key in zeros:
                    limit = 1e-4 * largest
                assert abs(np.linalg.norm(gradient) - norm) <= limit, key
                assert abs(gradient.sum() - total) <= limit * length, key

    def _gradients(self, name):
        """Gradients of the first iteration under published names."""
        place = {"hinge": ("netD", 0), "magp": ("netD", 1)}
        net, index = place.get(name, (name, 0))
        recorder = "netG" if net == "netG" else "netD"
        by_path = self.steps[recorder][index][0]
        found = {}
        for entry in self.entries[net]:
            if entry.variable.trainable:
                found.update(entry.to_published(by_path[entry.variable.path]))
        return found

    def _zeros(self, name):
        listed = {
            "netG": "info/zero_grad_netG",
            "magp": "info/magp_zero_grad_netD",
        }
        return published.zero_gradients(self.arrays, listed.get(name, ""))

    def assert_after_hinge(self):
        """Compares the discriminator between its two steps."""
        values = self.steps["netD"][0][1]
        found = {}
        for entry in self.entries["netD"]:
            found.update(entry.to_published(values[entry.variable.path]))
        expected = group(self.arrays, "check_after_hinge/it0/netD")
        self._assert_sums("netD", found, expected, 2e-2)

    def assert_weights(self, steps):
        """Compares all tensors after the first iteration.

        Args:
            steps: dict of network to its optimizer's steps in an iteration.
        """
        for net, count in steps.items():
            expected = group(self.arrays, f"post/it0/{net}")
            rate = _RATES[net]
            zeros = self._zeros("netG") if net == "netG" else set()
            near, total = 0, 0
            for name, value in self.after[0][net].items():
                if name in zeros:
                    continue
                error = np.abs(value - expected[name])
                if "running_" in name:
                    limit = 1e-5 * np.abs(expected[name]).max() + 1e-7
                    assert error.max() <= limit, name
                    continue
                assert error.max() <= 2.5 * rate * count, name
                near += np.sum(error <= 0.02 * rate)
                total += error.size
            assert near >= 0.999 * total, (net, near, total)

    def assert_sums(self, nets):
        """Compares how far all tensors of the networks moved."""
        for net in nets:
            first = group(self.arrays, f"check/it0/{net}")
            self._assert_sums(net, self.after[0][net], first, 2e-2)
            if net != "netG":
                second = group(self.arrays, f"check/it1/{net}")
                self._assert_sums(net, self.after[1][net], second, 1e-1)

    def _assert_sums(self, net, found, expected, tolerance):
        start = group(self.arrays, f"param/{net}")
        zeros = self._zeros("netG") if net == "netG" else set()
        compared = 0
        for name, value in found.items():
            if name in zeros or "running_" in name:
                continue
            change = np.linalg.norm(value.astype("float64") - start[name])
            limit = tolerance * _RATES[net] * np.sqrt(value.size)
            moved = float(expected[name][3])
            assert abs(change - moved) <= limit, (name, change, moved)
            compared += 1
        assert compared


def _sizes(arrays):
    """The arguments that both models take, read off a fixture."""
    images, noise, sentence = (
        arrays[f"in/it0/{name}"] for name in ("imgs", "noise", "sent")
    )
    return {
        "damsm": small_models.damsm(embedding_dim=sentence.shape[1]),
        "image_size": images.shape[-1],
        "noise_dim": noise.shape[1],
        "discriminator_width": len(arrays["param/netD/conv_img.weight"]),
    }


def _entries_of(network, entries):
    """The entries of one of several networks, without its name."""
    prefix = f"{network}."
    return [
        dataclasses.replace(
            entry, keys=tuple(key.removeprefix(prefix) for key in entry.keys)
        )
        for entry in entries
        if entry.keys[0].startswith(prefix)
    ]
