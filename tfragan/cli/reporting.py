"""The work of `tfragan report`."""

import functools

from tfragan import metrics
from tfragan.cli import run_folder
from tfragan.cli.errors import sentence
from tfragan.cli.families import experiment_class
from tfragan.reports.image_study import Gap
from tfragan.reports.neighbor_search import NeighborSearch
from tfragan.reports.report_page import MOST_RUNS
from tfragan.reports.report_page import report_page
from tfragan.reports.run_record import read_runs
from tfragan.visualization.atomic_file import write_atomically


def report(arguments):
    """Writes the page of some runs.

    Args:
        arguments: the parsed command line.

    Raises:
        ValueError: for what is no run folder, or too many of them.
    """
    runs = read_runs(arguments.run)
    if len(runs) > MOST_RUNS:
        raise ValueError(
            f"A report: expected at most {MOST_RUNS} runs, received "
            f"{len(runs)}."
        )
    collected = _Collected(arguments)
    for run in runs:
        print(f"{run.name}: making pictures", flush=True)
        collected.add(run)
    page = report_page(
        runs, collected.studies, collected.gaps, collected.features_in_words()
    )
    path = write_atomically(arguments.output, page)
    for gap in collected.gaps:
        print(f"Left out: {gap.run}: {gap.reason}")
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


class _Collected:
    """What models made, and what could not be made.

    Args:
        arguments: the parsed command line.
    """

    def __init__(self, arguments):
        self._arguments = arguments
        self._search = None
        self._features = None
        self._no_features = None
        self.studies = []
        self.gaps = []

    def add(self, run):
        """Adds the studies of a run, or the reason why there are none."""
        made = self._or_gap(run, functools.partial(_studies, self._arguments))
        for study in made or ():
            found = None
            if study.training is None:
                self.gaps.append(Gap(run.name, study.alone))
            else:
                found = self._or_gap(
                    run, lambda _, study=study: self._neighbors(study)
                )
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

    def _neighbors(self, study):
        if self._no_features is not None:
            raise self._no_features
        if self._search is None:
            arguments = self._arguments
            try:
                self._features = metrics.image_features(
                    arguments.features, arguments.weights
                )
            except (OSError, ValueError, ImportError) as error:
                self._no_features = error
                raise
            print("searching training images for neighbors", flush=True)
            self._search = NeighborSearch(
                functools.partial(
                    self._features, batch_size=arguments.batch_size
                ),
                arguments.training_count,
            )
        return self._search.search(study)

    def _or_gap(self, run, work):
        """What some work on a run gives, or None and a `Gap`."""
        try:
            return work(run)
        except Exception as error:
            reason = sentence(error)
            if reason is None:
                raise
            gap = Gap(run.name, reason)
            if gap not in self.gaps:
                self.gaps.append(gap)
            return None


def _studies(arguments, run):
    config = run_folder.config_of(run.folder.path)
    preset = run_folder.preset_of(run.folder.path)
    config = config.copy_and_resolve_references()
    return experiment_class(config).studies(arguments, config, preset)
