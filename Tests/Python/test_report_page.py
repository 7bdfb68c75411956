"""The report pages in a real browser: no complaint, nothing fetched, nothing that sticks out."""
import json
import random
import re

import pytest

import browser
import support
import toybase


@pytest.fixture(scope="module")
def pages(apr_program, tmp_path_factory):
    """The pages of two runs, of their comparison, and of an evaluation; labels and texts are made to be trouble."""
    directory = tmp_path_factory.mktemp("report")
    draw = random.Random(6)
    names = {name: name for name in toybase.NAMES[5]}
    names[next(name for name in names if name != "elm")] = "non-idempotent"
    names["elm"] = "a-class-with-a-very-long-name/and a <b>tag</b>"
    rows = toybase.corpus(5, count=120)
    for index, row in enumerate(rows):
        if draw.random() < 0.2:
            row["label"] = draw.choice(toybase.NAMES[5])
        if index % 9 == 0:
            row["input"] += " <script>document.title='taken'</script> " + "W" * 300
        if index % 9 == 1:
            row["input"] += " word" * 40
        row["label"] = names[row["label"]]
    data = support.write_jsonl(directory / "corpus.jsonl", rows)
    for name, rate in (("one", 4e-3), ("two", 1e-3)):
        support.apr(
            "finetune", toybase.base(), "--data", data, "--epochs", 3, "--batch-size", 8, "--learning-rate", rate,
            "--threads", 1, "--max-seq-length", 48, "-o", directory / name)
    support.apr("report", directory / "one", directory / "two", "-o", directory / "comparison.html")
    support.apr("eval", directory / "one" / "best", "--data", data, "--report", directory / "evaluation.html")
    return {
        "run": directory / "one" / "report.html", "comparison": directory / "comparison.html",
        "evaluation": directory / "evaluation.html",
    }


@pytest.fixture(scope="module")
def tab():
    if not browser.program():
        pytest.skip("no Chromium; Tools/setup/system-packages.sh test installs it")
    with browser.Browser() as tab:
        yield tab


@pytest.mark.parametrize("name", ["run", "comparison", "evaluation"])
@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_fits_and_is_silent(pages, tab, name, width, dark):
    tab.open(pages[name], width=width, dark=dark)
    assert tab.complaints() == []
    assert tab.requests() == []
    assert tab.overflowing() == []
    # A text of the data that is a script has not run.
    assert "taken" not in tab.evaluate("document.title")
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
    assert brightness < 60 if dark else brightness > 200


@pytest.mark.parametrize("name", ["run", "comparison", "evaluation"])
def test_a_page_prints(pages, tab, name):
    tab.open(pages[name], width=794, media="print", dark=True)
    assert tab.complaints() == []
    assert tab.overflowing() == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "paper is white"


@pytest.mark.parametrize("name, least", [("run", 12), ("comparison", 6), ("evaluation", 7)])
def test_every_chart_has_words_and_a_table(pages, tab, name, least):
    tab.open(pages[name], width=1400)
    charts = tab.evaluate("""[...document.querySelectorAll('figure')].map(figure => ({
        title: figure.querySelector('figcaption').textContent,
        words: figure.querySelector('svg[role=img]').getAttribute('aria-label').length,
        rows: figure.querySelectorAll('details tbody tr').length,
        marks: figure.querySelectorAll('svg[role=img] path, svg[role=img] rect').length}))""")
    assert len(charts) >= least
    for chart in charts:
        assert chart["words"] > len(chart["title"]) + 15 and chart["rows"] and chart["marks"], chart


def test_the_page_shows_what_the_log_says(pages, tab):
    lines = support.read_jsonl(pages["run"].parent / "metrics.jsonl")
    best = [line for line in lines if line["type"] == "evaluation" and line["is_best"]][-1]
    tab.open(pages["run"], width=1400)
    tiles = dict(tab.evaluate(
        "[...document.querySelectorAll('.tiles li')].map(tile => [tile.querySelector('span').textContent, tile.querySelector('b').textContent])"))
    assert tiles["state"] == "finished"
    assert tiles["best epoch"] == str(best["epoch"])
    assert float(tiles["validation loss there"]) == pytest.approx(best["val_loss"], abs=6e-4)
    assert float(tiles["validation accuracy there"].split()[0]) == pytest.approx(100 * best["val_accuracy"], abs=0.06)
    # The matrix holds every validation example once.
    counts = tab.evaluate("""[...document.querySelectorAll('figure')].filter(figure =>
        figure.querySelector('figcaption').textContent == 'Confusion, counts').flatMap(figure =>
        [...figure.querySelectorAll('tbody td')].map(cell => Number(cell.textContent)))""")
    start = next(line for line in lines if line["type"] == "start")
    assert sum(counts) == start["validation_examples"] == 24


def test_the_page_says_what_was_learnt_and_how_well_and_fills_its_width(pages, tab):
    tab.open(pages["run"], width=1400)
    title = tab.evaluate("document.title")
    assert re.fullmatch(r"corpus\.jsonl with .+: macro F1 0\.\d{3}, .+", title), title
    assert re.search(r"started \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC", tab.evaluate("document.querySelector('.lead').textContent"))
    # The best epoch is named in the legend, where no line can cross it.
    assert tab.evaluate("[...document.querySelectorAll('.legend li')].filter(item => item.textContent.startsWith('best: epoch')).length") == 2
    assert tab.evaluate("document.querySelectorAll('circle.best').length") == 4
    gaps = tab.evaluate("""[...document.querySelectorAll('.tiles, .grid')].map(box => {
        const right = Math.max(...[...box.children].slice(-1).map(child => child.getBoundingClientRect().right));
        return box.getBoundingClientRect().right - right; })""")
    assert gaps and max(gaps) < 1, "the last row is as wide as the others"
    assert tab.evaluate("document.querySelectorAll('table.mistakes tbody tr').length") > 0
    tab.open(pages["evaluation"], width=1400)
    assert re.search(r"corpus\.jsonl: macro F1 0\.\d{3}, evaluation of", tab.evaluate("document.title"))


def test_a_comparison_marks_the_best_run_and_names_what_differs(pages, tab):
    tab.open(pages["comparison"], width=1400)
    marked = tab.evaluate("[...document.querySelectorAll('tr.marked th')].map(cell => cell.textContent)")
    scores = {name: max(line["val_macro_f1"] for line in support.read_jsonl(pages["run"].parents[1] / name / "metrics.jsonl")
                        if line["type"] == "evaluation" and line["is_best"]) for name in ("one", "two")}
    assert scores["one"] != scores["two"] and marked == [f"{max(scores, key=scores.get)} (best macro F1)"]
    differing = tab.evaluate("""[...[...document.querySelectorAll('h2')].find(title =>
        title.textContent == 'Settings that differ').nextElementSibling.querySelectorAll('tbody th')].map(cell => cell.textContent)""")
    assert differing == ["learning_rate"]
    assert tab.evaluate("getComputedStyle([...document.querySelectorAll('td')].find(cell => cell.textContent == 'finished')).textAlign") == "left"
    assert tab.evaluate("getComputedStyle([...document.querySelectorAll('td')].find(cell => /^[0-9.]+ %$/.test(cell.textContent))).textAlign") == "right"


def test_the_terminal_shows_each_epoch_once_within_eighty_columns(apr_program, tmp_path):
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    command = ["finetune", toybase.base(), "--data", data, "--epochs", 3, "--threads", 1]
    both = support.execute("sh", "-c", '"$@" 2>&1', "sh", support.APR, *command, "-o", tmp_path / "one").stdout
    rows = [line for line in both.splitlines() if re.match(r" +[123] +\d+  ", line)]
    assert len(rows) == 3 and max(map(len, rows)) <= 80, rows
    apart = support.apr(*command, "-o", tmp_path / "two").stdout
    assert len([line for line in apart.splitlines() if re.match(r" +[123] +\d+  ", line)]) == 3


def test_a_report_can_be_made_again_without_a_model(pages, tmp_path):
    again = tmp_path / "again.html"
    support.apr("report", pages["run"].parent, "-o", again)
    assert again.read_text() == pages["run"].read_text()


def test_texts_can_be_left_out(apr_program, pages, tmp_path):
    texts = [row["input"] for row in support.read_jsonl(pages["run"].parents[1] / "corpus.jsonl")]
    data, base = pages["run"].parents[1] / "corpus.jsonl", toybase.base()

    def shown(page):
        return [text for text in texts if len(text) > 12 and text.split("<")[0].strip() in page]

    assert shown(pages["run"].read_text()) and shown(pages["evaluation"].read_text())
    support.apr(
        "finetune", base, "--data", data, "--epochs", 1, "--threads", 1, "-o", tmp_path / "run", "--no-text-in-report")
    support.apr(
        "eval", tmp_path / "run" / "best", "--data", data, "--report", tmp_path / "page.html", "--no-text-in-report")
    for path in (tmp_path / "run" / "report.html", tmp_path / "run" / "report.json", tmp_path / "page.html"):
        assert shown(path.read_text()) == [], path
    mistakes = json.loads((tmp_path / "run" / "report.json").read_text())["evaluation"]["mistakes"]
    assert all(mistake["text"] is None for mistake in mistakes)


def test_a_report_that_cannot_be_written_does_not_stop_training(apr_program, tmp_path):
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    run = tmp_path / "run"
    command = ["finetune", toybase.base(), "--data", data, "--threads", 1, "-o", run]
    support.apr(*command, "--epochs", 1)
    # Directories with the names of the files: even root cannot rename a file over them.
    for name in ("report.html", "report.json", "trainer_state.json"):
        (run / name).unlink()
        (run / name / "in-the-way").mkdir(parents=True)
    (tmp_path / "tensorboard").write_text("a file")
    result = support.apr(*command, "--epochs", 2, "--resume", "--tensorboard", tmp_path / "tensorboard")
    assert "done: " in result.stdout
    assert result.stderr.count("the report could not be written") == 1
    assert result.stderr.count("no more figures for TensorBoard") == 1
    assert support.apr_json("verify", run / "last")["valid"]


def test_a_directory_without_a_run_is_refused(apr_program, tmp_path):
    result = support.apr("report", tmp_path, expect=65)
    assert "holds no run" in result.stderr
