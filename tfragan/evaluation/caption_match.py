"""How well images fit their captions, as a DAMSM sees it."""

import numpy as np

from tfragan import metrics
from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import LOWER
from tfragan.evaluation.measurement import Measurement
from tfragan.metrics.r_precision import mismatch_obstacle


class CaptionMatch:
    """Measures images of captions in the embeddings of a DAMSM.

    Args:
        damsm: the `DAMSM`.
        about: dict of the protocol of all measurements, with that of the
            embeddings.
        step: global step of the model.
        candidates: captions to choose from in R-precision.
        seed: seeds which.

    Attributes:
        measurements: list of `Measurement`.
    """

    def __init__(self, damsm, about, step, candidates=100, seed=0):
        self.measurements = []
        self._damsm = damsm
        self._about = {**about, "seed": seed}
        self._step = step
        self._candidates = candidates
        self._seed = seed

    def add(self, of, embeddings, captions, class_ids=None):
        """Measures R-precision and the mean similarity.

        Captions of one class are no mismatch, nor are equal ones; where there
        are no others, R-precision is left out with a line. `of` is what the
        images are, `class_ids` the classes of the captions' images, or None.
        """
        sentences = self._damsm.encode_captions(captions)
        reason = mismatch_obstacle(captions, class_ids)
        if reason is None:
            classes = metrics.caption_classes(captions, class_ids)
            self._add_r_precision(of, embeddings, sentences, classes)
        else:
            print(f"R-precision is left out: {reason}")
        self._add_similarity(of, embeddings, sentences)

    def _add_r_precision(self, of, embeddings, sentences, classes):
        other = "captions of other classes"
        if classes.shape[1] == 1:
            other = "captions"
        result = metrics.r_precision(
            embeddings,
            sentences,
            candidates=self._candidates,
            class_ids=classes,
            seed=self._seed,
        )
        self._add(
            f"r_precision_{result.candidates}",
            of,
            result.rate,
            result.std,
            "standard deviation over 10 groups",
            {"chance": result.chance, "candidates": result.candidates},
            images=len(classes),
            statistics=f"1 of {result.candidates} {other}",
        )

    def _add_similarity(self, of, embeddings, sentences):
        cosines = metrics.candidate_cosines(
            embeddings, sentences[:, np.newaxis]
        )[:, 0]
        error = None
        if len(cosines) > 1:
            error = float(np.std(cosines, ddof=1) / np.sqrt(len(cosines)))
        self._add(
            "caption_similarity_damsm",
            of,
            float(np.mean(cosines)),
            error,
            "standard error",
            {},
            images=len(cosines),
            statistics="mean cosine of image and sentence",
        )

    def add_distance(self, of, embeddings, real):
        """Measures the Frechet distance to the embeddings of real images.

        Left out with a line where there is one image only.
        """
        if min(len(embeddings), len(real)) < 2:
            print("The Frechet distance is left out: of 1 image there is none")
            return
        self._add(
            "damsm_frechet_distance",
            of,
            metrics.frechet_distance(embeddings, real),
            None,
            None,
            {},
            LOWER,
            images=len(embeddings),
            real_images=len(real),
            statistics="means and unbiased covariances of these images",
        )

    def _add(
        self, metric, of, value, error, kind, details, better=HIGHER, **about
    ):
        protocol = {**self._about, **about}
        self.measurements.append(
            Measurement(
                metric,
                of,
                value,
                self._step,
                error,
                None if error is None else kind,
                better,
                details,
                protocol,
            )
        )
