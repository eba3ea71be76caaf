"""One step of a case in this process: its row goes to a file as JSON."""

import importlib
import json
import sys


def main(arguments):
    """Runs a step.

    Args:
        arguments: the step's name, its keyword arguments as JSON and the
            file for the row.
    """
    step, options, output = arguments
    module, function = step.split(".")
    module = importlib.import_module(f"benchmarks.{module}")
    row = getattr(module, function)(**json.loads(options))
    with open(output, "w", encoding="utf-8") as file:
        json.dump(row, file)


if __name__ == "__main__":
    main(sys.argv[1:])
