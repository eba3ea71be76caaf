"""The data that RAGAN is trained on, by what guides it."""

from tfragan import data as datasets
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.models.ragan.ragan_guidance import find_setting

# What config.data.kind may be for the source of a setting, the usual first.
_UNSUPERVISED = {
    "text": ("captions",),
    "label": ("labels",),
    "image": ("unpaired",),
}
_SUPERVISED = {
    "text": ("captions", "pairs"),
    "label": ("labels", "pairs"),
    "image": ("pairs", "captions", "labels"),
}
_KINDS = ("auto", "captions", "labels", "pairs", "unpaired")
# Values of config.data.layout that say something about a kind.
_LAYOUTS = {"unpaired": ("auto", "unpaired")}


def setting_of(config):
    """The `Setting` of a config."""
    return find_setting(config.network.supervised, config.network.guidance)


def kind_of(config):
    """What data is: `"captions"`, `"labels"`, `"pairs"` or `"unpaired"`.

    A `UsageError` for data that does not give the guidance.
    """
    setting = setting_of(config)
    kind = config.data.kind
    if kind not in _KINDS:
        raise UsageError(
            f"config.data.kind={kind}: there is no such kind of data."
            f"{did_you_mean(kind, _KINDS)} The kinds are: {', '.join(_KINDS)}."
        )
    kinds = (_SUPERVISED if setting.supervised else _UNSUPERVISED)[
        setting.source
    ]
    if kind == "auto":
        return kinds[0]
    if kind not in kinds:
        name = "supervised" if setting.supervised else "unsupervised"
        raise UsageError(
            f"config.data.kind={kind}: a RAGAN that is {name} and guided by "
            f"{config.network.guidance} learns from {' or '.join(kinds)}."
        )
    return kind


def open_ragan_data(config, split):
    """Opens a split of a config's data set, of the class that its kind has."""
    data, kind = config.data, kind_of(config)
    layouts = _LAYOUTS.get(kind, ("auto",))
    if kind == "captions":
        return datasets.open_dataset(
            data.source, split, data.layout, data.on_bad_item, images="decode"
        )
    if data.layout not in layouts:
        raise UsageError(
            f"config.data.layout={data.layout}: data of {kind} has its own "
            "layout, auto."
        )
    if kind == "labels":
        return datasets.labelled_images(
            data.source, split, data.on_bad_item, images="decode"
        )
    if kind == "unpaired":
        return datasets.unpaired_images(
            data.source, split, data.on_bad_item, images="decode"
        )
    pairs = datasets.paired_images(
        data.source, split, data.direction, data.on_bad_item, images="decode"
    )
    _check_pairs(config, pairs)
    return pairs


def _check_pairs(config, pairs):
    source = setting_of(config).source
    missing = {
        "text": not pairs.has_captions,
        "label": pairs.labels is None,
    }
    if missing.get(source):
        raise UsageError(
            f"config.network.guidance={config.network.guidance}: the pairs of "
            f"{pairs.name!r} have no {'captions' * (source == 'text')}"
            f"{'labels' * (source == 'label')}."
        )


def batch_options_of(config, model, data):
    """Keyword arguments of `data.batches`, beside the batch size."""
    settings, kind = config.data, kind_of(config)
    if kind == "unpaired":
        return {
            "image_size": model.image_size,
            "enlarge": settings.enlarge,
            "flip": settings.flip,
            "seed": config.seed,
        }
    options = {
        "image_sizes": model.image_sizes,
        "crop": settings.crop,
        "flip": settings.flip and data.mirrored_fits,
        "seed": config.seed,
        "framing": "ragan",
    }
    if setting_of(config).source == "text":
        options["tokenizer"] = model.tokenizer
        options["max_words"] = settings.max_words or None
        # Older runs have no such key.
        options["near_misses"] = settings.get("near_misses", 0)
    return options
