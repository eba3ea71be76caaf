"""The rules of the house, checked on the files themselves."""

import ast
import configparser
import importlib
import inspect
import pathlib
import re
import sys

import pytest

from tfragan.cli import config_file
from tfragan.cli import main as cli

_ROOT = pathlib.Path(__file__).parents[1]
_LONGEST_FILE = 400
_LONGEST_FUNCTION = 60
# What the names in `import` are called in setup.cfg.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "absl": "absl-py",
    "google": "tensorflow",
    "grpc": "tensorflow-serving-api",
    "h5py": "keras",
    "numpy": "tensorflow",
    "tensorflow_serving": "tensorflow-serving-api",
    "tensorflow_text": "tensorflow-text",
}
# It runs in a process of its own, which `serving` is checked for before.
_SERVER = _ROOT / "tfragan" / "local_server"


def _setup():
    parser = configparser.ConfigParser()
    parser.read(_ROOT / "setup.cfg")
    return parser


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _modules(*folders):
    return sorted(
        path
        for folder in folders
        for path in (_ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def test_every_package_is_installed():
    listed = _lines(_setup()["options"]["packages"])
    found = [
        ".".join(path.parent.relative_to(_ROOT).parts)
        for path in _modules("tfragan")
        if path.name == "__init__.py"
    ]

    assert sorted(listed) == sorted([*found, "tfragan.configs"])


def test_every_data_file_is_installed():
    listed = _lines(_setup()["options.package_data"]["tfragan"])
    found = [
        str(path.relative_to(_ROOT / "tfragan"))
        for path in (_ROOT / "tfragan").rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and "__pycache__" not in path.parts
    ]

    assert sorted(listed) == sorted(found)


def test_the_licence_files_are_there():
    for name in _lines(_setup()["metadata"]["license_files"]):
        assert (_ROOT / name).is_file(), name


def _names(lines):
    return {re.match(r"[\w.-]+", line)[0].lower() for line in lines}


def test_only_required_packages_are_imported_at_the_top():
    setup = _setup()
    required = _names(_lines(setup["options"]["install_requires"]))
    extra = _names(_lines(setup["options.extras_require"]["serving"]))
    for path in _modules("tfragan", "configs"):
        admitted = required | extra if path.parent == _SERVER else required
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top == "tfragan" or top in sys.stdlib_module_names:
                    continue
                assert _DISTRIBUTIONS.get(top, top) in admitted, (path, name)


def test_the_local_server_imports_nothing_of_the_package():
    for path in _modules("tfragan/local_server"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level in (0, 1), path
                names = [node.module or ""]
            else:
                continue
            assert not any(name.startswith("tfragan") for name in names), path


def test_files_and_functions_stay_short():
    for path in _modules("tfragan", "configs", "tests", "benchmarks"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= _LONGEST_FILE, path
    for path in _modules("tfragan", "configs", "benchmarks"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef):
                continue
            body = node.body
            # A docstring may take the room that it needs.
            first = body[1] if ast.get_docstring(node) and body[1:] else body[0]
            length = node.end_lineno - first.lineno + 1
            assert length <= _LONGEST_FUNCTION, (path, node.name)


def test_no_module_is_a_drawer():
    for path in _modules("tfragan", "configs", "tests", "benchmarks"):
        assert not re.search(r"util|misc|common|helper", path.stem), path


@pytest.mark.parametrize("name", config_file.config_names())
def test_a_config_says_how_to_run_it_and_builds_tiny(name):
    from tfragan.cli import experiment
    from tfragan.cli import training_report

    config = config_file.load(name)
    path = config_file.config_folder() / f"{name}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert f"tfragan train --config={name} --workdir=" in text
    assert "Hardware:" in text
    assert config.data.source

    built = experiment.build(config_file.load(f"{name}:tiny"))

    assert type(built.model).__name__.lower() == config.model
    network = set(config.network)
    assert network <= set(inspect.signature(type(built.model)).parameters)
    assert f"{built.steps:,} steps" in training_report.data_report(built)


def test_the_makefile_has_the_two_commands_and_their_friends():
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (
        "quickstart",
        "test",
        "lint",
        "slow",
        "golden",
        "benchmark",
        "clean",
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert "make test" in (_ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _documents():
    paths = [*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")]
    return [*paths, *(_ROOT / "export").rglob("*.md"), _ROOT / "Makefile"]


def test_documented_commands_exist():
    for path in _documents():
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for target in re.findall(r"^ *make (\w+)", text, re.MULTILINE):
            makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
            assert f"\n{target}:" in makefile, (path, target)
        for verb, rest in re.findall(
            r"^\W*(?:\$\(BIN\)/)?tfragan (\w+)(.*)$", text, re.MULTILINE
        ):
            assert verb in cli.VERBS, (path, verb)
            module = importlib.import_module(f"tfragan.cli.{verb}")
            for flag in re.findall(r"--(?:no)?(\w+)", rest):
                known = {*module.FLAGS, "help", "config"}
                assert flag in known or f"no{flag}" in known, (path, flag)
        for name in re.findall(r"--config[= ](\w+)(?![\w./])", text):
            assert name in config_file.config_names(), (path, name)


def test_documented_config_keys_exist():
    known = set()
    for name in config_file.config_names():
        known |= set(config_file.flatten(config_file.load(name)))
    for path in _documents():
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r"\bconfig\.([a-z_]+(?:\.[a-z_]+)*)", text):
            # Not the file config.json.
            assert key in known or key == "json", (path, key)
