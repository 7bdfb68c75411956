"""The size table of the source files: `make sizes`. Lines are physical lines, comments and blanks included."""
import pathlib
import statistics

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = ["Sources/*", "Tests/*", "Tools/*", "Examples/*"]
SUFFIXES = {".swift", ".c", ".h", ".py", ".sh"}


def lines(path):
    return path.read_bytes().count(b"\n")


def main():
    print(f"{'':34}{'files':>6}{'lines':>8}{'median':>8}{'largest':>9}")
    everything = []
    for pattern in GROUPS:
        total = []
        for folder in sorted(ROOT.glob(pattern)):
            files = [path for path in folder.rglob("*") if path.suffix in SUFFIXES and "." not in path.parts]
            sizes = sorted((lines(path), path) for path in files)
            if not sizes:
                continue
            counts = [count for count, _ in sizes]
            name = str(folder.relative_to(ROOT))
            print(f"{name:34}{len(counts):6}{sum(counts):8}{statistics.median(counts):8.0f}{counts[-1]:9}")
            total += sizes
        if total:
            print(f"{pattern.split('/')[0] + ' together':34}{len(total):6}{sum(count for count, _ in total):8}\n")
        everything += total
    print("largest files")
    for count, path in sorted(everything, reverse=True)[:10]:
        print(f"{count:8}  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
