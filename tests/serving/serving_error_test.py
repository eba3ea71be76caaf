"""Errors say what, where and whether to try again."""

import pickle

from tfragan.serving.serving_error import ServingError
from tfragan.serving.serving_error import code_of_http


def test_errors_travel_between_processes():
    error = ServingError("UNAVAILABLE", "busy", "here", True, 2.0)
    same = pickle.loads(pickle.dumps(error))

    assert str(same) == str(error) == "here: busy (UNAVAILABLE)."
    assert (same.code, same.retryable, same.retry_after) == (
        "UNAVAILABLE",
        True,
        2.0,
    )


def test_statuses_without_a_code_of_their_own_have_one():
    assert code_of_http(451) == "INVALID_ARGUMENT"
    assert code_of_http(507) == "INTERNAL"
    assert code_of_http(302) == "UNKNOWN"
