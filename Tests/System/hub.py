"""A model hub with TLS on this machine: as much of the Hugging Face hub's protocol as clients need, by Python's own library.

Used by check-store.py. Files lie in FOLDER/ORG/NAME/...; large ones (.safetensors, .bin) are sent for to another host, as the hub
does. Each request is kept in `Hub.requests`.
"""

import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.parse

COMMIT = "0123456789" * 4


def certificate(folder):
    """A certificate for localhost and 127.0.0.1 that vouches for itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Hub:
    def __init__(self, models, certificate):
        self.models = pathlib.Path(models)
        self.requests = []
        self.bytes_per_second = None
        self.token = None
        self.servers = [self.serve(certificate) for _ in range(2)]
        self.endpoint = f"https://localhost:{self.servers[0].server_port}"
        self.storage = f"https://127.0.0.1:{self.servers[1].server_port}"

    def serve(self, certificate):
        hub = self

        class Handler(Answers):
            owner = hub

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def file(self, repository, path):
        place = self.models / repository / path
        return place.read_bytes() if place.is_file() else None

    def files(self, repository):
        root = self.models / repository
        return sorted(str(place.relative_to(root)) for place in root.rglob("*") if place.is_file())


def is_large(path):
    return path.endswith((".safetensors", ".bin"))


def digits(path, data):
    return hashlib.sha256(data).hexdigest() if is_large(path) else hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner = None

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:  # the other side was killed, or shook no hands
            self.close_connection = True

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        hub = self.owner
        path = urllib.parse.unquote(self.path.split("?")[0])
        hub.requests.append((self.command, path, dict(self.headers)))
        parts = path.strip("/").split("/")
        is_storage = parts[0] == "storage"
        if hub.token and not is_storage and self.headers.get("Authorization") != f"Bearer {hub.token}":
            return self.send(401, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted"})
        if parts[:2] == ["api", "models"]:
            return self.send_json(self.about("/".join(parts[2:4]), parts[4:]))
        if is_storage:
            parts = parts[1:]
        if len(parts) < 5 or parts[2] != "resolve":
            return self.send(404, b"", {})
        repository, file = "/".join(parts[:2]), "/".join(parts[4:])
        data = hub.file(repository, file)
        if data is None:
            return self.send(404, b"", {"X-Error-Code": "EntryNotFound" if hub.files(repository) else "RepoNotFound"})
        mark = digits(file, data)
        headers = {"ETag": f'"{mark}"', "X-Repo-Commit": COMMIT}
        if is_large(file) and not is_storage:
            return self.send(302, b"", headers | {
                "Location": f"{hub.storage}/storage{self.path}", "X-Linked-Etag": f'"{mark}"', "X-Linked-Size": str(len(data))})
        start = int(self.headers["Range"].removeprefix("bytes=").split("-")[0]) if "Range" in self.headers else 0
        if start and start >= len(data):
            return self.send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.send(206 if start else 200, data[start:], headers)

    def about(self, repository, rest):
        """What the interface says of a model, or of the files of a revision."""
        hub = self.owner
        files = hub.files(repository)
        if not files or (len(rest) > 1 and rest[1] not in ("main", COMMIT)):
            return None
        entries = []
        for path in files:
            data = hub.file(repository, path)
            own = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            large = {"sha256": digits(path, data), "oid": digits(path, data), "size": len(data), "pointerSize": 134}
            entries.append((path, len(data), own, large if is_large(path) else None))
        if rest[:1] == ["tree"]:
            return [dict(type="file", path=path, size=size, oid=own) | ({"lfs": large} if large else {})
                    for path, size, own, large in entries]
        siblings = [dict(rfilename=path, size=size, blobId=own) | ({"lfs": large} if large else {})
                    for path, size, own, large in entries]
        return dict(
            _id="0", id=repository, modelId=repository, sha=COMMIT, private=False, gated=False, disabled=False, tags=[],
            downloads=0, likes=0, cardData=dict(license="apache-2.0"), siblings=siblings)

    def send_json(self, value):
        if value is None:
            return self.send(404, b"", {"X-Error-Code": "RepoNotFound"})
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        rate = self.owner.bytes_per_second
        step = max(1, rate // 50) if rate else len(body) or 1
        for place in range(0, len(body), step):
            self.wfile.write(body[place : place + step])
            if rate:
                time.sleep(step / rate)
