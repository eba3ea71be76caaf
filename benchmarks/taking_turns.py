"""One side of a comparison in this process: it works when it is its turn.

A line on standard input asks for a run, and gets its wall-clock and processor
seconds as JSON; the end of the input gets the peak memory and what misses
oneDNN.
"""

import importlib
import json
import os
import sys
import time

from benchmarks.op_types import off_onednn
from benchmarks.peak_memory import peak_memory


def main(arguments):
    """Prepares what the arguments tell, then answers.

    Args:
        arguments: name of a module, name of its function that makes a run,
            keyword arguments of the function as JSON, and a dtype policy of
            Keras or nothing.
    """
    module, function, options, policy = arguments
    # Whatever libraries print is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    missed = {}
    if policy:
        import keras

        keras.config.set_dtype_policy(policy)
    module = importlib.import_module(f"benchmarks.{module}")
    run = getattr(module, function)(**json.loads(options))
    if policy:
        missed = off_onednn(run)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    answer("ready")
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        answer([time.perf_counter() - wall, time.process_time() - cpu])
    answer({"peak_memory": peak_memory(), "off_onednn": missed})


if __name__ == "__main__":
    main(sys.argv[1:])
