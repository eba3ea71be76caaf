"""The command `tfragan` and its verbs."""
