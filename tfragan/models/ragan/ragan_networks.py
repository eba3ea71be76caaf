"""The networks of RAGAN, as its setting needs them."""

from tfragan.models.ragan.label_encoder import LabelEncoder
from tfragan.models.ragan.ragan_discriminator import RAGANDiscriminator
from tfragan.models.ragan.ragan_generator import RAGANGenerator
from tfragan.models.ragan.reference_encoder import ReferenceEncoder

DOMAINS = 2


class RAGANNetworks:
    """The part of `RAGAN` that makes its networks.

    Attributes:
        generator: the `RAGANGenerator`.
        encoder: the `ReferenceEncoder`, or None.
        label_encoder: the `LabelEncoder`, or None.
        discriminators: list of `RAGANDiscriminator`, one a size.
        second_discriminators: those of domain A, where images go both ways;
            `discriminators` are those of domain B then.
    """

    def make_networks(self):
        """Makes the networks that the arguments describe."""
        setting = self.setting
        if self.damsm is not None:
            self.damsm.trainable = False
        self.label_encoder = None
        if setting.source == "label":
            self.label_encoder = LabelEncoder(
                self.labels, self.embedding_dim, name="label_encoder"
            )
        self.generator = RAGANGenerator(
            self.embedding_dim,
            self._appended_code_dim(),
            self.input_channels,
            width=self.generator_width,
            residual_blocks=self.residual_blocks,
            mask_order=self.mask_order,
            name="generator",
            **self._options(),
        )
        self.encoder = None
        if setting.has_encoder:
            local = setting.source == "image"
            self.encoder = ReferenceEncoder(
                self.embedding_dim if local else self.code_dim,
                local,
                DOMAINS if setting.both_ways else 0,
                self.encoder_width,
                self.encoder_blocks,
                name="encoder",
                **self._options(),
            )
        self.discriminators = self._discriminators("discriminator")
        self.second_discriminators = (
            self._discriminators("second_discriminator")
            if setting.both_ways
            else []
        )

    def _options(self):
        return {
            "normalization": self.normalization,
            "scale_start": self.scale_start,
            "dtype": self.dtype_policy,
        }

    def _appended_code_dim(self):
        dims = {"": 0, "background": self.code_dim, "domain": DOMAINS}
        return dims[self.setting.code]

    def _discriminators(self, name):
        return [
            RAGANDiscriminator(
                size,
                self.discriminator_width,
                2 if size == self.image_size else 1,
                self.embedding_dim if self.setting.conditional else 0,
                name=f"{name}_{size}",
                **self._options(),
            )
            for size in self.image_sizes
        ]

    def build(self, input_shape=None):
        for network in self._trained_networks():
            network.build()
        if self.label_encoder is not None:
            self.label_encoder.build()
        self.built = True

    def _trained_networks(self):
        encoder = [] if self.encoder is None else [self.encoder]
        return [
            self.generator,
            *encoder,
            *self.discriminators,
            *self.second_discriminators,
        ]

    def discriminator_variables(self):
        """What the discriminators' optimizer moves."""
        return [
            variable
            for network in (*self.discriminators, *self.second_discriminators)
            for variable in network.trainable_variables
        ]

    def encoder_variables(self):
        """What the image encoder's optimizer moves: nothing without one."""
        if self.encoder is None:
            return []
        return list(self.encoder.trainable_variables)

    def code_shape(self):
        """Shape of the codes of one image, or None without an encoder."""
        if self.encoder is None:
            return None
        if not self.encoder.local:
            return (self.encoder.code_dim,)
        positions = self.encoder.positions(self.image_size)
        return (positions, self.encoder.code_dim)

    def preset_parts(self):
        """The networks, whose weights a preset keeps, generator first."""
        parts = {network.name: network for network in self._trained_networks()}
        if self.label_encoder is not None:
            parts["label_encoder"] = self.label_encoder
        if self.damsm is not None:
            parts["text_encoder"] = self.damsm.text_encoder
            parts["image_encoder"] = self.damsm.image_encoder
        return parts
