import ml_collections
import pytest

from tfragan.cli import bfloat16_units
from tfragan.cli import runs


@pytest.fixture(params=[set(), {"avx2", "amx_bf16", "avx512_bf16"}])
def flags(request, monkeypatch):
    """What the processor offers, and the precision that fits it."""
    monkeypatch.setattr(bfloat16_units, "cpu_flags", lambda: request.param)
    return request.param


def test_a_new_run_takes_the_fastest_precision_and_keeps_it(
    flags, tmp_path, monkeypatch
):
    config = ml_collections.ConfigDict(
        {"precision": "auto", "model": "damsm", "sync_batch_norm": True}
    )

    run = runs.open_run(tmp_path, config)

    expected = "mixed_bfloat16" if flags else "float32"
    assert config.precision == expected
    # As an earlier version wrote it.
    run.create().write_config({"precision": expected, "model": "damsm"})
    # Moved to a machine of the other kind, with the same command.
    others = set() if flags else {"avx512_bf16"}
    monkeypatch.setattr(bfloat16_units, "cpu_flags", lambda: others)
    config.precision = "auto"
    runs.open_run(tmp_path, config)
    assert config.precision == expected


def test_units_have_the_order_of_the_report(flags):
    units = bfloat16_units.bfloat16_units()
    assert units == (["avx512_bf16", "amx_bf16"] if flags else [])
