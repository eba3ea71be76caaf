import pytest

from benchmarks import training

_SMALLEST = {
    "image_size": 8,
    "width": 2,
    "residual_blocks": 1,
    "discriminator_width": 2,
    "discriminator_layers": 1,
    "pool_size": 2,
}


def test_a_step_counts_an_image_of_each_domain(monkeypatch):
    monkeypatch.setattr(
        training.published_form, "count", lambda *_, **__: (2e9, 3e9)
    )
    row = training.train(0.1, "cyclegan", 3, **_SMALLEST)
    seconds = row["milliseconds"] / 1e3
    assert row["images_per_second"] == pytest.approx(2 * 3 / seconds)
    assert row["size"] == 8
    assert (row["done_gflop"], row["published_gflop"]) == (2.0, 3.0)
    ratio = row["published_fraction"] / row["done_fraction"]
    assert ratio == pytest.approx(1.5)
    assert row["peak_memory"] > 2**20


def test_a_generator_counts_what_it_makes():
    row = training.generate(
        0.1, "ugatit", 2, image_size=16, light=True, width=2, residual_blocks=1
    )
    seconds = row["milliseconds"] / 1e3
    assert row["images_per_second"] == pytest.approx(2 / seconds)
    assert row["size"] == 16
    assert row["done_gflop"] != row["published_gflop"] > 0.0
