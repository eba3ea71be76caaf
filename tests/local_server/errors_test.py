"""Clients get the reason of an error, and nothing of the graph or the disk."""

import pytest

from tfragan.local_server.errors import graph_message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Graph execution error:\n\nDetected at node a/b defined at (most "
            'recent call last):\n  File "/home/me/model.py", line 3, in f\n'
            "    secret()\n\nassertion failed: [no image] [2]\n\t "
            "[[{{node map/while}}]] [Op:__inference_f_7]",
            "assertion failed: [no image] [2]",
        ),
        (
            "2 root error(s) found.\n  (0) INVALID_ARGUMENT:  bad thing\n\t "
            "[[{{node a}}]]\n  (1) INVALID_ARGUMENT: worse\n0 successful "
            "operations.",
            "bad thing",
        ),
        ("{{function_node __wrapped}} too short [Op:Foo]", "too short"),
        ("Graph execution error:", "the model refused its inputs"),
        ("x" * 1000, "x" * 500 + "..."),
    ],
)
def test_only_the_reason_is_left(text, message):
    assert graph_message(text) == message
