#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs configurations of the consensus model with SPIN: generates the checker, compiles it, runs it, and compares its verdict with the expected
one. Prints one line a configuration; exits 0 when every verdict is the expected one, 1 when not, 77 when spin or the compiler is missing.

    check.py [--build FOLDER] [--story] NAME…      these; --story prints a short way to what was found
    check.py --seconds N NAME…                     stops a search after N seconds, 900 if not said, and tells how far it came
    check.py [--build FOLDER] --all                what CI runs
    check.py --list [--slow]                       the names of what CI runs, or those of them that take longest
    check.py --list --long                         the names of what is only run by hand
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).resolve().parent / "simplex.pml"
SKIPPED = 77
EXHAUSTIVE = ["-DSAFETY", "-DNOFAIR", "-DNOREDUCE", "-DNOBOUNDCHECK", "-DMEMLIM=3900"]  # one process: nothing to reduce
SEARCHED = ["-m1000000", "-w24"]
STORY_SECONDS = "30"


class Configuration:
    """What is given to spin as macros, and what the checker must answer: "holds", or the name of the property that it must find broken."""

    def __init__(self, name, macros, expected="holds", search=SEARCHED, compiled=EXHAUSTIVE, slow=False, long=False):
        self.name, self.expected = name, expected
        self.macros = ["-D" + macro for macro in macros.split()]
        self.search, self.compiled, self.slow, self.long = search, compiled, slow, long


def mutant(name, macros, expected="agreement"):
    """A deliberate bug. The lemmas are switched off for it, so that it has to show two final blocks that exclude each other."""
    macro = "MUTANT_" + name.upper().replace("-", "_")
    return Configuration("mutant-" + name, f"MUTANTS {macro} ONLY_AGREEMENT {macros}", expected)


BIG = ["-m1000000", "-w26"]
SUPERTRACE = ["-m10000000", "-w34", "-k3"]
WITHOUT_LIMIT = [flag for flag in EXHAUSTIVE if not flag.startswith("-DMEMLIM")] + ["-DMEMLIM=16000"]
CONFIGURATIONS = [
    # n = 4, q = 3, one Byzantine unless said otherwise.
    Configuration("n4", "VIEWS=3", search=BIG, slow=True),
    Configuration("n4-two-views", "VIEWS=2"),
    Configuration("n3", "HONEST=2 VIEWS=4"),
    Configuration("n3-two-byzantine", "HONEST=1 BYZANTINE=2 VIEWS=5"),
    Configuration("n5", "HONEST=4 VIEWS=2"),
    Configuration("crash", "VIEWS=2 IN_FLIGHT"),
    Configuration("crash-n3", "HONEST=2 VIEWS=3 IN_FLIGHT"),
    Configuration("epoch", "VIEWS=3 EPOCH_VIEWS=2"),
    Configuration("epoch-n3", "HONEST=2 VIEWS=5 EPOCH_VIEWS=3"),
    Configuration("epoch-crash-n3", "HONEST=2 VIEWS=4 EPOCH_VIEWS=2 IN_FLIGHT"),
    Configuration("plain", "HONEST=2 VIEWS=4 PLAIN_SIMPLEX"),
    Configuration("plain-late-finalize", "HONEST=2 VIEWS=4 PLAIN_SIMPLEX MUTANTS MUTANT_LATE_FINALIZE ONLY_AGREEMENT"),
    # The model can do what it should.
    Configuration("reaches-skip", "VIEWS=3 WITNESS_SKIP", "witness"),
    Configuration("reaches-again", "VIEWS=3 WITNESS_AGAIN", "witness"),
    Configuration("reaches-epoch", "VIEWS=3 EPOCH_VIEWS=2 WITNESS_EPOCH", "witness"),
    # Too many faults: there must be a fork.
    Configuration("fork-quorum-2-of-3", "HONEST=2 QUORUM=2 VIEWS=2 ONLY_AGREEMENT", "agreement"),
    Configuration("fork-two-byzantine-of-4", "HONEST=2 BYZANTINE=2 VIEWS=2 ONLY_AGREEMENT", "agreement"),
    Configuration("fork-amnesiac-and-byzantine", "VIEWS=2 AMNESIAC ONLY_AGREEMENT", "agreement"),
    # One rule removed: there must be a fork.
    mutant("late-finalize", "VIEWS=3 BLOCKS=1"),
    mutant("finalize-after-nullify", "VIEWS=3"),
    mutant("since-zero", "VIEWS=3"),
    mutant("no-skip-proof", "VIEWS=3"),
    mutant("no-parent-certificate", "VIEWS=3"),
    mutant("quorum-minus-one", "VIEWS=3"),
    mutant("double-notarize", "VIEWS=2"),
    mutant("no-persist", "VIEWS=2 IN_FLIGHT"),
    mutant("guard-at-fsync", "HONEST=2 VIEWS=3 BLOCKS=1 IN_FLIGHT"),
    mutant("hf-not-recovered", "HONEST=2 VIEWS=3 BLOCKS=1 IN_FLIGHT"),
    mutant("child-of-end", "VIEWS=3 EPOCH_VIEWS=2"),
    mutant("epoch-back", "HONEST=2 VIEWS=4 EPOCH_VIEWS=3"),
    # By hand: minutes and many gigabytes, or a supertrace, which remembers bits instead of states and so may miss some.
    Configuration("long-n4-four-views", "VIEWS=4 BLOCKS=1", search=SUPERTRACE, compiled=[*WITHOUT_LIMIT, "-DBITSTATE"], long=True),
    Configuration("long-crash", "VIEWS=3 BLOCKS=1 IN_FLIGHT", search=SUPERTRACE, compiled=[*WITHOUT_LIMIT, "-DBITSTATE"], long=True),
    Configuration("long-n7", "HONEST=5 BYZANTINE=2 VIEWS=2", search=BIG, compiled=WITHOUT_LIMIT, long=True),
    Configuration("long-epoch", "VIEWS=4 EPOCH_VIEWS=2", search=BIG, compiled=WITHOUT_LIMIT, long=True),
]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def verdict_of(output, is_bitstate):
    """What the checker found: "holds", the name of the broken property, or why its answer is worth nothing."""
    broken = re.search(r"assertion violated \(\((\w+)!=0\)", output)
    if broken:
        return broken[1]
    if "errors: 0" not in output:
        return "no answer: " + (re.findall(r"(?:pan|error)[^\n]*", output) or [output.strip()[-200:]])[0]
    if "max search depth too small" in output or "Search not completed" in output:
        return "search not completed"
    # A rule that no run ever used would make everything below it hold of nothing.
    unused = [line for line in re.findall(r"simplex\.pml:\d+, state \d+, \"[^\n]*", output) if '"-end-"' not in line]
    if unused and not is_bitstate:
        return "never used: " + unused[0]
    return "holds"


def build(configuration, folder, macros, flags):
    """Generates and compiles the checker in the folder; says what went wrong, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    said = run(["spin", "-a", *macros, str(MODEL)], folder)
    if not (folder / "pan.c").exists() or "Error" in said:
        return said
    optimised = "-O2" if configuration.expected == "holds" else "-O1"
    return run([compiler(), optimised, "-w", *configuration.compiled, *flags, "-o", "pan", "pan.c"], folder)


def check(configuration, folder, seconds_max):
    said = build(configuration, folder, configuration.macros, [])
    if said:
        print(said)
        return False
    started = time.monotonic()
    output = run(["timeout", "-s", "INT", seconds_max, "./pan", *configuration.search], folder)
    seconds = time.monotonic() - started
    (folder / "pan.out").write_text(output)
    verdict = verdict_of(output, "-DBITSTATE" in configuration.compiled)
    as_expected = verdict == configuration.expected
    states = int(number(r"([\d.]+(?:e\+\d+)?) states, stored", output))
    depth = int(number(r"depth reached (\d+)", output))
    memory = number(r"([\d.]+)\s+total actual memory usage", output) / 1000
    said = "holds" if verdict == "holds" else f"{verdict} broken" if re.fullmatch(r"\w+", verdict) else verdict
    print(f"{configuration.name:<28} {states:>13,} states  depth {depth:>8,}  {seconds:6.1f} s  {memory:5.2f} GB  {said}, "
          f"{'as expected' if as_expected else 'EXPECTED: ' + configuration.expected}", flush=True)
    return as_expected


def tell(configuration, folder):
    """Prints a short way to what is found, without sorting the authorities, who keep their names so."""
    macros = [*configuration.macros, "-DKEEP_NAMES"]
    said = build(configuration, folder, macros, ["-DREACH"])
    run(["timeout", STORY_SECONDS, "./pan", "-m400", "-w24", "-i"], folder)  # each way found limits the length of the next
    steps = run(["spin", "-t", "-k", MODEL.name + ".trail", *macros, str(MODEL)], folder)
    print(said + "\n".join("    " + line.strip() for line in steps.splitlines() if "authority" in line))


def compiler():
    return os.environ.get("CC") or shutil.which("gcc") or shutil.which("gcc-12") or shutil.which("cc") or ""


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--story", action="store_true")
    parser.add_argument("--build")
    parser.add_argument("--seconds", default="900")
    options = parser.parse_args()
    known = {configuration.name: configuration for configuration in CONFIGURATIONS}
    if options.list:
        chosen = [one for one in CONFIGURATIONS if one.long == options.long and (one.slow or not options.slow)]
        print("\n".join(one.name for one in chosen))
        return 0
    names = [one.name for one in CONFIGURATIONS if not one.long] if options.all else options.names
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        print(f"no such configuration: {' '.join(unknown)}" if unknown else __doc__, file=sys.stderr)
        return 2
    if shutil.which("spin") is None or not compiler():
        print("skipped: the model checker needs Debian's packages spin and gcc")
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        base = pathlib.Path(options.build or scratch)
        good = []
        for name in names:
            good.append(check(known[name], base / name, options.seconds))
            if options.story:
                tell(known[name], base / (name + "-story"))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
