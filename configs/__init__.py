"""Experiment files of the command line, one `get_config` each."""
