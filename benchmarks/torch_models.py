"""The published networks written again in PyTorch, to be measured against.

Layers, sizes and order of computation are those of the published code, at the
sizes of `benchmarks.cases`; weights are random. Inputs are (batch, channels,
height, width), as it has them.
"""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

_VOCABULARY = 5450
_WORDS = 18
_NOISE = 100


def convolution(inputs, outputs, kernel=3, stride=1, padding=1, bias=False):
    """A convolution with zeros beyond the border."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)


def reflecting(inputs, outputs, kernel=3, stride=1, padding=1, bias=False):
    """A convolution with a reflected border, a list of two layers."""
    return [
        nn.ReflectionPad2d(padding),
        nn.Conv2d(inputs, outputs, kernel, stride, bias=bias),
    ]


def doubling():
    """Doubling by nearest neighbor."""
    return nn.Upsample(scale_factor=2)


def tiled(vector, features):
    """A vector (batch, width) at each position of the features, after them."""
    shape = (*vector.shape, *features.shape[2:])
    return torch.cat([features, vector[:, :, None, None].expand(shape)], 1)


class TextEncoder(nn.Module):
    """Words (batch, width, words) and sentence (batch, width) of numbers."""

    def __init__(self, width=256):
        super().__init__()
        self.table = nn.Embedding(_VOCABULARY, 300)
        self.lstm = nn.LSTM(
            300, width // 2, batch_first=True, bidirectional=True
        )

    def forward(self, numbers):
        words, (states, _) = self.lstm(self.table(numbers))
        return words.transpose(1, 2), states.transpose(0, 1).flatten(1)


class WordAttention(nn.Module):
    """Context (batch, channels, height, width) of words at each position."""

    def __init__(self, channels, width):
        super().__init__()
        self.project = nn.Conv1d(width, channels, 1, bias=False)

    def forward(self, features, words):
        source = self.project(words)
        scores = torch.bmm(features.flatten(2).transpose(1, 2), source)
        weights = scores.softmax(2).transpose(1, 2)
        return torch.bmm(source, weights).view_as(features)


# AttnGAN


class Gate(nn.Module):
    def forward(self, inputs):
        return functional.glu(inputs, 1)


def gated_doubling(inputs, outputs):
    return nn.Sequential(
        doubling(),
        convolution(inputs, 2 * outputs),
        nn.BatchNorm2d(2 * outputs),
        Gate(),
    )


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, inputs):
        return inputs + self.body(inputs)


def gated_residual(width):
    return Residual(
        convolution(width, 2 * width),
        nn.BatchNorm2d(2 * width),
        Gate(),
        convolution(width, width),
        nn.BatchNorm2d(width),
    )


class AttnGANGenerator(nn.Module):
    def __init__(self, stages, width=32, embedding=256):
        super().__init__()
        first = 16 * width
        self.condition = nn.Linear(embedding, 4 * _NOISE)
        self.start = nn.Sequential(
            nn.Linear(2 * _NOISE, 32 * first, bias=False),
            nn.BatchNorm1d(32 * first),
            Gate(),
            nn.Unflatten(1, (first, 4, 4)),
            *(gated_doubling(first >> k, first >> k + 1) for k in range(4)),
        )
        later = range(stages - 1)
        self.attention = nn.ModuleList(
            WordAttention(width, embedding) for _ in later
        )
        self.refine = nn.ModuleList(
            nn.Sequential(
                gated_residual(2 * width),
                gated_residual(2 * width),
                gated_doubling(2 * width, width),
            )
            for _ in later
        )
        self.heads = nn.ModuleList(
            nn.Sequential(convolution(width, 3), nn.Tanh())
            for _ in range(stages)
        )

    def forward(self, sentence, words, noise):
        mean, log_variance = Gate()(self.condition(sentence)).chunk(2, 1)
        spread = (0.5 * log_variance).exp()
        condition = mean + torch.randn_like(spread) * spread
        features = self.start(torch.cat([condition, noise], 1))
        images = [self.heads[0](features)]
        for attend, refine, head in zip(
            self.attention, self.refine, self.heads[1:], strict=True
        ):
            context = attend(features, words)
            features = refine(torch.cat([features, context], 1))
            images.append(head(features))
        return images, mean, log_variance


def _leaky_block(inputs, outputs, *shape):
    return [
        convolution(inputs, outputs, *shape),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.2),
    ]


class AttnGANDiscriminator(nn.Module):
    """Probabilities with and without the sentence, of one size of images."""

    def __init__(self, stage, width=64, embedding=256):
        super().__init__()
        top = 8 * width
        layers = [convolution(3, width, 4, 2), nn.LeakyReLU(0.2)]
        for k in range(3 + stage):
            layers += _leaky_block(width << k, width << k + 1, 4, 2)
        for k in range(stage, 0, -1):
            layers += _leaky_block(top << k, top << k - 1)
        self.trunk = nn.Sequential(*layers)
        self.joint = nn.Sequential(*_leaky_block(top + embedding, top))
        self.conditional = self._logit(top)
        self.unconditional = self._logit(top)

    @staticmethod
    def _logit(top):
        return nn.Sequential(convolution(top, 1, 4, 4, 0, True), nn.Sigmoid())

    def forward(self, features, sentence=None):
        if sentence is None:
            return self.unconditional(features)
        return self.conditional(self.joint(tiled(sentence, features)))


# SSA-GAN and DF-GAN of 2022


def _mlp(inputs, inner, outputs):
    return nn.Sequential(
        nn.Linear(inputs, inner), nn.ReLU(), nn.Linear(inner, outputs)
    )


class SemanticNorm(nn.Module):
    def __init__(self, channels, embedding):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = _mlp(embedding, embedding, channels)
        self.shift = _mlp(embedding, embedding, channels)

    def forward(self, features, sentence, mask):
        scale = self.scale(sentence)[:, :, None, None]
        shift = self.shift(sentence)[:, :, None, None]
        normal = self.norm(features)
        return (1 + mask * scale) * normal + mask * shift


def _mask_predictor(channels):
    return nn.Sequential(
        convolution(channels, 100, bias=True),
        nn.BatchNorm2d(100),
        nn.ReLU(),
        convolution(100, 1, 1, 1, 0, True),
    )


class SSABlock(nn.Module):
    def __init__(self, inputs, outputs, embedding, last):
        super().__init__()
        self.norms = nn.ModuleList(
            SemanticNorm(width, embedding) for width in (inputs, outputs)
        )
        self.first = convolution(inputs, outputs, bias=True)
        self.second = convolution(outputs, outputs, bias=True)
        self.shortcut = nn.Identity()
        if inputs != outputs:
            self.shortcut = convolution(inputs, outputs, 1, 1, 0, True)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.predict = None if last else _mask_predictor(outputs)

    def forward(self, features, sentence, mask):
        inner = self.norms[0](features, sentence, mask).relu()
        inner = self.norms[1](self.first(inner), sentence, mask).relu()
        outputs = self.shortcut(features) + self.gamma * self.second(inner)
        return outputs, self.predict and self.predict(outputs)


class SSAGANGenerator(nn.Module):
    def __init__(self, width=64, embedding=256):
        super().__init__()
        widths = [width * k for k in (8, 8, 8, 8, 8, 4, 2, 1)]
        self.start = nn.Linear(_NOISE, 16 * widths[0])
        self.predict = _mask_predictor(widths[0])
        self.blocks = nn.ModuleList(
            SSABlock(widths[k], widths[k + 1], embedding, k == 6)
            for k in range(7)
        )
        self.head = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2),
            convolution(width, 3, bias=True),
            nn.Tanh(),
        )

    def forward(self, sentence, words, noise):
        features = self.start(noise).view(len(noise), -1, 4, 4)
        logits = self.predict(features)
        for index, block in enumerate(self.blocks):
            if index:
                features = functional.interpolate(features, scale_factor=2)
                logits = functional.interpolate(
                    logits, scale_factor=2, mode="bilinear", align_corners=True
                )
            features, logits = block(features, sentence, logits.sigmoid())
        return self.head(features)


class Fuse(nn.Module):
    def __init__(self, channels, condition):
        super().__init__()
        self.vectors = nn.ModuleList(
            _mlp(condition, channels, channels) for _ in range(4)
        )

    def forward(self, features, condition):
        for scale, shift in (self.vectors[:2], self.vectors[2:]):
            features = (
                scale(condition)[:, :, None, None] * features
                + shift(condition)[:, :, None, None]
            )
            features = functional.leaky_relu(features, 0.2)
        return features


class DFBlock(nn.Module):
    def __init__(self, inputs, outputs, condition):
        super().__init__()
        self.fuses = nn.ModuleList(
            Fuse(width, condition) for width in (inputs, outputs)
        )
        self.first = convolution(inputs, outputs, bias=True)
        self.second = convolution(outputs, outputs, bias=True)
        self.shortcut = nn.Identity()
        if inputs != outputs:
            self.shortcut = convolution(inputs, outputs, 1, 1, 0, True)

    def forward(self, features, condition):
        features = functional.interpolate(features, scale_factor=2)
        inner = self.first(self.fuses[0](features, condition))
        inner = self.second(self.fuses[1](inner, condition))
        return self.shortcut(features) + inner


class DFGANGenerator(nn.Module):
    def __init__(self, width=32, embedding=256):
        super().__init__()
        widths = [width * k for k in (8, 8, 8, 8, 4, 2, 1)]
        self.start = nn.Linear(_NOISE, 16 * widths[0])
        self.blocks = nn.ModuleList(
            DFBlock(widths[k], widths[k + 1], _NOISE + embedding)
            for k in range(6)
        )
        self.head = nn.Sequential(
            nn.LeakyReLU(0.2), convolution(width, 3, bias=True), nn.Tanh()
        )

    def forward(self, sentence, words, noise):
        condition = torch.cat([noise, sentence], 1)
        features = self.start(noise).view(len(noise), -1, 4, 4)
        for block in self.blocks:
            features = block(features, condition)
        return self.head(features)


class DownBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(
            convolution(inputs, outputs, 4, 2),
            nn.LeakyReLU(0.2),
            convolution(outputs, outputs),
            nn.LeakyReLU(0.2),
        )
        self.shortcut = nn.Identity()
        if inputs != outputs:
            self.shortcut = convolution(inputs, outputs, 1, 1, 0, True)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, inputs):
        shortcut = functional.avg_pool2d(self.shortcut(inputs), 2)
        return shortcut + self.gamma * self.body(inputs)


class OneWayDiscriminator(nn.Module):
    """Scores of features with a sentence; `widest` times the first width."""

    def __init__(self, width, widest, embedding=256):
        super().__init__()
        widths = [width * min(1 << k, widest) for k in range(7)]
        self.trunk = nn.Sequential(
            convolution(3, width, bias=True),
            *(DownBlock(widths[k], widths[k + 1]) for k in range(6)),
        )
        self.head = nn.Sequential(
            convolution(widths[-1] + embedding, 2 * width),
            nn.LeakyReLU(0.2),
            convolution(2 * width, 1, 4, 1, 0),
        )

    def forward(self, features, sentence):
        return self.head(tiled(sentence, features))


# U-GAT-IT


class LayerInstanceNorm(nn.Module):
    """AdaLIN; ILN, which has vectors of its own, without a condition."""

    def __init__(self, channels, rho, own):
        super().__init__()
        self.rho = nn.Parameter(torch.full((1, channels, 1, 1), rho))
        if own:
            self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
            self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, inputs, gamma=None, beta=None):
        gamma, beta = (
            (self.gamma, self.beta)
            if gamma is None
            else (gamma[:, :, None, None], beta[:, :, None, None])
        )
        instance, layer = (
            (inputs - inputs.mean(axes, keepdim=True))
            / (inputs.var(axes, keepdim=True) + 1e-5).sqrt()
            for axes in ((2, 3), (1, 2, 3))
        )
        return gamma * (self.rho * instance + (1 - self.rho) * layer) + beta


class ClassActivationMap(nn.Module):
    def __init__(self, channels, spectral, activation):
        super().__init__()
        wrap = spectral_norm if spectral else nn.Identity()
        self.average = wrap(nn.Linear(channels, 1, bias=False))
        self.largest = wrap(nn.Linear(channels, 1, bias=False))
        self.fuse = convolution(2 * channels, channels, 1, 1, 0, True)
        self.activation = activation

    def forward(self, inputs):
        logits = torch.cat(
            [
                self.average(inputs.mean((2, 3))),
                self.largest(inputs.amax((2, 3))),
            ],
            1,
        )
        weighted = [
            inputs * next(layer.parameters())[:, :, None, None]
            for layer in (self.average, self.largest)
        ]
        return self.activation(self.fuse(torch.cat(weighted, 1))), logits


class AdaptiveResidual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Sequential(*reflecting(width, width)) for _ in range(2)
        )
        self.norms = nn.ModuleList(
            LayerInstanceNorm(width, 0.9, False) for _ in range(2)
        )

    def forward(self, inputs, gamma, beta):
        inner = self.norms[0](self.convolutions[0](inputs), gamma, beta).relu()
        return inputs + self.norms[1](self.convolutions[1](inner), gamma, beta)


class UGATITGenerator(nn.Module):
    """The light one, with the logits of its class activation map."""

    def __init__(self, width=64):
        super().__init__()
        top = 4 * width
        layers = []
        for inputs, outputs, *shape in (
            (3, width, 7, 1, 3),
            (width, 2 * width, 3, 2, 1),
            (2 * width, top, 3, 2, 1),
        ):
            layers += reflecting(inputs, outputs, *shape)
            layers += [nn.InstanceNorm2d(outputs), nn.ReLU()]
        for _ in range(4):
            layers.append(
                Residual(
                    *reflecting(top, top),
                    nn.InstanceNorm2d(top),
                    nn.ReLU(),
                    *reflecting(top, top),
                    nn.InstanceNorm2d(top),
                )
            )
        self.encode = nn.Sequential(*layers)
        self.attend = ClassActivationMap(top, False, nn.ReLU())
        self.vectors = nn.Sequential(
            nn.Linear(top, top, bias=False),
            nn.ReLU(),
            nn.Linear(top, top, bias=False),
            nn.ReLU(),
        )
        self.gamma = nn.Linear(top, top, bias=False)
        self.beta = nn.Linear(top, top, bias=False)
        self.blocks = nn.ModuleList(AdaptiveResidual(top) for _ in range(4))
        layers = []
        for k in (4, 2):
            layers += [doubling(), *reflecting(k * width, k * width // 2)]
            layers += [LayerInstanceNorm(k * width // 2, 0.0, True), nn.ReLU()]
        self.decode = nn.Sequential(
            *layers, *reflecting(width, 3, 7, 1, 3), nn.Tanh()
        )

    def forward(self, images):
        features, logits = self.attend(self.encode(images))
        vectors = self.vectors(features.mean((2, 3)))
        gamma, beta = self.gamma(vectors), self.beta(vectors)
        for block in self.blocks:
            features = block(features, gamma, beta)
        return self.decode(features), logits


class UGATITDiscriminator(nn.Module):
    def __init__(self, depth, width=64):
        super().__init__()
        widths = [3, *(width << k for k in range(depth - 1))]
        layers = []
        for k in range(depth - 1):
            pad, layer = reflecting(
                widths[k], widths[k + 1], 4, 1 if k == depth - 2 else 2, 1, True
            )
            layers += [pad, spectral_norm(layer), nn.LeakyReLU(0.2)]
        self.trunk = nn.Sequential(*layers)
        self.attend = ClassActivationMap(widths[-1], True, nn.LeakyReLU(0.2))
        pad, layer = reflecting(widths[-1], 1, 4)
        self.head = nn.Sequential(pad, spectral_norm(layer))

    def forward(self, images):
        features, logits = self.attend(self.trunk(images))
        return self.head(features), logits


# RAGAN, guided by text


class CentralBiasingNorm(nn.Module):
    def __init__(self, channels, condition):
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels)
        self.bias = nn.Linear(condition, channels)
        self.weight = nn.Parameter(torch.rand(channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, inputs, condition):
        bias = self.bias(condition).tanh()[:, :, None, None]
        return (self.norm(inputs) + bias) * self.weight + self.shift


class CentralResidual(nn.Module):
    def __init__(self, width, condition):
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Sequential(*reflecting(width, width)) for _ in range(2)
        )
        self.norms = nn.ModuleList(
            CentralBiasingNorm(width, condition) for _ in range(2)
        )

    def forward(self, inputs, condition, weights=1.0):
        inner = self.norms[0](self.convolutions[0](inputs), condition).relu()
        inner = self.norms[1](self.convolutions[1](inner), condition)
        return inputs + weights * inner


class RAGANStage(nn.Module):
    """Attention to the words, a gated residual block, doubling."""

    def __init__(self, width, condition):
        super().__init__()
        self.attend = WordAttention(width, condition)
        self.smooth = convolution(width, width)
        self.block = CentralResidual(width, condition)
        self.enlarge = nn.Sequential(
            doubling(),
            *reflecting(width, width // 2),
            nn.InstanceNorm2d(width // 2),
            nn.ReLU(),
        )

    def forward(self, features, sentence, words):
        weights = self.smooth(self.attend(features, words)).sigmoid()
        return self.enlarge(self.block(features, sentence, weights))


class RAGANGenerator(nn.Module):
    def __init__(self, width=32, embedding=256):
        super().__init__()
        shapes = ((3, 1, 7, 1, 3), (width, 2, 4, 2), (2 * width, 4, 4, 2))
        self.encode = nn.ModuleList(
            nn.Sequential(*reflecting(inputs, k * width, *shape))
            for inputs, k, *shape in shapes
        )
        self.norms = nn.ModuleList(
            CentralBiasingNorm(k * width, embedding) for k in (1, 2, 4)
        )
        self.blocks = nn.ModuleList(
            CentralResidual(4 * width, embedding) for _ in range(4)
        )
        self.stages = nn.ModuleList(
            RAGANStage(k * width, embedding) for k in (4, 2)
        )
        self.heads = nn.ModuleList(
            nn.Sequential(*reflecting(k * width, 3), nn.Tanh())
            for k in (4, 2, 1)
        )

    def forward(self, images, sentence, words):
        features = images
        for layer, norm in zip(self.encode, self.norms, strict=True):
            features = norm(layer(features), sentence).relu()
        for block in self.blocks:
            features = block(features, sentence)
        outputs = [self.heads[0](features)]
        for stage, head in zip(self.stages, self.heads[1:], strict=True):
            features = stage(features, sentence, words)
            outputs.append(head(features))
        return outputs


class RAGANDiscriminator(nn.Module):
    """One part; the head with a sentence gives probabilities."""

    def __init__(self, width=64, embedding=256):
        super().__init__()
        layers = [*reflecting(3, width, 4, 2), nn.LeakyReLU(0.2)]
        for k in range(3):
            layers += reflecting(width << k, width << k + 1, 4, 2)
            layers += [nn.InstanceNorm2d(width << k + 1), nn.LeakyReLU(0.2)]
        self.trunk = nn.Sequential(*layers)
        top = 8 * width
        self.unconditional = nn.Sequential(
            *reflecting(top, 1, 4, 1, 1, bias=True)
        )
        self.joint = nn.Sequential(*reflecting(top, embedding, 4))
        self.norm = CentralBiasingNorm(embedding, embedding)
        self.conditional = nn.Sequential(
            nn.LeakyReLU(0.2),
            *reflecting(embedding, 1, 4, 1, 1, bias=True),
            nn.Sigmoid(),
        )

    def forward(self, features, sentence=None):
        if sentence is None:
            return self.unconditional(features)
        return self.conditional(self.norm(self.joint(features), sentence))
