"""A small server of SavedModels for trying things out, with TensorFlow alone.

It speaks the protocols of TensorFlow Serving, REST and gRPC, and is meant for
trials and tests on one machine, not for production. Nothing in here imports
the rest of the package: `launch.py` makes it the top-level package
`local_server` of a process in which `tfragan` cannot be imported.
"""
