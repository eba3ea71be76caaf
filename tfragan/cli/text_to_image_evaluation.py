"""`tfragan evaluate` of a DAMSM, or of what makes images of sentences."""

import pathlib

import numpy as np

from tfragan import metrics
from tfragan import models
from tfragan.cli import experiment
from tfragan.cli import metric_files
from tfragan.models.preset import preset_class
from tfragan.visualization import to_pixels

_OTHER_FLAGS = ("real", "fake", "image_size", "features", "weights")


def evaluate(arguments, config, preset):
    """Measures a preset and appends the results to its files.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.
    """
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    experiment.point_to_data(config, arguments)
    dataset = experiment.open_split(config, arguments.split)
    if arguments.count:
        dataset = dataset.select(range(min(arguments.count, len(dataset))))
    if config.model == "damsm":
        model = models.DAMSM.from_preset(preset)
        side = config.data.image_size or model.image_encoder.input_size
        results = measure_damsm(model, config, dataset, arguments, side)
    else:
        model = preset_class(preset).from_preset(preset)
        results = measure_generated(model, config, dataset, arguments)
    output = pathlib.Path(arguments.output or arguments.workdir)
    about = {
        "step": int(model.global_step.numpy()),
        "data": dataset.name,
        "split": dataset.split,
        "images": len(dataset),
        "seed": arguments.seed,
        "preset": str(preset),
    }
    print(f"step {about['step']:,}, {len(dataset):,} images of {dataset.name}")
    for name, values in results.items():
        metric_files.append(output, name, {**values, **about})
        print(f"{name}: {metric_files.in_words(values)}")


def measure_damsm(model, config, dataset, arguments, side):
    """R-precision of real pairs.

    Args:
        model: a `DAMSM`.
        config: the config of the run.
        dataset: `CaptionedImages` held out.
        arguments: the parsed command line.
        side: size of the images in pixels.

    Returns:
        Dict of metric name to a dict of values.
    """
    captions = first_captions(dataset)
    real = embed_images(model, config, dataset, arguments.batch_size, side)
    sentences = model.encode_captions(captions)
    result = _r_precision(real, sentences, captions, arguments)
    return {f"r_precision_{result['candidates']}_real": result}


def measure_generated(model, config, dataset, arguments):
    """R-precision and Frechet distance of generated images.

    Args:
        model: a `TextToImageModel`.
        config: the config of the run.
        dataset: `CaptionedImages` held out.
        arguments: the parsed command line.

    Returns:
        Dict of metric name to a dict of values.
    """
    captions = first_captions(dataset)
    size = arguments.batch_size
    parts = []
    for start in range(0, len(captions), size):
        outputs = model.generate_outputs(
            captions[start : start + size],
            seed=arguments.seed + start,
            batch_size=size,
        )
        parts.append(model.damsm.encode_images(outputs["image"]))
    generated = np.concatenate(parts)
    # Real images of the size of the generated ones.
    side = model.image_sizes[-1]
    results = measure_damsm(model.damsm, config, dataset, arguments, side)
    sentences = model.damsm.encode_captions(captions)
    result = _r_precision(generated, sentences, captions, arguments)
    results[f"r_precision_{result['candidates']}_generated"] = result
    real = embed_images(model.damsm, config, dataset, size, side)
    results["damsm_frechet_distance"] = {
        "value": metrics.frechet_distance(generated, real)
    }
    return results


def first_captions(dataset):
    """The first caption of each image."""
    return [item.captions[0] for item in dataset.items]


def embed_images(damsm, config, dataset, batch_size, side):
    """DAMSM's embeddings of real images.

    Args:
        damsm: a `DAMSM`.
        config: the config of the run, for the crop.
        dataset: `CaptionedImages`.
        batch_size: images at a time.
        side: size of the images in pixels.

    Returns:
        float32 array of shape `(images, embedding_dim)`.
    """
    batches = dataset.batches(
        batch_size,
        tokenizer=damsm.tokenizer,
        image_sizes=(side,),
        training=False,
        crop=config.data.crop,
    )
    return np.concatenate(
        [
            damsm.encode_images(to_pixels(batch["images"][-1]))
            for batch in batches
        ]
    )


def _r_precision(images, sentences, captions, arguments):
    # Equal captions are no mismatch.
    _, classes = np.unique(captions, return_inverse=True)
    result = metrics.r_precision(
        images,
        sentences,
        candidates=arguments.candidates,
        class_ids=classes,
        seed=arguments.seed,
    )
    return metric_files.r_precision(result)
