"""Experiment files of the command line, one `get_config` each.

Only the command line reads them: `tfragan train --config=attngan_emoji`. A
file of your own starts from `tfragan.configs.defaults`.
"""
