#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation check of the simulator: plants each mistake of tests/sim/mutants.txt in a copy of this tree, builds provchain-sim, and
runs seeds until one of them fails. A mutant that no seed catches says that the simulator is blind there.

    tools/mutants.py                 the control and all mutants; about ten minutes on two cores
    tools/mutants.py --only NAME     one of them; may be repeated
    tools/mutants.py --list          names and what they break
    tools/mutants.py --check         whether every mutant still fits the sources; builds nothing

The copy and its build live in build/mutants; the tree itself is never touched. Exit status: 0 each was caught and the control was
clean, 1 one survived or the control was not clean, 2 a mutant does not fit, does not build, or wrong usage.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import selectors
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = "tests/sim/mutants.txt"
WORK = ROOT / "build" / "mutants"
SOURCE = WORK / "src"
BUILD = WORK / "build"
PROGRAM = BUILD / "bin" / "provchain-sim"
# Without a line for so long, a run that takes a fraction of a second will not end.
STALL_SECONDS = 120


class Unfit(Exception):
    """The list or a mutant in it is wrong; nothing was learnt about the simulator."""


@dataclasses.dataclass
class Change:
    path: str
    old: str = ""
    new: str = ""

    def apply(self, text: str) -> str:
        found = text.count(self.old)
        if found != 1:
            raise Unfit(f"the old text of a change in {self.path} occurs {found} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)


@dataclasses.dataclass
class Mutant:
    name: str
    what: str = ""
    run: str = ""
    changes: list[Change] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Outcome:
    """Of one run over all seeds: the first that failed, or none."""
    seed: int | None
    by: str
    seconds: float


# ---- the list ----

def parse(text: str) -> list[Mutant]:
    """[name], a sentence, `run:` with options of provchain-sim, `file:`, and changes as in a diff: lines with - and then with +."""
    mutants: list[Mutant] = []
    path = ""
    removing = False
    for number, line in enumerate(text.splitlines(), 1):
        if name := re.fullmatch(r"\[([a-z0-9-]+)\]", line):
            mutants.append(Mutant(name[1]))
            path, removing = "", False
        elif not line or line.startswith("#"):
            removing = False
        elif not mutants:
            raise Unfit(f"{LIST}:{number}: in front of the first mutant")
        elif line.startswith("run: "):
            mutants[-1].run = line[5:]
        elif line.startswith("file: "):
            path, removing = line[6:], False
        elif line[0] in "-+" and path:
            if line[0] == "-" and not removing:
                mutants[-1].changes.append(Change(path))
            elif line[0] == "+" and not mutants[-1].changes:
                raise Unfit(f"{LIST}:{number}: new text without an old one")
            removing = line[0] == "-"
            change = mutants[-1].changes[-1]
            if removing:
                change.old += line[1:] + "\n"
            else:
                change.new += line[1:] + "\n"
        elif not path:
            mutants[-1].what = f"{mutants[-1].what} {line}".strip()
        else:
            raise Unfit(f"{LIST}:{number}: what is this?")
    for mutant in mutants:
        if not mutant.what or not mutant.changes:
            raise Unfit(f"{mutant.name}: no sentence, or no change")
    if len({mutant.name for mutant in mutants}) != len(mutants):
        raise Unfit("two mutants have one name")
    return mutants


def planted(mutant: Mutant) -> dict[str, str]:
    """The files of the tree as this mutant leaves them."""
    texts: dict[str, str] = {}
    for change in mutant.changes:
        if change.path not in texts:
            if not (ROOT / change.path).is_file():
                raise Unfit(f"mutant {mutant.name} no longer fits: there is no {change.path}")
            texts[change.path] = (ROOT / change.path).read_text()
        try:
            texts[change.path] = change.apply(texts[change.path])
        except Unfit as unfit:
            raise Unfit(f"mutant {mutant.name} no longer fits: {unfit}") from None
    return texts


# ---- the copy ----

def write(path: str, content: bytes) -> None:
    target = SOURCE / path
    if target.is_file() and target.read_bytes() == content:
        return  # its time stays, and nothing is built again
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod((ROOT / path).stat().st_mode)


def copy_tree() -> None:
    """What git tracks, as it lies here, with changes that are not committed."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    tracked = {path for path in listed.split("\0") if path and (ROOT / path).is_file()}
    for path in tracked:
        write(path, (ROOT / path).read_bytes())
    for old in SOURCE.rglob("*"):
        if old.is_file() and str(old.relative_to(SOURCE)) not in tracked:
            old.unlink()


def build() -> None:
    """Release, as in its preset, but without warnings: what a mutant no longer uses is no error. ccache is used if it is there."""
    if not (BUILD / "build.ninja").is_file():
        call(["cmake", "-S", SOURCE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_C_COMPILER=gcc-12", "-DCMAKE_CXX_COMPILER=g++-12",
              "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=-w", "-DPVC_BUILD_FUZZ=OFF", "-DPVC_BUILD_BENCH=OFF"])
    call(["nice", "cmake", "--build", BUILD, "--target", "provchain-sim", "--parallel", str(os.cpu_count() or 1)])


def call(command: list) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Unfit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")


# ---- one run ----

def run_seeds(options: str, seeds: int) -> Outcome:
    """Stops at the first seed that fails, ends the program, or does not end."""
    begin = time.monotonic()
    command = ["nice", PROGRAM, "--seeds", f"1..{seeds}", "--digest", *options.split()]
    with open(WORK / "stderr.txt", "w+") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        seed, by = first_failure(process, seeds)
        process.kill()
        process.wait()
        if seed is not None and not by:
            errors.seek(0)
            lines = errors.read().replace("../src/", "").strip().splitlines()
            by = lines[-1] if lines else f"the program ended with {process.returncode}"
    return Outcome(seed, by, time.monotonic() - begin)


def first_failure(process: subprocess.Popen, seeds: int) -> tuple[int | None, str]:
    """The seed and what was wrong; an empty text when the program ended by itself. --digest prints a line a seed, and one that
    begins with `seed` for each that failed."""
    done = 0
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(STALL_SECONDS):
                return done + 1, f"the run does not end within {STALL_SECONDS} s"
            chunk = os.read(process.stdout.fileno(), 65536)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in map(bytes.decode, lines):
                if failed := re.match(r"seed (\d+) \(.*?\): (.*?)( within \d+ s \(.*\))?; replay: ", line):
                    return int(failed[1]), failed[2]
                done = int(line.split()[0])
            if not chunk:
                return (None, "") if done == seeds else (done + 1, "")


# ---- all of it ----

def control(mutants: list[Mutant], seeds: int) -> bool:
    """The tree as it is must be clean in every run that a mutant uses."""
    build()
    clean = True
    for options in sorted({mutant.run for mutant in mutants}):
        outcome = run_seeds(options, seeds)
        clean &= outcome.seed is None
        verdict = "clean" if outcome.seed is None else f"FAILED at seed {outcome.seed}: {outcome.by}"
        print(f"control {options or '(no adversary)'}: {verdict}, {outcome.seconds:.0f} s", flush=True)
    return clean


def check(mutant: Mutant, seeds: int, keep: bool) -> Outcome:
    texts = planted(mutant)
    try:
        for path, text in texts.items():
            write(path, text.encode())
        build()
        return run_seeds(mutant.run, seeds)
    finally:
        if not keep:
            for path in texts:
                write(path, (ROOT / path).read_bytes())


def report(mutant: Mutant, outcome: Outcome, seeds: int) -> None:
    verdict = f"caught at seed {outcome.seed} by {outcome.by}" if outcome.seed else f"SURVIVED {seeds} seeds"
    print(f"{mutant.name}: {verdict}, {outcome.seconds:.0f} s", flush=True)


def table(results: list[tuple[Mutant, Outcome]]) -> None:
    print("\n| mutant | run | seed | caught by |\n|---|---|---|---|")
    for mutant, outcome in results:
        print(f"| `{mutant.name}` | {mutant.run.removeprefix('--')} | {outcome.seed or 'SURVIVED'} | {outcome.by} |")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", action="append", metavar="NAME", help="this mutant alone, without the control; may be repeated")
    options.add_argument("--list", action="store_true", help="names and what they break")
    options.add_argument("--check", action="store_true", help="whether they still fit")
    options.add_argument("--keep", action="store_true", help="with one --only: leave it planted and built in build/mutants")
    options.add_argument("--seeds", type=int, default=500, help="1..SEEDS (default 500)")
    given = options.parse_args()
    mutants = parse((ROOT / LIST).read_text())
    if given.only:
        unknown = set(given.only) - {mutant.name for mutant in mutants}
        if unknown:
            raise Unfit(f"no mutant is called {', '.join(sorted(unknown))}; see --list")
        mutants = [mutant for mutant in mutants if mutant.name in given.only]
    if given.keep and len(mutants) != 1:
        raise Unfit("--keep leaves one mutant planted: name it with --only")
    for mutant in mutants:
        planted(mutant)
        if given.list:
            print(f"{mutant.name}: {mutant.what}")
    if given.list or given.check:
        print(f"{len(mutants)} mutants fit")
        return 0

    copy_tree()
    clean = given.only is not None or control(mutants, given.seeds)
    results = []
    for mutant in mutants:
        results.append((mutant, check(mutant, given.seeds, given.keep)))
        report(*results[-1], given.seeds)
    table(results)
    if given.keep:
        print(f"planted in {SOURCE}; run {PROGRAM}")
    survivors = sum(outcome.seed is None for _, outcome in results)
    print(f"\n{len(results)} mutants, {survivors} survived; the control was {'not run' if given.only else 'clean' if clean else 'NOT CLEAN'}")
    return 0 if clean and survivors == 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unfit as unfit:
        print(f"mutants.py: {unfit}", file=sys.stderr)
        sys.exit(2)
