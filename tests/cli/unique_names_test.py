from tfragan.cli.file_names import UniqueNames


def test_names_differ_by_more_than_case_and_stay_in_their_folder():
    unique = UniqueNames()
    names = ["a/b", "a/B", "b", "a/b", "a/b_2"]
    assert [unique.take(name) for name in names] == [
        "a/b",
        "a/B_2",
        "b",
        "a/b_3",
        "a/b_2_2",
    ]
