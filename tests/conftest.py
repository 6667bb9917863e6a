"""What several test files share."""

import re

import pytest


@pytest.fixture
def is_one_sentence():
    """Whether an error's text is one sentence on one line: it ends once, and nothing begins after that."""

    def check(text):
        text = str(text)
        return "\n" not in text and text[-1] in ".?" and not re.search(r"[.?!] +[A-Z]", text)

    return check
