"""Prints a script that completes verbs, flags and configs in a shell.

Examples:
  tfragan completion bash >> ~/.bashrc
  tfragan completion zsh >> ~/.zshrc
"""

import importlib

from tfragan.cli import config_file
from tfragan.cli import flags
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "bash|zsh"
FLAGS = {
    "shell": Flag(
        "strings", "the shell, bash or zsh", "NAME", [], positional=True
    ),
}

_ZSH = "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"
# bash takes what follows the last `=` for the word that is completed.
_SCRIPT = """_tfragan() {{
  local line="${{COMP_LINE:0:$COMP_POINT}}" word words
  word="${{line##* }}"
  words="{verbs} --help --version"
  [ "$COMP_CWORD" -gt 1 ] && case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="" ;;
  esac
  case "$word" in
    *=*) words="$(printf '%s\\n' $words | grep -v '=$')" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case "$word:$COMP_WORDBREAKS" in
    *=*:*=*) COMPREPLY=("${{COMPREPLY[@]#"${{word%=*}}="}}") ;;
  esac
  case "${{COMPREPLY[0]}}" in
    *=) compopt -o nospace 2>/dev/null ;;
  esac
}}
complete -o default -F _tfragan tfragan
"""


def run(arguments):
    """Prints the script."""
    if arguments.shell not in (["bash"], ["zsh"]):
        raise UsageError(
            "name one shell, bash or zsh. Received: "
            f"{' '.join(arguments.shell) or 'none'}"
        )
    (shell,) = arguments.shell
    print((_ZSH if shell == "zsh" else "") + script(), end="")


def script():
    """The function that both shells call, from the flags of all verbs."""
    from tfragan.cli.main import VERBS

    cases = (
        f'    {verb}) words="{" ".join(_words(verb))}" ;;' for verb in VERBS
    )
    return _SCRIPT.format(verbs=" ".join(VERBS), cases="\n".join(cases))


def _words(verb):
    """What may follow a verb, flags with their values where there are few."""
    words = ["--help"]
    names = importlib.import_module(f"tfragan.cli.{verb}").FLAGS
    for name, own in names.items():
        entry = flags.entry(name, own)
        values = entry.choices
        if entry.kind == "config":
            values = config_file.config_names()
        if entry.kind == "boolean":
            words += [f"--{name}", f"--no{name}"]
        else:
            words += [f"--{name}=", *(f"--{name}={value}" for value in values)]
    return words
