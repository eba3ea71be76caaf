"""How the command line trains and evaluates, a task a module.

A model class names the experiment of its task, see
`tfragan.cli.experiment.Experiment`; the rest of the command line knows no
model by name.
"""
