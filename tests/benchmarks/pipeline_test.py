from benchmarks import pipeline


def test_both_domains_are_delivered(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "_PHOTOS", 3)
    monkeypatch.setattr(pipeline, "_count", lambda *_: (5, 2.0, 4.0))
    row = pipeline.unpaired(0.1, str(tmp_path), image_size=8, batch_size=3)
    assert len([*tmp_path.glob("train[AB]/*.jpg")]) == 6
    assert row["images_per_second"] == 5 * 3 * 2 / 2.0
    assert row["images_per_cpu_second"] == 5 * 3 * 2 / 4.0


def test_batches_are_counted_until_time_is_up(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "_PHOTOS", 3)
    row = pipeline.unpaired(0.1, str(tmp_path), image_size=8, batch_size=1)
    assert row["images_per_second"] > 0.0
