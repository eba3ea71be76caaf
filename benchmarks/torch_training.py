"""Training steps of the published code, in PyTorch.

They compute what the published steps do: also what those throw away, such as
the discriminators' weight gradients in the generator's update.
"""

import torch
from torch import nn
from torch.nn import functional

from benchmarks import torch_models as models

_HINGE = nn.ReLU()


def _adam(modules, rate, betas, decay=0.0):
    weights = [w for module in modules for w in module.parameters()]
    return torch.optim.Adam(weights, rate, betas, weight_decay=decay)


def _move(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def noise_images(batch_size, size):
    """Images (batch, 3, size, size) in [-1, 1]."""
    return torch.rand(batch_size, 3, size, size) * 2 - 1


def _entropy(scores, target):
    return functional.binary_cross_entropy(
        scores, torch.full_like(scores, target)
    )


def _square(scores, target):
    return functional.mse_loss(scores, torch.full_like(scores, target))


class Subject:
    """A model with its generator; `prepare` makes what only training needs."""

    def prepare(self):
        """Makes discriminators, optimizers and a batch."""
        raise NotImplementedError

    def step(self):
        """A training step; returns the generator's loss, a float."""
        raise NotImplementedError

    def images(self, *inputs):
        """The largest images of a batch."""
        return self.generator(*inputs)

    def generator_inputs(self):
        """Tuple of tensors for `images`."""
        raise NotImplementedError


class Captioned(Subject):
    """What models of captions share: numbers of words, noise, embeddings."""

    def __init__(self, batch_size, generator):
        self.batch_size = batch_size
        self.generator = generator
        self.text_encoder = models.TextEncoder().eval().requires_grad_(False)
        self.numbers = 1 + torch.arange(18).repeat(batch_size, 1)

    def encode(self):
        words, sentence = self.text_encoder(self.numbers)
        return sentence, words, torch.randn(self.batch_size, 100)

    def generator_inputs(self):
        return self.encode()


class AttnGAN(Captioned):
    def __init__(
        self, batch_size, stages, generator_width, discriminator_width=64
    ):
        super().__init__(
            batch_size, models.AttnGANGenerator(stages, generator_width)
        )
        self.stages, self.discriminator_width = stages, discriminator_width

    def prepare(self):
        self.discriminators = [
            models.AttnGANDiscriminator(k, self.discriminator_width)
            for k in range(self.stages)
        ]
        self.average = [w.clone() for w in self._weights()]
        betas = (0.5, 0.999)
        self.generator_adam = _adam([self.generator], 2e-4, betas)
        self.adams = [_adam([d], 2e-4, betas) for d in self.discriminators]
        self.real = [
            noise_images(self.batch_size, 64 << k) for k in range(self.stages)
        ]

    def _weights(self):
        return [w.detach() for w in self.generator.parameters()]

    def images(self, *inputs):
        return self.generator(*inputs)[0][-1]

    def step(self):
        sentence, words, noise = self.encode()
        fakes, mean, log_variance = self.generator(sentence, words, noise)
        for judge, adam, real, fake in zip(
            self.discriminators, self.adams, self.real, fakes, strict=True
        ):
            on_real, on_fake = judge.trunk(real), judge.trunk(fake.detach())
            right = _entropy(judge(on_real, sentence), 1.0)
            wrong = _entropy(judge(on_fake, sentence), 0.0)
            wrong += _entropy(judge(on_real[:-1], sentence[1:]), 0.0)
            right += _entropy(judge(on_real), 1.0)
            wrong += _entropy(judge(on_fake), 0.0)
            _move(adam, right / 2 + wrong / 3)
        variance = log_variance.exp()
        loss = -0.5 * (1 + log_variance - mean.square() - variance).mean()
        for judge, fake in zip(self.discriminators, fakes, strict=True):
            features = judge.trunk(fake)
            loss += _entropy(judge(features), 1.0)
            loss += _entropy(judge(features, sentence), 1.0)
        _move(self.generator_adam, loss)
        for average, weight in zip(self.average, self._weights(), strict=True):
            average.mul_(0.999).add_(weight, alpha=0.001)
        return loss.item()


class OneStage(Captioned):
    """SSA-GAN and DF-GAN of 2022, which differ in how they penalize."""

    def __init__(self, batch_size, image_size, generator, width, widest):
        if image_size != 256:
            raise ValueError(
                f"image_size: expected 256. Received: {image_size}"
            )
        super().__init__(batch_size, generator)
        self.width, self.widest = width, widest

    def prepare(self):
        self.judge = models.OneWayDiscriminator(self.width, self.widest)
        self.generator_adam = _adam([self.generator], 1e-4, (0.0, 0.9))
        self.adam = _adam([self.judge], 4e-4, (0.0, 0.9))
        self.real = noise_images(self.batch_size, 256)

    def penalty(self, real, sentence, scores):
        gradients = torch.autograd.grad(
            scores.sum(), (real, sentence), create_graph=True
        )
        both = torch.cat([g.flatten(1) for g in gradients], 1)
        return 2 * both.square().sum(1).sqrt().pow(6).mean()

    def update_generator(self, fake, sentence):
        loss = -self.judge(self.judge.trunk(fake), sentence).mean()
        _move(self.generator_adam, loss)
        return loss.item()


class SSAGAN(OneStage):
    def __init__(self, batch_size, image_size):
        generator = models.SSAGANGenerator()
        super().__init__(batch_size, image_size, generator, 64, 16)

    def step(self):
        sentence, words, noise = self.encode()
        judge, real = self.judge, self.real
        features = judge.trunk(real)
        loss = _HINGE(1 - judge(features, sentence)).mean()
        wrong = _HINGE(1 + judge(features[:-1], sentence[1:])).mean()
        fake = self.generator(sentence, words, noise)
        on_fake = judge(judge.trunk(fake.detach()), sentence)
        loss += (_HINGE(1 + on_fake).mean() + wrong) / 2
        _move(self.adam, loss)
        real = real.clone().requires_grad_()
        matching = sentence.clone().requires_grad_()
        scores = judge(judge.trunk(real), matching)
        _move(self.adam, self.penalty(real, matching, scores))
        return self.update_generator(fake, sentence)


class DFGAN(OneStage):
    def __init__(self, batch_size, image_size):
        generator = models.DFGANGenerator()
        super().__init__(batch_size, image_size, generator, 32, 8)

    def step(self):
        sentence, words, noise = self.encode()
        judge = self.judge
        real = self.real.clone().requires_grad_()
        matching = sentence.clone().requires_grad_()
        features = judge.trunk(real)
        scores = judge(features, matching)
        wrong = _HINGE(1 + judge(features.roll(-1, 0), matching)).mean()
        fake = self.generator(sentence, words, noise)
        on_fake = judge(judge.trunk(fake.detach()), sentence)
        loss = _HINGE(1 - scores).mean()
        loss += (_HINGE(1 + on_fake).mean() + wrong) / 2
        _move(self.adam, loss + self.penalty(real, matching, scores))
        return self.update_generator(fake, sentence)


class UGATIT(Subject):
    def __init__(self, batch_size, image_size, light):
        if not light:
            raise ValueError(f"light: expected True. Received: {light}")
        self.shape = batch_size, image_size
        self.generator = models.UGATITGenerator()

    def prepare(self):
        self.generators = [self.generator, models.UGATITGenerator()]
        # Of each domain, a global and a local one.
        self.judges = [
            [models.UGATITDiscriminator(depth) for depth in (7, 5)]
            for _ in range(2)
        ]
        betas = (0.5, 0.999)
        self.generator_adam = _adam(self.generators, 1e-4, betas, 1e-4)
        self.adam = _adam(sum(self.judges, []), 1e-4, betas, 1e-4)
        self.real = [noise_images(*self.shape) for _ in range(2)]

    def images(self, photos):
        return self.generator(photos)[0]

    def generator_inputs(self):
        return (noise_images(*self.shape),)

    def _translate(self):
        """Of each domain, what is translated into it from the other one."""
        return [self.generators[k](self.real[1 - k]) for k in range(2)]

    def step(self):
        loss = 0.0
        for judges, real, (fake, _) in zip(
            self.judges, self.real, self._translate(), strict=True
        ):
            for judge in judges:
                for images, target in ((real, 1.0), (fake, 0.0)):
                    loss += sum(_square(out, target) for out in judge(images))
        _move(self.adam, loss)
        loss = 0.0
        fakes = self._translate()
        for k, (fake, logits) in enumerate(fakes):
            real, back = self.real[k], self.generators[k]
            cycled, _ = back(fakes[1 - k][0])
            same, same_logits = back(real)
            for judge in self.judges[k]:
                loss += sum(_square(out, 1.0) for out in judge(fake))
            loss += 10 * functional.l1_loss(cycled, real)
            loss += 10 * functional.l1_loss(same, real)
            loss += 1000 * _entropy(logits.sigmoid(), 1.0)
            loss += 1000 * _entropy(same_logits.sigmoid(), 0.0)
        _move(self.generator_adam, loss)
        with torch.no_grad():
            for generator in self.generators:
                for name, weight in generator.named_parameters():
                    if name.endswith("rho"):
                        weight.clamp_(0, 1)
        return loss.item()


class RAGAN(Captioned):
    """Editing as a sentence says."""

    def __init__(self, batch_size, image_size):
        super().__init__(batch_size, models.RAGANGenerator())
        self.image_size = image_size

    def prepare(self):
        self.real = [
            noise_images(self.batch_size, self.image_size >> k)
            for k in (2, 1, 0)
        ]
        part = models.RAGANDiscriminator
        self.judges = [[part()], [part()], [part(), part(32)]]
        betas = (0.5, 0.999)
        self.generator_adam = _adam([self.generator], 2e-4, betas)
        self.adams = [_adam(judges, 2e-4, betas) for judges in self.judges]

    def images(self, *inputs):
        return self.generator(*inputs)[-1]

    def generator_inputs(self):
        sentence, words, _ = self.encode()
        return noise_images(self.batch_size, self.image_size), sentence, words

    def _judged(self, judges, images):
        """Each part with its features of the images."""
        for judge in judges:
            yield judge, judge.trunk(images)
            images = functional.avg_pool2d(
                images, 3, 2, 1, count_include_pad=False
            )

    def step(self):
        sentence, words, _ = self.encode()
        other, other_words = sentence.roll(-1, 0), words.roll(-1, 0)
        photo = self.real[-1]
        fakes = self.generator(photo, other, other_words)
        back = self.generator(fakes[-1], sentence, words)
        same = self.generator(photo, sentence, words)
        for judges, adam, real, fake in zip(
            self.judges, self.adams, self.real, fakes, strict=True
        ):
            loss = 0.0
            for judge, features in self._judged(judges, fake.detach()):
                loss += _square(judge(features), 0.0) / 2
                loss += _entropy(judge(features, other), 0.0) / 3
            for judge, features in self._judged(judges, real):
                loss += _square(judge(features), 1.0) / 2
                loss += _entropy(judge(features, other), 0.0) / 3
                loss += _entropy(judge(features, sentence), 1.0) / 3
            _move(adam, loss)
        loss = 10 * functional.l1_loss(same[-1], photo)
        for judges, real, fake, image, weight in zip(
            self.judges, self.real, fakes, back, (0.33, 0.67, 1.0), strict=True
        ):
            for judge, features in self._judged(judges, fake):
                loss += _square(judge(features), 1.0)
                loss += _entropy(judge(features, other), 1.0)
            loss += 10 * weight * functional.l1_loss(image, real)
        _move(self.generator_adam, loss)
        return loss.item()


_SUBJECTS = {
    "attngan": AttnGAN,
    "ssagan": SSAGAN,
    "dfgan": DFGAN,
    "ugatit": UGATIT,
    "ragan": RAGAN,
}


def subject_of(subject, batch_size, **options):
    """The `Subject` of a name, for batches of a size."""
    return _SUBJECTS[subject](batch_size, **options)


def training_run(subject, batch_size, **options):
    """A function that takes a training step.

    Args:
        subject: name of the model.
        batch_size: samples of a step.
        **options: its sizes.
    """
    model = subject_of(subject, batch_size, **options)
    model.prepare()
    return model.step


def generator_run(subject, batch_size, **options):
    """A function that computes a batch of images, in inference mode.

    Args:
        subject: name of the model.
        batch_size: images of a call.
        **options: its sizes.
    """
    model = subject_of(subject, batch_size, **options)
    model.generator.eval()
    with torch.no_grad():
        inputs = model.generator_inputs()

    @torch.no_grad()
    def run():
        return model.images(*inputs).numpy()

    return run
