"""Colouring photographs: what is done about those that cannot be coloured."""


def test_a_file_that_is_no_picture_does_not_stop_the_others(colorize, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    sources = [str(tmp_path / "notes.jpg"), "book/photos/barn.jpg"]
    answer = colorize("photo", *sources, "-o", str(tmp_path / "out"), "--samples", "2")
    assert answer.code == 2
    assert answer.err.count("notes.jpg cannot be read as a photograph") == 1
    assert "1 of 2 photographs were not coloured" in answer.err
    written = sorted(str(path) for path in (tmp_path / "out").iterdir())
    assert answer.out.splitlines() == [str(tmp_path / "out" / f"barn-color{end}.png") for end in ("", "-2")]
    assert sorted(answer.out.splitlines()) == written


def test_samples_that_would_all_be_equal_are_refused(colorize, tmp_path):
    arguments = ["book/photos/barn.jpg", "-o", str(tmp_path / "out"), "--samples", "2", "--family", "regression"]
    answer = colorize("photo", *arguments)
    assert answer.code == 2 and "leave out --samples" in answer.err
    assert not (tmp_path / "out").exists()
