"""Runs ShellCheck and `bash -n` over many snippets at once."""
import json
import subprocess
import tempfile
from pathlib import Path

# Findings which say "this expansion is split or globbed because it is not quoted".
QUOTING = {
    2086,  # double quote to prevent globbing and word splitting
    2046,  # quote this to prevent word splitting ($(…))
    2068,  # double quote array expansions
    2048,  # use "$@" (with quotes)
    2206,  # quote to prevent word splitting in an array
    2207,  # array from a split command output
    2231,  # quote expansions in this for loop glob
    2254,  # quote expansions in case patterns
    2053,  # quote the right-hand side of == in [[ ]]
    2223,  # this default assignment may split
    2070,  # -n does not work with unquoted arguments
}
BATCH = 250


def findings(texts):
    """For each text, the list of (line, code) of its quoting findings.

    The dialect is the one of a text's own `#!` line, or bash where it has none."""
    result = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, text in enumerate(texts):
            path = Path(folder) / f"{index}.sh"
            path.write_text(text + "\n", encoding="utf-8")
            paths.append(path)
        for own_dialect in (False, True):
            chosen = [p for p, t in zip(paths, texts) if t.startswith("#!") == own_dialect]
            options = [] if own_dialect else ["-s", "bash"]
            for start in range(0, len(chosen), BATCH):
                command = ["shellcheck", "--norc", "-f", "json1", *options, *map(str, chosen[start:start + BATCH])]
                answer = subprocess.run(command, capture_output=True, text=True, check=False)
                if answer.returncode > 1:
                    raise RuntimeError(answer.stderr)
                for comment in json.loads(answer.stdout)["comments"]:
                    if comment["code"] in QUOTING:
                        result[int(Path(comment["file"]).stem)].append((comment["line"], comment["code"]))
    return result


def syntax_errors(texts):
    """The indices of the texts that `bash -n` rejects."""
    if not texts:
        return []
    with tempfile.TemporaryDirectory() as folder:
        for index, text in enumerate(texts):
            (Path(folder) / f"{index}.sh").write_text(text + "\n", encoding="utf-8")
        script = 'for f in *.sh; do bash -n "$f" 2> /dev/null || echo "${f%.sh}"; done'
        answer = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    return sorted(int(line) for line in answer.stdout.split())
