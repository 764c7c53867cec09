#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Style rules that a script can check, run as a CTest test: layers, the one owner of each third-party header, file length, forbidden words and
names, licence line, files that no build lists, refusals that no test names. Prints one line a breach and exits 1; prints a count and exits 0 when there is none.

    tools/tidy.py [ROOT]
"""
import pathlib
import re
import subprocess
import sys

# A folder may include itself and these (docs/ARCHITECTURE.md says why each missing arrow is missing).
LAYERS = {
    "base": [],
    "crypto": ["base"],
    "wire": ["base", "crypto"],
    "storage": ["base", "crypto"],
    "query": ["base", "crypto", "storage"],
    "engine/core": ["base", "crypto", "wire"],
    "engine/net": ["base", "crypto", "wire"],
    "engine/api": ["base", "crypto", "storage", "query"],
    "engine/node": ["base", "crypto", "wire", "storage", "query", "engine/core", "engine/net", "engine/api"],
    "tools": ["base", "crypto", "wire", "storage", "query", "engine/core", "engine/net", "engine/api", "engine/node"],
    "tools/sim": ["base", "tests/sim"],
    "fuzz": ["base", "crypto", "wire", "storage", "query", "engine/core", "tests/sim"],
    "bench": ["base", "crypto", "wire", "storage", "query", "engine/core", "engine/net", "engine/api", "engine/node", "tools"],
    "tests/sim": ["base", "crypto", "wire", "storage", "query", "engine/core"],
    "tests": ["base", "crypto", "wire", "storage", "query", "engine/core", "engine/net", "engine/api", "engine/node", "tests/sim"],
}
# What engine/core may take of crypto: values and pure functions, never threads, keys or files.
CORE_FORBIDDEN = ["crypto/worker_pool", "crypto/keyguard", "crypto/key_file", "crypto/signer", "crypto/vote_journal"]
OWNERS = {
    r"sodium(/.*|\.h)": ["crypto"],
    r"xxhash\.h": ["crypto"],
    r"(flatbuffers/.*|.*_generated\.h)": ["wire"],
    r"zstd(_errors)?\.h": ["wire", "storage"],
    r"lmdb\.h": ["storage"],
    r"serd/serd\.h": ["storage"],
    r"re2/.*": ["query"],
    r"uv\.h": ["engine/net", "engine/api"],
    r"microhttpd\.h": ["engine/api"],
    r"wslay/.*": ["engine/api"],
    r"nlohmann/.*": ["engine/api", "tools"],
    r"toml\+\+/.*|toml\.hpp|toml\+\+\.h": ["engine/node"],
    r"spdlog/.*": ["engine/node"],
    r"CLI/.*": ["tools", "tools/sim"],
    r"curl/.*": ["tools"],
}
LENGTH_MAX, TEST_LENGTH_MAX = 600, 800
# What may not stand in the tree: unfinished work, and the surroundings it was made in.
FORBIDDEN = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "unfinished work may not be merged"),
    (re.compile(r"/work/|/home/|/root/"), "a path of one machine"),
    (re.compile(r"\bissue #?\d+"), "the number of an issue means nothing to a reader"),
    (re.compile(r"registry\.npmjs\.org|deb\.debian\.org"), "the host of a package registry"),
]
# The enums of which every enumerator is a refusal; one that ends in an underscore only counts the others.
REFUSALS = re.compile(r"enum class (\w*(?:Errc|Fault|Reject|CloseReason))\b[^{;]*\{(.*?)\};", re.DOTALL)
CODE = {".cpp", ".hpp", ".h", ".c", ".py", ".sh", ".cmake", ".fbs", ".pml"}


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    return [pathlib.PurePosixPath(line) for line in out.splitlines() if (pathlib.Path(root) / line).is_file()]


def layer_of(path):
    text = str(path)
    candidates = [layer for layer in LAYERS if text.startswith(layer + "/")]
    return max(candidates, key=len) if candidates else None


def check_includes(path, text, breaches):
    layer = layer_of(path)
    if layer is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if quoted:
            target = layer_of(pathlib.PurePosixPath(quoted[1]))
            if target is not None and target != layer and target not in LAYERS[layer]:
                breaches.append(f"{path}:{number}: {layer} may not include {target}")
            if layer == "engine/core" and any(quoted[1].startswith(name) for name in CORE_FORBIDDEN):
                breaches.append(f"{path}:{number}: engine/core takes only values and pure functions of crypto")
        named = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
        if named and layer not in ("tests", "tests/sim", "bench", "fuzz"):
            for pattern, owners in OWNERS.items():
                if re.fullmatch(pattern, named[1]) and layer not in owners:
                    breaches.append(f"{path}:{number}: <{named[1]}> belongs to {' and '.join(owners)}")


def check_text(path, text, breaches):
    lines = text.count("\n")
    limit = TEST_LENGTH_MAX if str(path).startswith("tests/") else LENGTH_MAX
    if path.suffix in {".cpp", ".hpp", ".py"} and lines > limit:
        breaches.append(f"{path}: {lines} lines, more than {limit}")
    if path.suffix in CODE and "SPDX-License-Identifier" not in "\n".join(text.splitlines()[:2]):
        breaches.append(f"{path}:1: no SPDX-License-Identifier line")
    if path.suffix == ".hpp" and not path.name.endswith("_inl.hpp") and "#pragma once" not in text:
        breaches.append(f"{path}:1: no #pragma once")
    for pattern, reason in FORBIDDEN:
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line) and path.name != "tidy.py":
                breaches.append(f"{path}:{number}: {reason}: {line.strip()[:80]}")


def check_registered(files, root, breaches):
    """Every source is named in the CMakeLists.txt of its folder or of one above it."""
    lists = {path.parent: (root / path).read_text() for path in files if path.name == "CMakeLists.txt"}
    for path in files:
        if path.suffix != ".cpp":
            continue
        folder, found = path.parent, False
        while True:
            name = path.relative_to(folder) if str(folder) != "." else path
            if folder in lists and re.search(rf"(^|[\s(/]){re.escape(str(name))}($|[\s)])", lists[folder]):
                found = True
            if found or str(folder) == ".":
                break
            folder = folder.parent
        if not found:
            breaches.append(f"{path}: no CMakeLists.txt names it, so nobody builds it")


def check_refusals(files, root, breaches):
    """A test names every refusal, as an enumerator or in quotes by its label: whoever adds one also adds what provokes it."""
    named = set()
    for path in files:
        if str(path).startswith("tests/") and path.name.endswith("_test.cpp"):
            named.update(re.findall(r'\b\w+::\w+\b|"\w+"', (root / path).read_text().replace('\\"', '"')))
    for path in files:
        if path.suffix != ".hpp" or str(path).startswith("tests/"):
            continue
        for name, body in REFUSALS.findall((root / path).read_text()):
            for refusal in re.findall(r"\w+", re.sub(r"//.*|=[^,\n]*", "", body)):
                if not named & {f"{name}::{refusal}", f'"{refusal}"'} and not refusal.endswith("_"):
                    breaches.append(f"{path}: no test names {name}::{refusal}")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    files = tracked(str(root))
    breaches = []
    for path in files:
        if path.suffix not in CODE | {".md", ".toml", ".json", ".ttl", ".trig", ".txt"}:
            continue
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        if str(path).startswith(("fuzz/corpus", "fuzz/regress")):
            continue
        check_text(path, text, breaches)
        if path.suffix in {".cpp", ".hpp"}:
            check_includes(path, text, breaches)
    check_registered(files, root, breaches)
    check_refusals(files, root, breaches)
    for line in breaches:
        print(line)
    print(f"tidy: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
