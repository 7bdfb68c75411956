"""Man pages and completions are made from the commands, so they must know every one of them."""
import re
import subprocess
import sys

import pytest

import support


@pytest.fixture(scope="module")
def pages(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("man")
    support.execute(sys.executable, support.ROOT / "Tools" / "man" / "generate.py", apr_program, directory)
    return {path.stem: path for path in directory.iterdir()}


def commands():
    text = support.apr("--help").stdout
    return re.findall(r"^  ([a-z]+) ", text[text.index("SUBCOMMANDS:"):], re.M)


def rendered(path):
    """The page as people see it; groff's complaints are failures."""
    result = subprocess.run(
        ["groff", "-Kutf8", "-man", "-Tutf8", "-ww", "-rLL=110n", path], capture_output=True, text=True, check=True,
        env={"GROFF_NO_SGR": "1", "PATH": "/usr/bin:/bin"})
    assert result.stderr == ""
    return re.sub(".\b", "", result.stdout).replace("‐", "-").replace("−", "-")


def test_every_command_has_a_page_with_all_its_options(pages):
    names = commands()
    assert set(pages) == {"apr", *(f"apr-{name}" for name in names)} and len(names) >= 11
    for name in names:
        page = rendered(pages[f"apr-{name}"])
        text = support.apr(name, "--help").stdout
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text[text.index("USAGE:"):]))
        assert options and {option for option in options if option not in page} == set(), name
        assert "Examples:" in page and f"  apr {name} " in page, name


def test_the_first_page_names_every_command(pages):
    page = rendered(pages["apr"])
    assert all(f"apr-{name}(1)" in page for name in commands())


def test_bash_completes_commands_and_options(apr_program, tmp_path):
    script = tmp_path / "apr.bash"
    script.write_text(support.apr("--generate-completion-script", "bash").stdout)

    def completions(*words):
        program = f"""
            source {script}
            COMP_WORDS=({' '.join(words)}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE="${{COMP_WORDS[*]}}"
            COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9
            $(complete -p apr | sed 's/.*-F \\([^ ]*\\).*/\\1/') apr "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        result = support.execute("bash", "-c", program)
        return {line.strip() for line in result.stdout.splitlines()}

    assert completions("apr", "fi") == {"finetune"}
    assert "--tensorboard" in completions("apr", "finetune", "--te")


@pytest.mark.parametrize("shell, word", [("zsh", "#compdef apr"), ("fish", "complete -c 'apr'")])
def test_other_shells_have_their_script(apr_program, shell, word):
    text = support.apr("--generate-completion-script", shell).stdout
    assert word in text and all(name in text for name in commands())
