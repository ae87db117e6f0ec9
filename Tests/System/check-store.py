"""`limn models pull` against a hub with TLS on this machine: check-store.py LIMN [KILLS]

What limn leaves is compared with what the real huggingface_hub leaves from the same hub (a Python that has it runs this; made with
huggingface_hub 2.4.0); then limn is killed KILLS times (50) at random instants and resumed. Needs openssl.
"""

import hashlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import hub as hubs

LIMN, KILLS = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2]) if len(sys.argv) > 2 else 50
HERE = pathlib.Path(__file__).resolve().parent
FIXTURE = HERE.parent / "Fixtures" / "Pictures" / "sd1"


def check(condition, sentence):
    if not condition:
        sys.exit(f"check-store: {sentence}")
    print(f"ok: {sentence}", flush=True)


def tree(root):
    """Each path below a folder with what it holds; locks are empty, or hold the number of a process."""
    found = {}
    for place in sorted(pathlib.Path(root).rglob("*")):
        path = str(place.relative_to(root))
        if place.is_symlink():
            found[path] = "-> " + os.readlink(place)
        elif place.is_file():
            found[path] = "" if path.startswith(".locks/") else hashlib.sha256(place.read_bytes()).hexdigest()
    return found


def models(root):
    """A small diffusers folder, and one of weights that take a while."""
    for place in FIXTURE.rglob("*"):
        if place.is_file():
            copy = root / "org" / "small" / place.relative_to(FIXTURE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(place.read_bytes())
    (root / "org" / "small" / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    draw = random.Random(1)
    for name in ["a", "b", "c", "d", "e", "f"]:
        place = root / "org" / "large" / "unet" / f"{name}.safetensors"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(draw.randbytes(3_000_000))


def main(folder):
    folder = pathlib.Path(folder)
    models(folder / "models")
    cert, key = hubs.certificate(folder)
    hub = hubs.Hub(folder / "models", (cert, key))
    plain = {name: value for name, value in os.environ.items() if not name.upper().startswith(("HF_", "SSL_", "XDG_"))}
    plain = {name: value for name, value in plain.items() if not name.lower().endswith("_proxy")}

    def environment(name, **more):
        home = folder / name
        home.mkdir(exist_ok=True)
        return plain | dict(HOME=str(home), HF_HOME=str(home / "hf"), HF_ENDPOINT=hub.endpoint, SSL_CERT_FILE=str(cert)) | more

    def limn(name, *arguments, **more):
        return subprocess.run(
            [LIMN, *arguments], env=environment(name, **more), capture_output=True, text=True, cwd=folder / name)

    # Certificates.
    run = limn("first", "models", "pull", "org/small", "-y", SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")
    check(run.returncode == 5 and "certificate that is not trusted" in run.stderr, "a strange certificate is refused")

    # The same tree as huggingface_hub's.
    run = limn("first", "models", "pull", "org/small", "-y")
    check(run.returncode == 0, f"pulled {run.stdout.strip()}")
    own = tree(folder / "first" / "hf" / "hub")
    snapshot = f"models--org--small/snapshots/{hubs.COMMIT}/"
    wanted = [path.removeprefix(snapshot) for path in own if path.startswith(snapshot)]
    code = ("import sys, huggingface_hub as h\n"
            "for f in sys.argv[1:]: h.hf_hub_download('org/small', f)\n"
            "for f in ['a', 'b', 'c', 'd', 'e', 'f']: h.hf_hub_download('org/large', f'unet/{f}.safetensors')\n")
    reference = environment("reference", HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1")
    subprocess.run([sys.executable, "-c", code, *wanted], env=reference, check=True)
    theirs = tree(folder / "reference" / "hf" / "hub")
    large = [f"--file=unet/{name}.safetensors" for name in ["a", "b", "c", "d", "e", "f"]]
    check(limn("first", "models", "pull", "org/large", "-yq", *large).returncode == 0, "pulled six files of one model")
    own = tree(folder / "first" / "hf" / "hub")
    different = {path for path in own.keys() | theirs.keys() if own.get(path) != theirs.get(path)}
    check(not different, f"the cache is huggingface_hub's, {len(own)} paths{': ' + str(sorted(different)) if different else ''}")

    # Each other's caches.
    count = len(hub.requests)
    run = limn("reference", "models", "pull", "org/large", "-yq", *large)
    asked = [path for command, path, _ in hub.requests[count:] if "/resolve/" in path]
    check(run.returncode == 0 and not asked, "nothing that huggingface_hub fetched is fetched again")
    count = len(hub.requests)
    subprocess.run([sys.executable, "-c", code, *wanted], env=environment("first", HF_HUB_DISABLE_XET="1"), check=True)
    asked = [path for command, path, _ in hub.requests[count:] if command == "GET" and "/resolve/" in path]
    check(not asked, "nor the other way round")

    # Painting.
    count = len(hub.requests)
    run = limn("first", "a fox", "-m", "org/small", "--steps", "1", "--seed", "1", "-o", "fox.png")
    check(run.returncode == 0 and len(hub.requests) == count, "a picture is painted with it, and nobody is asked")

    # Tokens.
    hub.token = "hf_secret"
    run = limn("gated", "models", "pull", "org/small", "-y")
    check(run.returncode == 5 and "accept them at" in run.stderr and "HF_TOKEN" in run.stderr, "terms are told")
    count = len(hub.requests)
    check(limn("gated", "models", "pull", "org/small", "-yq", HF_TOKEN="hf_secret").returncode == 0, "a token opens it")
    strays = [path for _, path, headers in hub.requests[count:] if path.startswith("/storage/") and "Authorization" in headers]
    check(not strays, "and goes to no other host")
    hub.token = None

    # Two at once.
    hub.bytes_per_second = 4_000_000
    count = len(hub.requests)
    both = [subprocess.Popen([LIMN, "models", "pull", "org/large", "-yq", *large], env=environment("both"), stdout=subprocess.DEVNULL)
            for _ in range(2)]
    statuses = [process.wait() for process in both]
    fetched = [path for command, path, _ in hub.requests[count:] if command == "GET" and path.startswith("/storage/")]
    check(statuses == [0, 0] and len(fetched) == 6, "two at once fetch each file once")

    # Killed.
    expected = {path: what for path, what in tree(folder / "both" / "hf" / "hub").items()}
    kills = 0
    hub.bytes_per_second = 18_000_000 // 6 // max(1, KILLS // 8)
    while kills < KILLS:
        process = subprocess.Popen([LIMN, "models", "pull", "org/large", "-yq", *large], env=environment("killed"))
        time.sleep(random.uniform(0.05, 0.8))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
    partial = sum(place.stat().st_size for place in (folder / "killed").rglob("*.incomplete"))
    hub.bytes_per_second = None
    check(limn("killed", "models", "pull", "org/large", "-yq", *large).returncode == 0, f"killed {kills} times ({partial} bytes begun), then resumed")
    check(tree(folder / "killed" / "hf" / "hub") == expected, "the same tree and hashes")
    check(limn("killed", "models", "verify", "org/large").returncode == 0, "limn models verify says so too")


with tempfile.TemporaryDirectory() as folder:
    main(folder)
