"""Speed and memory of the models, `python -m benchmarks`."""
