"""Distances of sets of images as a table and as files."""

import dataclasses

from tfragan import metrics
from tfragan.cli import metric_files

KERNEL = "kernel_distance"
FRECHET = "frechet_distance"
WEIGHTED = "weighted_kernel_distance"


class DistanceReport:
    """Measures pairs of sets, one a row.

    Args:
        features: the `tfragan.metrics.ImageFeatures` of the sets.
        about: dict of JSON values that every record gets.
        seed: seeds the subsets of the kernel distance.
    """

    def __init__(self, features, about, seed=0):
        self.kernel = metrics.distance_name(KERNEL, features.name)
        self.frechet = metrics.distance_name(FRECHET, features.name)
        self.weighted = metrics.distance_name(WEIGHTED, features.name)
        self.dim = features.dim
        self.records = []
        self._about = {**about, **features.protocol(), "seed": seed}
        self._seed = seed
        self._rows = []

    def add(self, compared, real, others, **about):
        """Measures a row.

        Args:
            compared: what `others` are, in words.
            real: features (images, dim) of the images to be close to.
            others: features (other images, dim).
            **about: JSON values for this row's records.

        Returns:
            The `KernelDistance`.
        """
        about = {
            "compared": compared,
            "images": len(others),
            "real_images": len(real),
            **about,
        }
        kernel = metrics.kernel_distance(real, others, seed=self._seed)
        frechet = metrics.frechet_distance(real, others)
        self._record(
            self.kernel,
            {**dataclasses.asdict(kernel), "kernel": "(x.y / dim + 1)^3"},
            about,
        )
        self._record(self.frechet, {"value": frechet}, about)
        self._rows.append(
            (
                about.get("direction", ""),
                compared,
                f"{len(others):,}, {len(real):,}",
                f"{kernel.value:.4f} +- {kernel.standard_error:.4f}",
                f"{frechet:.1f}",
            )
        )
        return kernel

    def add_weighted(self, compared, to_target, to_source, **about):
        """Records the weighted mix of two kernel distances; no row.

        Args:
            compared: what was measured, in words.
            to_target: `KernelDistance` to the target domain.
            to_source: `KernelDistance` to the source domain.
            **about: JSON values for the record.

        Returns:
            The `WeightedKernelDistance`.
        """
        result = metrics.weighted_kernel_distance(to_target, to_source)
        self._record(
            self.weighted,
            dataclasses.asdict(result),
            {"compared": compared, **about},
        )
        return result

    def table(self):
        """The rows as text.

        +- is the standard error. The Frechet distance has none, and depends
        on how many images there are.
        """
        head = (
            "",
            "compared with real images",
            "images, real ones",
            self.kernel,
        )
        rows = [(*head, self.frechet), *self._rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).strip()
            for row in rows
        ]
        fewest = min(
            min(record["images"], record["real_images"])
            for record in self.records
            if record["metric"] == self.frechet
        )
        lines.append("+- is the standard error.")
        if fewest <= self.dim:
            lines.append(
                f"{self.frechet} of fewer than {self.dim:,} images is far too "
                "large: compare it within this table only."
            )
        return "\n".join(lines)

    def append_to(self, folder):
        """Appends all records to metric-<name>.jsonl files.

        Args:
            folder: of the files.
        """
        for record in self.records:
            record = dict(record)
            metric_files.append(folder, record.pop("metric"), record)

    def _record(self, name, values, about):
        self.records.append({"metric": name, **values, **about, **self._about})
