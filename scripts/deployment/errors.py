"""The one exception whose text is shown to whoever runs a script."""


class Stop(Exception):
    """The script cannot go on; the message is one line and says what to do."""
