"""Trains a model in a run folder, or goes on with it.

The experiment is a config: the name of one that comes with the package, or a
file of your own; --config.KEY=VALUE changes one value of it. Models: DAMSM,
AttnGAN, SSA-GAN and DF-GAN on captioned images, U-GAT-IT and CycleGAN on
images of two domains, which are `emoji` or a folder with trainA, trainB, testA
and testB. The run folder gets config.json, log.txt, metrics.jsonl,
tensorboard/, checkpoints/, samples/, index.html with the pictures over time
and, at the end, the trained model in final/. Called again with the same
--workdir it resumes by itself, at the very step and batch, even without
--config.

SIGINT and SIGTERM end it with a checkpoint and exit status 130 or 143.

Several GPUs train in step by themselves, and several machines where TF_CONFIG
names the workers; the batch size is that of all of them together.

Examples:
  tfragan train --config=damsm_emoji --workdir=runs/damsm
  tfragan train --config=attngan_emoji --workdir=runs/emoji \\
      --config.damsm=runs/damsm
  tfragan train --config=attngan_cub --workdir=runs/cub --dry_run
  tfragan train --config=ugatit_folder --workdir=runs/mine --data=photos
  tfragan train --config=ugatit --workdir=runs/full --dry_run
  tfragan train --config=my_experiment.py --workdir=runs/mine --data=photos
  tfragan train --workdir=runs/cub
"""

USAGE = "--config=NAME --workdir=FOLDER [flags]"
FLAGS = {
    "config": None,
    "workdir": None,
    "data": "data set, instead of config.data.source",
    "layout": None,
    "on_bad_item": None,
    "seed": "seed of the run, instead of config.seed",
    "dry_run": "print the resolved config, the parameters of each network, "
    "an estimate of the memory, what would need less of it, and the run "
    "folder, then stop",
    "override_config": None,
    "strategy": None,
    "progress": None,
}


def run(arguments):
    """Trains, or says what it would train."""
    from tfragan.cli.errors import UsageError

    arguments.require("workdir")
    if arguments.config is None:
        raise UsageError(
            "--config is required, unless --workdir is a run folder to go on "
            "with."
        )
    from tfragan.cli.quiet_start import start_tensorflow

    start_tensorflow()
    from tfragan.cli import training

    training.take_flags(arguments)
    if arguments.dry_run:
        training.describe(arguments)
    else:
        training.train(arguments)
