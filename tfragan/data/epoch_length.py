"""How many batches an epoch of training has."""


def whole_batches(dataset, num_samples, batch_size):
    """Number of whole batches that the samples of an epoch fill.

    Args:
        dataset: Where they are from; its `name` and `sample_kind` are for
            the message.
        num_samples: Number of samples.
        batch_size: Samples of a batch.

    Returns:
        At least 1.

    Raises:
        ValueError: Not one batch can be filled.
    """
    if not 1 <= batch_size <= num_samples:
        raise ValueError(
            "batch_size has to be between 1 and the number of "
            f"{dataset.sample_kind} of {dataset.name!r}, {num_samples}. "
            f"Received: batch_size={batch_size}"
        )
    return num_samples // batch_size
