import pytest

from benchmarks import serving

_SMALLEST = {
    "subject": "cyclegan",
    "image_size": 8,
    "width": 2,
    "residual_blocks": 1,
    "discriminator_width": 2,
    "discriminator_layers": 1,
}


def test_photos_are_asked_of_a_savedmodel_and_in_process(tmp_path):
    arguments = (0.01, str(tmp_path))
    row = serving.write(*arguments, **_SMALLEST)
    assert row["size"] == 8
    assert row["export_bytes"] > 1000
    row.update(serving.serve(*arguments, **_SMALLEST))
    row.update(serving.call(*arguments, **_SMALLEST))
    for count in (1, 8, 32):
        assert row[f"images_at_{count}"] > 0.0
        assert row[f"in_process_at_{count}"] > 0.0
    later = row["later_milliseconds"]
    assert row["images_at_1"] == pytest.approx(1e3 / later)
