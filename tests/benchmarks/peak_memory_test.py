from benchmarks.peak_memory import peak_memory


def test_peak_memory_counts_what_was_held():
    before = peak_memory()
    held = bytearray(b"x" * 2**26)
    assert peak_memory() - before <= 2**28
    assert peak_memory() >= len(held)
