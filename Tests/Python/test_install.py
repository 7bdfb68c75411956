"""`make install` and `make dist`, with the ordinary program instead of the static one."""
import os
import platform
import tarfile

import pytest

import support
import test_manual
from screen import Screen

SHARE = {
    "bash": "bash-completion/completions/apr", "zsh": "zsh/site-functions/_apr", "fish": "fish/vendor_completions.d/apr.fish"}


def make(folder, *arguments):
    """Runs make as a user does, with everything it writes in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return support.execute(
        "make", *arguments, f"PROGRAM={support.APR}", f"TREE={folder / 'tree'}", f"DIST={folder / 'dist'}",
        cwd=support.ROOT, environment=environment)


@pytest.fixture(scope="module")
def installed(apr_program, tmp_path_factory):
    """What `make install` puts under /opt/apr of another root."""
    folder = tmp_path_factory.mktemp("install")
    make(folder, "install", "PREFIX=/opt/apr", f"DESTDIR={folder / 'root'}")
    return folder / "root" / "opt" / "apr"


@pytest.fixture(scope="module")
def dist(apr_program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    make(folder, "dist")
    return folder / "dist"


def files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def expected():
    names = ["apr", *(f"apr-{name}" for name in test_manual.commands())]
    return {"bin/apr", "share/doc/apr/LICENSE", *(f"share/{path}" for path in SHARE.values()),
            *(f"share/man/man1/{name}.1" for name in names)}


def test_what_is_installed(installed):
    assert files(installed) == expected()
    assert (installed / "bin" / "apr").stat().st_mode & 0o777 == 0o755
    assert support.execute(installed / "bin" / "apr", "--version").stdout == support.apr("--version").stdout


def test_the_pages_can_be_read(installed):
    for name in ("apr", "apr-finetune"):
        assert "SYNOPSIS" in test_manual.rendered(installed / "share" / "man" / "man1" / f"{name}.1")


def test_installing_again_replaces(installed, tmp_path_factory):
    page = installed / "share" / "man" / "man1" / "apr.1"
    text = page.read_text()
    page.write_text("old")
    make(tmp_path_factory.mktemp("again"), "install", "PREFIX=/opt/apr", f"DESTDIR={installed.parents[1]}")
    assert page.read_text() == text and files(installed) == expected()


def test_the_archive_holds_the_same_and_its_checksum_fits(dist, tmp_path):
    version = support.apr("--version").stdout.split()[-1]
    name = f"apr-{version}-{platform.system().lower()}-{platform.machine()}.tar.gz"
    assert {path.name for path in dist.iterdir()} == {name, name + ".sha256"}
    support.execute("sha256sum", "--check", "--strict", name + ".sha256", cwd=dist)
    with tarfile.open(dist / name) as archive:
        members = archive.getmembers()
    support.execute("tar", "-xzf", dist / name, "-C", tmp_path)
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    programs = {member.name for member in members if member.isfile() and member.mode & 0o111}
    assert {member.mode & 0o777 for member in members if member.isfile()} == {0o755, 0o644}
    assert {name.split("/", 1)[1] for name in programs} == {"bin/apr"}
    root = tmp_path / f"apr-{version}"
    assert [path.name for path in tmp_path.iterdir()] == [root.name]
    assert files(root) == expected()
    assert support.execute(root / "bin" / "apr", "--version").stdout.split()[-1] == version


def test_the_archive_is_the_same_each_time(dist, tmp_path):
    make(tmp_path, "dist")
    for path in dist.iterdir():
        assert path.read_bytes() == (tmp_path / "dist" / path.name).read_bytes(), path.name


# ------------------------------------------------------------------------------------------------ completions

def test_bash_completes_from_where_it_is_installed(installed):
    script = installed / "share" / SHARE["bash"]
    program = f"""
        source {script}
        COMP_WORDS=(apr fi); COMP_CWORD=1; COMP_LINE="apr fi"; COMP_POINT=6; COMP_TYPE=9
        $(complete -p apr | sed 's/.*-F \\([^ ]*\\).*/\\1/') apr fi apr
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert support.execute("bash", "-c", program).stdout.split() == ["finetune"]


def test_fish_completes_from_where_it_is_installed(installed, tmp_path):
    script = installed / "share" / SHARE["fish"]

    def completions(line):
        result = support.execute(
            "fish", "--no-config", "-c", f"source {script}; complete -C '{line}'", env={"HOME": str(tmp_path)})
        return {entry.split("\t")[0] for entry in result.stdout.splitlines()}

    assert completions("apr fi") == {"finetune"}
    assert "--tensorboard" in completions("apr finetune --te")


def test_zsh_completes_from_where_it_is_installed(installed, tmp_path):
    """On a terminal, since zsh completes nowhere else."""
    folder = (installed / "share" / SHARE["zsh"]).parent
    with Screen("-f", "-i", program="zsh", env={"HOME": str(tmp_path), "PATH": f"{installed / 'bin'}:{os.environ['PATH']}"}) as shell:
        shell.type(f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; PROMPT='rea''dy> '\n")
        shell.until("ready> ")
        shell.type("apr fi\t")
        shell.until("netune")
        shell.type("--tens\t")
        shell.until("orboard")
