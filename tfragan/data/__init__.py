"""Images with captions, labels or pairs: sources, and batches of them."""

from tfragan.data.avatars import AvatarEdit
from tfragan.data.avatars import avatar_attributes
from tfragan.data.avatars import avatar_edits
from tfragan.data.avatars import avatars
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.captioned_images import inspect_items
from tfragan.data.captioned_images import with_known_words
from tfragan.data.emoji import emoji
from tfragan.data.framing import Framing
from tfragan.data.image_folder import image_folder
from tfragan.data.image_split import EncodedImage
from tfragan.data.labelled_images import LabelledImage
from tfragan.data.labelled_images import LabelledImages
from tfragan.data.labelled_images import LabelNames
from tfragan.data.labelled_images import labelled_images
from tfragan.data.open_dataset import open_dataset
from tfragan.data.paired_images import PairedImage
from tfragan.data.paired_images import PairedImages
from tfragan.data.paired_images import paired_images
from tfragan.data.prepare_images import prepare
from tfragan.data.prepare_images import prepare_unpaired
from tfragan.data.prepare_images import progress_bar
from tfragan.data.published_layouts import coco
from tfragan.data.published_layouts import cub
from tfragan.data.published_layouts import oxford_flowers
from tfragan.data.records import prepared_vocabulary
from tfragan.data.records import records
from tfragan.data.unpaired_images import ImageDomain
from tfragan.data.unpaired_images import UnpairedImages
from tfragan.data.unpaired_images import image_domain
from tfragan.data.unpaired_images import unpaired_images
from tfragan.data.unpaired_images import unpaired_splits

__all__ = [
    "AvatarEdit",
    "CaptionedImage",
    "CaptionedImages",
    "EncodedImage",
    "Framing",
    "ImageDomain",
    "LabelNames",
    "LabelledImage",
    "LabelledImages",
    "PairedImage",
    "PairedImages",
    "UnpairedImages",
    "avatar_attributes",
    "avatar_edits",
    "avatars",
    "coco",
    "cub",
    "emoji",
    "image_domain",
    "image_folder",
    "inspect_items",
    "labelled_images",
    "open_dataset",
    "oxford_flowers",
    "paired_images",
    "prepare",
    "prepare_unpaired",
    "prepared_vocabulary",
    "progress_bar",
    "records",
    "unpaired_images",
    "unpaired_splits",
    "with_known_words",
]
