"""What a user asked for in a way that cannot be meant."""


class WrongUsage(ValueError):
    """An argument that is none: one line, with what was expected. The command line ends with 2."""
