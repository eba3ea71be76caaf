"""Lists the trained models that come with the package.

Each can be named in place of a folder: by --preset of `tfragan sample`,
`translate`, `edit`, `colorize` and `export`, as a model of `tfragan serve`, by
`config.damsm`, and in Python by `from_preset`. How it was trained, on what
data of which licence, and what it measures is in its README.md, whose folder
is listed, too.

Examples:
  tfragan presets
  tfragan sample --preset=attngan_avatars \\
      --caption="a smiling person with pink hair on a white background"
"""

import json

from tfragan.cli.flags import Flag
from tfragan.presets import preset_folder
from tfragan.presets import preset_names

USAGE = "[flags]"
FLAGS = {"json": Flag("boolean", "print one JSON object", default=False)}


def run(arguments):
    """Prints the list."""
    found = {name: _about(preset_folder(name)) for name in preset_names()}
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    width = max(map(len, found), default=0)
    for name, about in found.items():
        print(
            f"{name:<{width}}  {about['model']}, {about['steps']:,} steps, "
            f"{about['bytes'] / 1e6:.1f} MB\n{'':<{width}}  {about['folder']}"
        )


def _about(folder):
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return {
        "model": config["class_name"],
        "steps": config["global_step"],
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "folder": str(folder),
    }
