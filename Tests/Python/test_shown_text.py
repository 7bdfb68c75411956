"""Text of others, wherever it comes from, cannot command a terminal, deceive a reader, or become markup; tokens are never shown."""
import hashlib
import html.parser
import json
import re
import shutil

import pytest

import hostile_numbers
import raw_server
import support
from hostile_judge import DANGEROUS

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"
TOKEN = "hf_" + "Zq9" * 11
ODD_TOKEN = "secret-token-of-another-form"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202etxt\u2066\u200f\x9b31m\u2028\U000e0041"


@pytest.fixture
def frozen(apr_program, tmp_path):
    return shutil.copytree(FROZEN, tmp_path / "frozen", symlinks=True)


def shown(*arguments, **options):
    """What a command prints, which must be harmless; with its exit status."""
    result = support.apr(*arguments, expect=None, **options)
    assert result.returncode >= 0
    text = result.stdout + result.stderr
    found = DANGEROUS.search(text)
    assert not found, repr(text[max(0, found.start() - 60):found.end() + 20])
    return result.returncode, text


def hub_environment(endpoint, home, **more):
    return {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "APR_HUB_RETRY_BASE_MS": "1", "HF_HUB_OFFLINE": "",
            "TRANSFORMERS_OFFLINE": "", **more}


def test_what_a_server_says_is_harmless(apr_program, tmp_path):
    body = json.dumps({"error": f"no {HOSTILE} model"}).encode()
    with raw_server.serve(raw_server.answer(body, b"400 Bad Request")) as endpoint:
        status, text = shown("pull", "org/model", env=hub_environment(endpoint, tmp_path))
    assert status == 65 and "model" in text


@pytest.mark.parametrize("token", [TOKEN, ODD_TOKEN])
@pytest.mark.parametrize("where", ["body", "header", "names"])
def test_a_server_that_echoes_the_token_does_not_get_it_shown(token, where, apr_program, tmp_path):
    def reply(request):
        echoed = re.search(rb"(?i)authorization: Bearer (\S+)", request)[1]
        if where == "header":
            return raw_server.answer(b"", b"403 Forbidden", [b"x-error-message: you sent " + echoed])
        if where == "body":
            return raw_server.answer(json.dumps({"error": "you sent " + echoed.decode()}).encode(), b"403 Forbidden")
        names = [echoed.decode() + ".safetensors", "model.safetensors"]
        return raw_server.answer(json.dumps({"sha": "a" * 40, "siblings": [
            {"rfilename": name, "size": 1, "blobId": echoed.decode()} for name in names]}).encode())

    with raw_server.serve(reply) as endpoint:
        for extra in [[], ["--json"]]:
            status, text = shown("pull", "org/model", *extra, env=hub_environment(endpoint, tmp_path, HF_TOKEN=token))
            assert status != 0 and token not in text


def test_text_that_looks_like_a_token_is_not_shown(apr_program, tmp_path):
    _, text = shown("inspect", tmp_path / f"no-{TOKEN}-file")
    assert TOKEN not in text and "(token)" in text


def test_json_gives_a_users_text_back(frozen, tmp_path):
    """What looks like a token may be a user's text; a token that this user has is none."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "token").write_text("hf_" + "Kf7" * 11 + "\n")
    texts = [f"curl -H {TOKEN}", "export HF_TOKEN=" + ODD_TOKEN, "echo hf_" + "Kf7" * 11]
    predict = ["predict", frozen / "run" / "best", "--base", frozen / "base", *(f"--text={text}" for text in texts)]
    given = {"HF_HOME": str(home), "HF_TOKEN": ODD_TOKEN}
    for environment, expected in [
            (given, [texts[0], "export HF_TOKEN=(token)", "echo (token)"]),
            ({"HF_HOME": str(tmp_path / "none"), "HF_TOKEN": ""}, texts)]:
        assert [line["input"] for line in support.apr_lines(*predict, env=environment)] == expected
        assert TOKEN not in support.apr(*predict, env=environment).stdout
    rows = support.write_jsonl(tmp_path / "rows.jsonl", [{"input": "ls", "id": TOKEN}])
    [row] = support.apr_lines(*predict[:4], "--data", rows, "--keep-columns")
    assert row["columns"] == {"id": TOKEN}


def test_file_names_are_harmless(frozen):
    odd = frozen / f"run {HOSTILE}"
    (frozen / "run").rename(odd)
    for command in [["verify", odd], ["verify", odd, "--json"], ["runs", frozen], ["runs", frozen, "--json"], ["monitor", odd, "--once"],
                    ["report", odd], ["inspect", odd / "best"], ["inspect", odd / "best", "--json"], ["inspect", odd / "nothing"],
                    ["predict", odd, "--text", "ls"], ["finetune", odd, "--data", odd, "--plan"]]:
        shown(*command)


def test_names_of_tensors_and_metadata_are_harmless(frozen):
    import numpy
    import safetensors.numpy
    path = frozen / "odd.safetensors"
    safetensors.numpy.save_file({HOSTILE: numpy.zeros(2, numpy.float32)}, path, metadata={HOSTILE: HOSTILE})
    status, text = shown("inspect", path)
    assert status == 0 and "txt" in text
    shown("inspect", path, "--json")
    document = support.apr_json("inspect", path)
    assert json.dumps(HOSTILE) in json.dumps(document), "JSON keeps the name"


def test_words_of_files_of_a_run_are_harmless(frozen):
    run = frozen / "run"
    record = json.loads((run / "run.json").read_text())
    log = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert log[-1]["type"] == "end"
    hostile_numbers.change_line(run / "metrics.jsonl", ("last", "end", "reason"), json.dumps(HOSTILE))
    hostile_numbers.change_line(run / "metrics.jsonl", ("last", "end", "at"), json.dumps(HOSTILE))
    hostile_numbers.change_record(run / "run.json", ("started_at",), json.dumps(HOSTILE, ensure_ascii=False))
    assert record["started_at"]
    for command in [["runs", frozen], ["runs", frozen, "--json"], ["monitor", run, "--once"], ["monitor", run, "--json"], ["report", run]]:
        shown(*command)
    assert not DANGEROUS.search((run / "report.html").read_text())


LABELS = ["![pixel](https://example.org/p.png)", "a|b", "<script>alert(1)</script>", "[link](javascript:x)", "`code` *bold* _it_",
          "www.example.org", "https://example.org/", "line\nbreak", "\u202eevil", "<!-- notes", "&lt;", "\x1b[2J", "$x$ ~~gone~~ #1 @you"]


@pytest.fixture(scope="module")
def labelled(apr_program, tmp_path_factory):
    """A run whose labels are hostile."""
    directory = tmp_path_factory.mktemp("labels")
    rows = [{"input": f"text {index} {name}", "label": label}
            for name, label in enumerate(LABELS) for index in range(4)]
    support.write_jsonl(directory / "corpus.jsonl", rows)
    for extra in [["--plan"], []]:
        shown("finetune", FROZEN / "base", "--data", directory / "corpus.jsonl", "-o", directory / "run", "--epochs", "1",
              "--val-split", "0.25", *extra)
    return directory


def test_labels_are_plain_text_in_the_card(labelled):
    import markdown_it
    card = (labelled / "run" / "best" / "README.md").read_text()
    assert not DANGEROUS.search(card)
    body = card.split("\n---\n", 1)[1]
    parser = markdown_it.MarkdownIt("gfm-like", {"linkify": False, "html": True})
    rows, kinds = [], set()
    for token in parser.parse(body):
        kinds.add(token.type)
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ["td_open", "th_open"]:
            rows[-1] += 1
        for child in token.children or []:
            kinds.add(child.type)
    assert not kinds & {"image", "link_open", "html_inline", "s_open", "em_open", "strong_open"}, kinds
    assert len(rows) > 2 * len(LABELS), "the tables are there"
    texts = [token.content for token in parser.parse(body) if token.type == "inline"]
    rendered = parser.render(body)
    for label in LABELS:
        if "\n" not in label and not DANGEROUS.search(label):
            assert f"<td>{escaped(label)}</td>" in rendered, label
    assert texts and "www.example" not in re.sub(r"`[^`]*`|```.*?```", "", body, flags=re.S)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        self.seen.update(name for name, _ in attributes)


def test_labels_are_plain_text_in_pages(labelled):
    page = (labelled / "run" / "report.html").read_text()
    tags = Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img", "onerror", "onload"}
    assert not DANGEROUS.search(page)


def test_labels_are_harmless_wherever_they_are_printed(labelled):
    best = labelled / "run" / "best"
    for command in [["predict", best, "--text", "text 1", "two"], ["predict", best, "--text", "text", "--json"], ["inspect", best],
                    ["eval", best, "--data", labelled / "corpus.jsonl", "--resamples", "10"],
                    ["eval", best, "--data", labelled / "corpus.jsonl", "--resamples", "10", "--json"], ["inspect", best, "--json"]]:
        shown(*command, "--base", FROZEN / "base") if command[0] in ["predict", "eval"] else shown(*command)


def test_predictions_keep_the_text_in_json(frozen):
    rows = support.apr_lines(
        "predict", frozen / "run" / "best", "--base", frozen / "base", "--text", HOSTILE)
    assert rows[0]["input"] == HOSTILE


# MARK: verification

def test_a_manifest_that_lists_nothing_is_not_valid(frozen):
    best = frozen / "run" / "best"
    manifest = json.loads((best / "manifest.json").read_text())
    del manifest["digest"]
    for files in [{}, {"README.md": manifest["files"]["README.md"]}, {
            name: manifest["files"][name] for name in ["README.md", "training_state.apr"]}]:
        text = json.dumps({**manifest, "files": files}, sort_keys=True, separators=(",", ":"))
        (best / "manifest.json").write_text(f'{{"digest":"{hashlib.sha256(text.encode()).hexdigest()}",{text[1:]}\n')
        result = support.apr("verify", best, expect=65)
        assert "nothing can be verified" in result.stderr


def test_files_that_are_not_listed_are_named(frozen):
    best = frozen / "run" / "best"
    (best / "extra.bin").write_bytes(b"x")
    assert "not listed, so not checked: extra.bin" in support.apr("verify", best).stdout
    assert "extra.bin not listed" in support.apr("verify", frozen / "run").stdout
    assert support.apr_json("verify", best)["unlisted_files"] == ["extra.bin"]
