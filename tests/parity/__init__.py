"""Our metrics beside the public tools; run with `make parity`."""
