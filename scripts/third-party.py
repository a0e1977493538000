#!/usr/bin/env python3
"""Says what of other people's is in the program: THIRD-PARTY.txt with the licences' texts, and sbom.cdx.json (CycloneDX 1.6).

usage: scripts/third-party.py FOLDER

Reads cargo's and npm's own descriptions of what is locked; fails for a licence that does not go with ours. Code that only runs
while the program is built (macros, build scripts, tools) is left out.
"""
import base64
import json
import pathlib
import re
import subprocess
import sys
import time
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-musl"
# Compatible with AGPL-3.0-or-later, all of them.
ALLOWED = {
    "0BSD", "AGPL-3.0-or-later", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "LLVM-exception",
    "MIT", "MPL-2.0", "OFL-1.1", "Unicode-3.0", "Unlicense", "Zlib",
}
# What npm calls dependencies of the web UI's and what only helps to build it.
WEB_TOOLS = re.compile(r"@types/|@lingui/(babel-plugin-lingui-macro|conf)$|typescript$")
# What npm calls tools, and what puts something of itself into the web UI: styles, the list of common passwords.
WEB_PARTS = ["tailwindcss", "@zxcvbn-ts/language-common"]
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$", re.IGNORECASE)

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
# What the compiler and the linker add.
BUILT_WITH = [
    ("Rust's standard library", "MIT OR Apache-2.0", "Copyright (c) The Rust Project contributors\n\n" + MIT),
    ("musl, the C library of released programs", "MIT", "Copyright (c) 2005-2025 Rich Felker, et al.\n\n" + MIT),
]


class Part:
    """A library of somebody else's."""

    def __init__(self, kind, name, version, licence, authors, folder, digest):
        self.name, self.version, self.authors, self.folder, self.digest = name, version, authors, folder, digest
        self.licence = re.sub(r"\s*/\s*", " OR ", licence or "")
        self.purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
        self.needs = []

    def __str__(self):
        return f"{self.name} {self.version}"


def is_allowed(expression):
    """Whether an SPDX expression can be met with licences of the list: one of each OR, all of each AND."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = any_of()
            tokens.pop(0)
            return value
        return token in ALLOWED

    def all_of():
        value = one()
        while tokens and tokens[0] in ("AND", "WITH"):
            tokens.pop(0)
            value = one() and value
        return value

    def any_of():
        value = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = all_of() or value
        return value

    return bool(tokens) and any_of()


def crates():
    """The crates in the program, with what each needs; the first one is Snug itself."""
    metadata = json.loads(subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET],
        cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    digests = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    # the description has what only tests ask for, too; the tree has not
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "--package", "snug", "--edges", "normal,no-proc-macro", "--target", TARGET, "--prefix", "none"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    present = {tuple(line.split()[:2]) for line in tree.splitlines()}
    found = {}

    def visit(identifier):
        if identifier in found:
            return found[identifier]
        package = packages[identifier]
        key = (package["name"], package["version"])
        if (key[0], f"v{key[1]}") not in present:
            return None
        digest = ("SHA-256", digests[key]) if digests.get(key) else None
        part = Part("cargo", *key, package["license"], package["authors"], pathlib.Path(package["manifest_path"]).parent, digest)
        part.is_ours = package["source"] is None
        found[identifier] = part
        for need in nodes[identifier]["deps"]:
            if any(kind["kind"] is None for kind in need["dep_kinds"]) and (inner := visit(need["pkg"])):
                part.needs.append(inner)
        return part

    visit(metadata["resolve"]["root"])
    return list(found.values())


def web_packages():
    """The packages in the web UI, as far as npm knows."""
    lock = json.loads((ROOT / "web-ui/package-lock.json").read_text())["packages"]
    found = {}

    def visit(place, name):
        if WEB_TOOLS.match(name):
            return None
        while (path := f"{place}/node_modules/{name}".lstrip("/")) not in lock:
            if not place:
                return None  # optional, and not there
            place = place.rpartition("node_modules/")[0].rstrip("/")
        if path in found:
            return found[path]
        entry = lock[path]
        algorithm, _, digest = entry.get("integrity", "").partition("-")
        digest = (algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex()) if digest else None
        part = Part("npm", name, entry["version"], entry.get("license"), [], ROOT / "web-ui" / path, digest)
        part.is_ours = False
        found[path] = part
        part.needs = [inner for need in entry.get("dependencies", {}) if (inner := visit(path, need))]
        return part

    for name in [*lock[""]["dependencies"], *WEB_PARTS]:
        visit("", name)
    return list(found.values())


def texts(part):
    """The licences' texts as their author published them."""
    if not part.folder.is_dir():
        sys.exit(f"The licence of {part} can't be read: {part.folder} is missing. Run `npm install` in web-ui/ first.")
    files = sorted(f for f in part.folder.iterdir() if f.is_file() and LICENCE_FILE.match(f.name))
    return [f.read_text(errors="replace").strip() for f in files]


def write_licences(parts, to):
    by_text = {}
    for part in parts:
        # without a text of its own: who made it, and under what
        found = texts(part) or [f"Copyright (c) {', '.join(part.authors) or f'the authors of {part.name}'}\n\nLicence: {part.licence}"
                                + (f"\n\n{MIT}" if "MIT" in part.licence else "")]
        for text in found:
            by_text.setdefault(" ".join(text.split()), (text, []))[1].append(str(part))
    for name, licence, text in BUILT_WITH:
        by_text[name] = (text, [name])
    with to.open("w") as out:
        out.write("Snug is under the AGPL-3.0-or-later (LICENSE). It holds the work of other people, with thanks:\n\n")
        for part in sorted(parts, key=str):
            out.write(f"  {part}: {part.licence}\n")
        for name, licence, _ in BUILT_WITH:
            out.write(f"  {name}: {licence}\n")
        for text, names in sorted(by_text.values(), key=lambda entry: (-len(entry[1]), entry[1])):
            out.write(f"\n{'-' * 100}\n{', '.join(sorted(set(names)))}\n\n{text}\n")


def write_bill(ours, web, to):
    first, date = ours[0], subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    def component(part, kind="library"):
        described = {"type": kind, "bom-ref": part.purl, "name": part.name, "version": part.version,
                     "licenses": [{"expression": part.licence}], "purl": part.purl}
        if part.digest:
            described["hashes"] = [{"alg": part.digest[0], "content": part.digest[1]}]
        return described

    parts = ours[1:] + web
    first.needs = first.needs + web
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, first.purl + ''.join(part.purl for part in parts))}", "version": 1,
        "metadata": {"component": component(first, "application")},
        "components": [component(part) for part in sorted(parts, key=lambda part: part.purl)],
        "dependencies": [{"ref": part.purl, "dependsOn": sorted({need.purl for need in part.needs})} for part in [first, *parts]],
    }
    if date:
        bill["metadata"]["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(date)))
    to.write_text(json.dumps(bill, indent=1) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    ours = crates()
    # one package can lie in several places
    web = list({part.purl: part for part in web_packages()}.values())
    theirs = [part for part in ours + web if not part.is_ours]
    wrong = [f"{part}: {part.licence or 'none'}" for part in theirs if not is_allowed(part.licence)]
    if wrong:
        sys.exit("These licences are not known to go with the AGPL; see ALLOWED in scripts/third-party.py:\n  " + "\n  ".join(wrong))
    write_licences(theirs, folder / "THIRD-PARTY.txt")
    write_bill(ours, web, folder / "sbom.cdx.json")


main()
