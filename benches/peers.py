#!/usr/bin/env python3
"""Luru beside its peers on the pictures of a folder, in alternate runs on the same machine.

    pip install rapidocr==3.10.0 onnxruntime onnx
    apt-get install tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-eng
    cargo build --release --manifest-path benches/oar_ocr/Cargo.toml
    benches/peers.py FOLDER [--luru target/release/luru] [--runs 3] [--limit 40] [--only Luru,RapidOCR]

A peer that is not installed is named and left out. Prints, for each program, the seconds a page (median
over the runs, models loaded before), the peak of resident memory and, where a picture has a ground truth
beside it (NAME.json with "lines", each with "text"), the F1 of the characters read, counted as a bag a
page: it says nothing of their order. Where ground truths name a "mode" or a "language", the F1 of each
follows. Each program runs as a process of its own, so that memory is its own and nothing is warm by chance.
"""
import argparse, collections, importlib.util, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile
import time, unicodedata

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


OAR_OCR = pathlib.Path(__file__).parent / "oar_ocr/target/release/read-with-oar-ocr"


def characters(text):
    return collections.Counter(c for c in unicodedata.normalize("NFKC", text) if not c.isspace())


def truth(path):
    """Characters, mode and language of a picture's ground truth; None without one."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return None
    known = json.loads(beside.read_text(encoding="utf-8"))
    lines = known.get("lines") or [l for d in known.get("documents", []) for l in d.get("lines", [])]
    if not lines:
        return None
    groups = [g for g in (known.get("mode"), known.get("language")) if g]
    return characters("".join(l["text"] for l in lines)), groups


def f1(texts, pages):
    """F1 of the characters by group, "all" first."""
    sums = collections.defaultdict(lambda: [0, 0])
    for page in pages:
        known = truth(page)
        if known is None:
            continue
        wanted, groups = known
        found = characters(texts.get(str(page), ""))
        for group in ["all", *groups]:
            sums[group][0] += sum((wanted & found).values())
            sums[group][1] += sum(wanted.values()) + sum(found.values())
    return {group: 200 * right / both for group, (right, both) in sums.items() if both}


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


def oar_ocr(pages, folder):
    import onnx, onnxruntime, rapidocr

    models = pathlib.Path(rapidocr.__file__).parent / "models"
    detection, recognition = (next(models.glob(f"PP-OCRv6_{part}_small*.onnx")) for part in ("det", "rec"))
    entries = {e.key: e.value for e in onnx.load(str(recognition)).metadata_props}
    alphabet, listing, out = folder / "alphabet.txt", folder / "pages.txt", folder / "oar.json"
    alphabet.write_text(entries["character"], encoding="utf-8")
    listing.write_text("\n".join(map(str, pages)), encoding="utf-8")
    library = next((pathlib.Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*"))
    os.environ["ORT_DYLIB_PATH"] = str(library)
    _, memory = timed([str(OAR_OCR), *map(str, (detection, recognition, alphabet, listing, out))])
    read = json.loads(out.read_text(encoding="utf-8"))
    return read["seconds"] / len(pages), memory, read["texts"]


def tesseract(pages, folder):
    listing, out = folder / "pages.txt", folder / "tesseract"
    listing.write_text("\n".join(map(str, pages)), encoding="utf-8")
    seconds, memory = timed(["tesseract", str(listing), str(out), "-l", "chi_sim+eng"])
    # A form feed ends each page.
    read = out.with_suffix(".txt").read_text(encoding="utf-8").split("\f")
    return seconds / len(pages), memory, dict(zip(map(str, pages), read))


def programs(luru_binary):
    """Name, how it runs, whether it is there."""
    has = lambda module: importlib.util.find_spec(module) is not None
    yield "Luru", lambda f, p: luru(luru_binary, p, f), shutil.which(luru_binary)
    yield "RapidOCR", lambda f, p: rapidocr(p, f), has("rapidocr")
    yield "oar-ocr", lambda f, p: oar_ocr(p, f), OAR_OCR.exists() and has("rapidocr") and has("onnx")
    yield "Tesseract", lambda f, p: tesseract(p, f), shutil.which("tesseract")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--luru", default="target/release/luru")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=40)
    parser.add_argument("--only", help="names of programs, separated by commas")
    asked = parser.parse_args()
    found = sorted(p.resolve() for p in asked.folder.rglob("*") if p.suffix.lower() in PICTURES)
    if not found:
        sys.exit(f"no pictures in {asked.folder}")
    step = max(1, len(found) // asked.limit)
    pages = found[::step][: asked.limit]
    chosen = [p for p in programs(asked.luru) if not asked.only or p[0] in asked.only.split(",")]
    for name, _, there in chosen:
        if not there:
            print(f"left out, not installed: {name}", file=sys.stderr)
    results = collections.defaultdict(list)
    for _ in range(asked.runs):
        for name, run, there in chosen:
            if there:
                with tempfile.TemporaryDirectory() as folder:
                    results[name].append(run(pathlib.Path(folder), pages))
                # Tesseract takes minutes: what is known is told at once.
                print(f"{name}: {results[name][-1][0]:.2f} s a page", file=sys.stderr, flush=True)
    print(f"{len(pages)} pages, {asked.runs} alternate runs\n")
    print("| | seconds a page | peak MB | text F1 |\n|---|---|---|---|")
    qualities = {name: f1(runs[-1][2], pages) for name, runs in results.items()}
    for name, runs in results.items():
        quality = qualities[name].get("all")
        shown = "–" if quality is None else f"{quality:.1f}"
        print(f"| {name} | {statistics.median(r[0] for r in runs):.2f} | {max(r[1] for r in runs):.0f} | {shown} |")
    groups = sorted({g for q in qualities.values() for g in q} - {"all"})
    if groups:
        print("\n| text F1 |" + "".join(f" {name} |" for name in qualities))
        print("|---" * (len(qualities) + 1) + "|")
        for group in groups:
            row = (f" {q[group]:.1f} |" if group in q else " – |" for q in qualities.values())
            print(f"| {group} |" + "".join(row))


if __name__ == "__main__":
    main()
