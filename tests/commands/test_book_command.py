"""Building the book from the command line."""

from colorize_lib.book import build


def test_the_book_gets_what_was_given(colorize, monkeypatch):
    asked = []
    monkeypatch.setattr(build, "build", lambda *given, **named: asked.append((*given, named)))
    arguments = ["book", "--params", "f.yaml", "-p", "train_images", "64", "--chapter", "gan", "-p", "seed=1"]
    assert colorize(*arguments).code == 0
    ((path, named),) = asked
    assert str(path) == "f.yaml"
    assert named == {"chapters": ["gan"], "overrides": {"train_images": 64, "seed": 1}, "pdf": False}


def test_an_interrupt_ends_quietly(colorize, monkeypatch):
    def interrupted(*given, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build", interrupted)
    answer = colorize("book")
    assert answer.code == 130
    assert "Traceback" not in answer.err
