"""Arguments that are one of a few strings."""


def check_choice(name, value, choices):
    """Raises `ValueError` unless an argument is one of some strings."""
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {', '.join(choices)}. "
            f"Received: {name}={value!r}"
        )
