"""The rules of the house, checked on the files themselves.

A rule about one file is a function from its path to the list of its
offenses; one test a rule runs it over all files, and tests at the end show
that it finds what it is there for. Rules about several files are tests.
"""

import ast
import configparser
import doctest
import importlib
import inspect
import pathlib
import re
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfragan.cli import config_file
from tfragan.cli import main as cli
from tfragan.layers.recorded_config import recorded_arguments
from tfragan.run_folder import flatten_config

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE_FILES = sorted((ROOT / "tfragan").rglob("*.py"))
ALL_FILES = [
    path
    for folder in ("tfragan", "configs", "tests", "benchmarks", "export")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
CONFIG_FILES = sorted((ROOT / "configs").glob("*.py"))
LAYER_FILES = sorted((ROOT / "tfragan" / "layers").glob("[!_]*.py"))
EXAMPLE_FILES = [
    path for path in PACKAGE_FILES if ">>>" in path.read_text(encoding="utf-8")
]
# A process of its own, which imports nothing of the package and is started
# only where the extra `serving` is installed.
SERVER = ROOT / "tfragan" / "local_server"
SERVER_FILES = sorted(SERVER.rglob("*.py"))
# What the names in `import` are called in setup.cfg.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "absl": "absl-py",
    "google": "tensorflow",
    "grpc": "tensorflow-serving-api",
    "h5py": "keras",
    "numpy": "tensorflow",
    "tensorflow_serving": "tensorflow-serving-api",
    "tensorflow_text": "tensorflow-text",
}
VAGUE_NAMES = re.compile(r"util|misc|common|helper")
LONGEST_FUNCTION = 60
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def relative(path):
    return path.relative_to(ROOT).as_posix()


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def distributions(section, option):
    required = lines(setup()[section][option])
    return {re.match(r"[\w.-]+", line)[0].lower() for line in required}


REQUIRED = distributions("options", "install_requires")
SERVING = distributions("options.extras_require", "serving")


def run_at_import(tree):
    """All nodes that run when the module is imported."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        runs_later = isinstance(node, (*FUNCTIONS, ast.Lambda))
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(
            node.test
        )
        if not (runs_later or for_types):
            waiting.extend(ast.iter_child_nodes(node))


def imported(node):
    """The top-level packages that a statement imports."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return {node.module.split(".")[0]}
    return set()


def imports_of_optional_packages(path):
    admitted = REQUIRED | SERVING if path.parent == SERVER else REQUIRED
    return [
        f"line {node.lineno} imports {name}"
        for node in run_at_import(parse(path))
        for name in sorted(imported(node) - sys.stdlib_module_names)
        if name != "tfragan" and DISTRIBUTIONS.get(name, name) not in admitted
    ]


def imports_of_the_package(path):
    return [
        f"line {node.lineno} imports the package"
        for node in ast.walk(parse(path))
        if "tfragan" in imported(node) or getattr(node, "level", 0) > 1
    ]


def code_lines(function):
    """Lines of a function without its docstring, which is no code."""
    first = function.body[0]
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def long_functions(path):
    return [
        f"{node.name} has {code_lines(node)} lines"
        for node in ast.walk(parse(path))
        if isinstance(node, FUNCTIONS) and code_lines(node) > LONGEST_FUNCTION
    ]


def vague_names(path):
    return [part for part in path.parts if VAGUE_NAMES.search(part)]


def missing_docstrings(path):
    tree = parse(path)
    missing = []
    if tree.body and not ast.get_docstring(tree):
        missing.append("the module")
    for node in tree.body:
        if not isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            missing.append(node.name)
    return [f"{name} has no docstring" for name in missing]


def registered_classes(module):
    """The classes of a module that Keras can revive from a configuration."""
    return [
        cls
        for cls in vars(module).values()
        if inspect.isclass(cls)
        and cls.__module__ == module.__name__
        and keras.saving.get_registered_name(cls) != cls.__name__
    ]


def names_in_config(cls):
    """Every name that the configuration methods of a class may write."""
    names = set()
    for parent in cls.__mro__:
        for name, function in vars(parent).items():
            if not name.endswith("_config"):
                continue
            function = getattr(function, "__func__", function)
            if not inspect.isfunction(function):
                continue
            source = textwrap.dedent(inspect.getsource(function))
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant):
                    names.add(node.value)
                elif isinstance(node, ast.keyword):
                    names.add(node.arg)
                elif getattr(node, "id", "") == "recorded_config":
                    names.update(recorded_arguments(cls))
                elif getattr(node, "attr", "") == "arguments":
                    names.update(cls.arguments())
                elif isinstance(node, ast.Name) and name == "from_config":
                    # An argument may be made there from other entries.
                    names.add(node.id)
    return names


def incomplete_configs(cls):
    owner = next(parent for parent in cls.__mro__ if "__init__" in vars(parent))
    if owner.__module__.startswith("keras."):
        return []
    parameters = inspect.signature(cls.__init__).parameters.values()
    arguments = [
        parameter.name
        for parameter in parameters
        if parameter.kind
        not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    known = names_in_config(cls) | {"self"}
    missing = [name for name in arguments if name not in known]
    return [f"the config of {cls.__name__} lacks {name}" for name in missing]


def config_offenses(path):
    offenses = []
    for cls in registered_classes(importlib.import_module(module_name(path))):
        offenses += incomplete_configs(cls)
        name = keras.saving.get_registered_name(cls)
        if name != f"tfragan>{cls.__name__}":
            offenses.append(f"{cls.__name__} is registered as {name}")
    return offenses


def layers_without_tests(path):
    test = ROOT / "tests" / "layers" / f"{path.stem}_test.py"
    if not test.exists():
        return [f"{relative(test)} is missing"]
    text = test.read_text(encoding="utf-8")
    module = importlib.import_module(module_name(path))
    return [
        f"{relative(test)} does not test {cls.__name__}"
        for cls in registered_classes(module)
        if cls.__name__ not in text
    ]


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        (config_offenses, PACKAGE_FILES),
        (imports_of_optional_packages, [*PACKAGE_FILES, *CONFIG_FILES]),
        (imports_of_the_package, SERVER_FILES),
        (layers_without_tests, LAYER_FILES),
        (long_functions, ALL_FILES),
        (missing_docstrings, PACKAGE_FILES),
        (vague_names, [path.relative_to(ROOT) for path in ALL_FILES]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_file_breaks_the_rule(rule, paths):
    assert paths
    offenses = [
        f"{path}: {offense}" for path in paths for offense in rule(path)
    ]
    assert not offenses, "\n" + "\n".join(offenses)


def test_every_package_is_installed():
    listed = lines(setup()["options"]["packages"])
    found = [
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in PACKAGE_FILES
        if path.name == "__init__.py"
    ]

    assert sorted(listed) == sorted(
        [*found, "tfragan.configs", "tfragan.serving_kit"]
    )


def test_every_data_file_is_installed():
    listed = lines(setup()["options.package_data"]["tfragan"])
    found = [
        str(path.relative_to(ROOT / "tfragan"))
        for path in (ROOT / "tfragan").rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and "__pycache__" not in path.parts
    ]

    assert sorted(listed) == sorted(found)


def test_the_licence_files_are_there():
    for name in lines(setup()["metadata"]["license_files"]):
        assert (ROOT / name).is_file(), name


def choices_of(config):
    """What a config chooses, by model and key."""
    # Weights, rates and decays take any number: one of each is enough.
    return {
        (config.model, key, value > 0 if type(value) is float else repr(value))
        for key, value in flatten_config(config).items()
    }


@pytest.fixture(scope="module")
def tried():
    """The choices with which a model was built."""
    return set()


@pytest.mark.parametrize("name", config_file.config_names())
def test_a_config_says_how_to_run_it_and_builds_tiny(name, tried):
    from tfragan.cli.experiment import open_experiment

    config = config_file.load(name)
    path = config_file.config_folder() / f"{name}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert f"tfragan train --config={name} --workdir=" in text
    assert "Hardware:" in text
    assert config.data.source

    tiny = config_file.load(f"{name}:tiny")
    experiment = open_experiment(tiny)
    assert experiment.model_class.__name__.lower() == config.model
    arguments = inspect.signature(experiment.model_class).parameters
    assert set(config.network) <= set(arguments)
    if choices_of(tiny) <= tried:
        return
    tried |= choices_of(tiny)
    built = experiment.build()

    assert type(built.model) is experiment.model_class
    assert f"{built.steps:,} steps" in built.describe()


def test_the_makefile_has_the_two_commands_and_their_friends():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
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
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def documents():
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [*paths, *(ROOT / "export").rglob("*.md"), ROOT / "Makefile"]


def test_documented_commands_exist():
    for path in documents():
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for target in re.findall(r"^ *make (\w+)", text, re.MULTILINE):
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
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


def test_no_two_files_of_the_package_have_one_name():
    names = [path.name for path in PACKAGE_FILES if path.name != "__init__.py"]
    assert not [name for name in set(names) if names.count(name) > 1]


def test_documented_config_keys_exist():
    known = set()
    for name in config_file.config_names():
        for key in flatten_config(config_file.load(name)):
            parts = key.split(".")
            known |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    for path in documents():
        text = path.read_text(encoding="utf-8")
        keys = r"(?<!keras\.)\bconfig\.([a-z_]+(?:\.[a-z_]+)*)"
        for key in re.findall(keys, text):
            # Not the file config.json.
            assert key in known or key == "json", (path, key)


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=relative)
def test_examples_of_docstrings_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(
        importlib.import_module(module_name(path)),
        extraglobs={"keras": keras, "np": np, "tf": tf},
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
    )
    assert result.attempted, "none of the examples is in a docstring"
    assert not result.failed, "see the captured output"


@pytest.fixture
def broken(tmp_path):
    def write(source):
        path = tmp_path / "module.py"
        path.write_text(source, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "try:\n    import torch.nn\nexcept ImportError:\n    torch = None",
        "class A:\n    from torch import nn",
        "if True:\n    from tensorflow_serving.apis import model_pb2",
    ],
)
def test_an_optional_import_at_module_level_is_found(broken, source):
    assert len(imports_of_optional_packages(broken(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    import torch",
        "if typing.TYPE_CHECKING:\n    import torch",
        "from .torch import nn",
        "import numpy",
    ],
)
def test_other_imports_are_allowed(broken, source):
    assert not imports_of_optional_packages(broken(source))


def test_long_functions_are_found_and_docstrings_not_counted(broken):
    source = 'def f():\n    """' + "A word.\n" * 70 + '    """\n'
    source += "    x = 1\n" * (LONGEST_FUNCTION - 1)
    assert not long_functions(broken(source))
    source += "    y = 2\n"
    assert long_functions(broken(source)) == ["f has 61 lines"]


def test_missing_docstrings_are_found(broken):
    source = "def public():\n    pass\n\n\ndef _private():\n    pass\n"
    assert missing_docstrings(broken(source)) == [
        "the module has no docstring",
        "public has no docstring",
    ]


def test_an_import_of_the_package_is_found(broken):
    assert imports_of_the_package(broken("from tfragan import layers"))
    assert imports_of_the_package(broken("def f():\n    from ..text import a"))
    assert not imports_of_the_package(broken("from .page import answer"))


def test_vague_names_are_found():
    assert vague_names(pathlib.PurePath("tfragan/text/utils.py"))
    assert vague_names(pathlib.PurePath("tfragan/helpers/words.py"))
    assert not vague_names(pathlib.PurePath("tfragan/text/vocabulary.py"))


def test_missing_config_entries_are_found():
    class Base(keras.layers.Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            self.size = size

        def get_config(self):
            return {**super().get_config(), "size": self.size}

    class Heir(Base):
        def __init__(self, size, *, scale=1.0, **kwargs):
            super().__init__(size, **kwargs)
            self.scale = scale

    assert not incomplete_configs(Base)
    assert incomplete_configs(Heir) == ["the config of Heir lacks scale"]
