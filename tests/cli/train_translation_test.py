"""Image translation trains through the same command as everything else."""

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import config_of
from tests.cli.conftest import succeed
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli import dry_run
from tfragan.cli import memory
from tfragan.cli.experiment import learning_rate
from tfragan.cli.experiment import open_experiment
from tfragan.cli.families import translation_experiment
from tfragan.optimizers import LinearDecay


def _built(**values):
    experiment = open_experiment(config_of("ugatit_emoji:tiny", **values))
    with experiment.without_weights():
        return experiment.build()


def _rates(schedule, steps, steps_per_epoch=10, updates=1):
    rate = learning_rate(1.0, schedule, steps, steps_per_epoch, updates)
    return [float(rate(step)) for step in range(steps)]


def test_a_run_folder_holds_grids_of_both_directions(ugatit_run):
    for name in (
        "config.json",
        "checkpoints/checkpoint",
        "samples/ab_000000.png",
        "samples/ab_000003.png",
        "samples/ba_000006.png",
        "final/config.json",
        "final/model.weights.h5",
    ):
        assert (ugatit_run / name).is_file(), name
    assert not (ugatit_run / "final" / "vocabulary.txt").exists()
    # Two training images and two test images of 32 pixels.
    grid = np.asarray(Image.open(ugatit_run / "samples" / "ab_000006.png"))
    assert grid.shape == (7 * 32, 4 * 32, 3)
    page = (ugatit_run / "index.html").read_text()
    assert "From B to A over time" in page
    card = (ugatit_run / "final" / "README.md").read_text()
    assert "6 steps of 2 images of each domain" in card


def test_the_run_is_translated_with_its_own_data(ugatit_run, tmp_path):
    succeed(
        "translate",
        f"--workdir={ugatit_run}",
        f"--output={tmp_path}",
        "--count=2",
        "--noprogress",
    )
    assert len(list(tmp_path.rglob("*.png"))) == 2 * 2


def test_the_grids_show_the_sampled_images_in_the_first_row(ugatit_run):
    built = open_experiment(config_file.read(ugatit_run))
    grid = np.asarray(Image.open(ugatit_run / "samples" / "ba_000000.png"))
    train, test = built.train.domain_b, built.test.domain_b
    for column, (domain, place) in enumerate(
        ((train, 0), (train, len(train) // 2), (test, 0), (test, 160))
    ):
        expected = domain.images([place], 32)[0]
        found = grid[:32, 32 * column : 32 * (column + 1)]
        np.testing.assert_array_equal(found, expected)


def test_a_dry_run_takes_no_memory_for_weights_and_writes_nothing(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(dry_run, "_MUCH", 0)
    monkeypatch.setattr(
        translation_experiment.TranslationExperiment,
        "smaller_values",
        lambda built: {"network.light": True},
    )
    folder = tmp_path / "run"
    succeed(
        "train",
        "--config=ugatit_emoji:tiny",
        "--config.network.light=False",
        f"--workdir={folder}",
        "--dry_run",
    )
    out = capsys.readouterr().out

    assert "train: 1,586 images of A and 1,586 of B of emoji" in out
    assert "discriminator_b_local" in out
    assert "gradients and activations" in out
    assert f"run folder: {folder}" in out
    assert "  --config.network.light=True " in out
    assert list(tmp_path.iterdir()) == []


def test_an_outline_needs_what_the_model_itself_does():
    config = config_of("cyclegan_emoji:tiny")
    outline = open_experiment(config)
    with outline.without_weights():
        outline.build()
        needed = dry_run.step_memory(outline)
    built = open_experiment(config).build()
    assert needed == dry_run.step_memory(built)
    assert dry_run.parameter_counts(outline.model) == dry_run.parameter_counts(
        built.model
    )


def test_small_runs_name_no_smaller_ones():
    built = open_experiment(config_of("ugatit_emoji:tiny"))
    little = memory.MemoryEstimate(1, 1, 1, 1)
    assert list(dry_run.smaller_runs(built, little)) == []


def test_the_optimizers_are_those_of_the_config():
    built = _built(**{"optimizer.weight_decay": 0.25, "steps": 10})
    for optimizer in built.model.optimizers().values():
        assert optimizer.weight_decay == 0.25
        assert (optimizer.beta_1, optimizer.epsilon) == (0.5, 1e-8)
        assert optimizer.epsilon_after_correction
        assert isinstance(optimizer._learning_rate, LinearDecay)


def test_the_paper_s_variant_decays_its_kernels():
    built = _built(
        **{
            "network.variant": "tensorflow1",
            "optimizer.schedule": "ugatit_tensorflow1",
        }
    )
    for optimizer in built.model.optimizers().values():
        assert optimizer.weight_decay == 1e-4
        assert optimizer.decayed_names == ("kernel",)
        assert not optimizer.epsilon_after_correction


def test_each_critic_step_takes_a_batch_of_its_own():
    built = _built(**{"network.critic_steps": 3, "batch_size": 2})
    assert built.batch_size == 6
    assert built.steps_per_epoch == -(-1586 // 6)
    for spec in built.batch_spec(built.batch_size).values():
        assert spec.shape == (6, 32, 32, 3)


def test_schedules_are_the_published_ones():
    assert _rates("ugatit", 4) == [1.0, 1.0, 0.5, 0.0]
    assert _rates("linear", 4) == [1.0, 1.0, 0.5, 0.0]
    assert _rates("cyclegan", 40) == pytest.approx(
        [1.0] * 20 + [2 / 3] * 10 + [1 / 3] * 10
    )
    falling = _rates("ugatit_tensorflow1", 200)
    assert falling[:102] == [1.0] * 102
    assert falling[-1] == pytest.approx(1 / 50)
    assert _rates("cyclegan", 3, steps_per_epoch=10) == [1.0] * 3
    # An optimizer that moves twice a step sees every second number.
    assert _rates("ugatit", 4, updates=2) == [1.0] * 4
    constant = learning_rate(1.0, "constant", 9, 9)
    assert constant == 1.0


def test_half_precision_scales_the_losses():
    built = _built(precision="mixed_float16")
    for optimizer in built.model.optimizers().values():
        assert type(optimizer).__name__ == "LossScaleOptimizer"


def test_a_changed_experiment_keeps_its_data():
    built = open_experiment(config_of("cyclegan_emoji:tiny"))
    smaller = built.changed({"network.image_size": 24})
    with smaller.without_weights():
        smaller.build()
    assert isinstance(smaller.model, models.CycleGAN)
    assert smaller.model.image_size == 24
    assert smaller.train is built.train
    assert built.config.network.image_size == 32
