#!/usr/bin/env python3
"""Luru beside RapidOCR on the pictures of a folder, in alternate runs on the same machine.

    pip install rapidocr==3.10.0 onnxruntime
    benches/peers.py FOLDER [--luru target/release/luru] [--runs 3] [--limit 40]

Prints, for each program, the seconds a page (median over the runs, models loaded before), the peak of
resident memory and, where a picture has a ground truth beside it (NAME.json with "lines", each with
"text"), the F1 of the characters read, counted as a bag a page: it says nothing of their order.
Each program runs as a process of its own, so that memory is its own and nothing is warm by chance.
"""
import argparse, collections, json, os, pathlib, statistics, subprocess, sys, tempfile, time, unicodedata

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}

RAPIDOCR = """
import json, sys, time
from rapidocr import RapidOCR
engine = RapidOCR(params={"Global.log_level": "error"})
engine(sys.argv[2])
texts, start = {}, time.perf_counter()
for path in open(sys.argv[1], encoding="utf-8").read().splitlines():
    texts[path] = "".join(engine(path).txts or ())
json.dump({"seconds": time.perf_counter() - start, "texts": texts}, open(sys.argv[3], "w"))
"""


def characters(text):
    return collections.Counter(c for c in unicodedata.normalize("NFKC", text) if not c.isspace())


def truth(path):
    beside = path.with_suffix(".json")
    if not beside.exists():
        return None
    known = json.loads(beside.read_text(encoding="utf-8"))
    lines = known.get("lines") or [l for d in known.get("documents", []) for l in d.get("lines", [])]
    return characters("".join(l["text"] for l in lines)) if lines else None


def f1(texts, pages):
    right = wanted = read = 0
    for page in pages:
        known = truth(page)
        if known is None:
            continue
        found = characters(texts.get(str(page), ""))
        right += sum((known & found).values())
        wanted += sum(known.values())
        read += sum(found.values())
    return 200 * right / (wanted + read) if wanted + read else None


def timed(command):
    """Runs a command; returns its seconds and peak resident memory in MB."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    # Luru tells by 1 that some files could not be read; the others were.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(errors.decode(errors="replace"))
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def luru(binary, pages, folder):
    listing = folder / "pages.txt"
    listing.write_text("\n".join(map(str, pages)), encoding="utf-8")
    common = [binary, "recognize", "--no-cache", "--kind", "none", "--out", str(folder / "out")]
    loading, _ = timed([*common, str(pages[0])])
    one = json.loads(next((folder / "out").glob("*.json")).read_text(encoding="utf-8"))
    loading -= one["timings_ms"]["total"] / 1000
    seconds, memory = timed([*common, "--files-from", str(listing)])
    texts = {}
    for result in (folder / "out").glob("*.json"):
        read = json.loads(result.read_text(encoding="utf-8"))
        texts[read["file"]] = "".join(l["text"] for p in read["pages"] for l in p.get("lines", []))
    return (seconds - loading) / len(pages), memory, texts


def rapidocr(pages, folder):
    listing, out = folder / "pages.txt", folder / "rapidocr.json"
    listing.write_text("\n".join(map(str, pages)), encoding="utf-8")
    _, memory = timed([sys.executable, "-c", RAPIDOCR, str(listing), str(pages[0]), str(out)])
    read = json.loads(out.read_text(encoding="utf-8"))
    return read["seconds"] / len(pages), memory, read["texts"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--luru", default="target/release/luru")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=40)
    asked = parser.parse_args()
    found = sorted(p.resolve() for p in asked.folder.rglob("*") if p.suffix.lower() in PICTURES)
    if not found:
        sys.exit(f"no pictures in {asked.folder}")
    step = max(1, len(found) // asked.limit)
    pages = found[::step][: asked.limit]
    results = collections.defaultdict(list)
    for _ in range(asked.runs):
        for name, run in (("Luru", lambda f: luru(asked.luru, pages, f)), ("RapidOCR", lambda f: rapidocr(pages, f))):
            with tempfile.TemporaryDirectory() as folder:
                results[name].append(run(pathlib.Path(folder)))
    print(f"{len(pages)} pages, {asked.runs} alternate runs\n")
    print("| | seconds a page | peak MB | text F1 |\n|---|---|---|---|")
    for name, runs in results.items():
        quality = f1(runs[-1][2], pages)
        shown = "–" if quality is None else f"{quality:.1f}"
        print(f"| {name} | {statistics.median(r[0] for r in runs):.2f} | {max(r[1] for r in runs):.0f} | {shown} |")


if __name__ == "__main__":
    main()
