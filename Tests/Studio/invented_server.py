"""A server that knows limn's HTTP interface by heart and paints nothing: for looking at the page in states that a real
server reaches slowly or never (a full queue, a failed job, a broken audit). Pictures come from docs/pictures.

    python Tests/Studio/invented_server.py [PORT]

Prompts steer it: "massacre" is refused, "broken" fails, "slow" takes half a minute, "full" meets a full queue.
"""
import base64, json, pathlib, re, struct, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "Sources/Server/Studio"
SAMPLES = sorted(p for p in (ROOT / "docs/pictures").glob("*.png") if "report" not in p.name and "studio" not in p.name)
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
STYLES = ["3d", "blueprint", "cartoon", "flat", "gradient", "halftone", "ink", "mosaic", "pixel", "sketch", "watercolor"]
PAINTED_IN = {"3d": "apple", "blueprint": "blueprint", "cartoon": "snowman", "flat": "fox", "gradient": "guitar", "halftone": "halftone", "ink": "cat",
              "mosaic": "mosaic", "pixel": "pixel", "sketch": "sketch", "watercolor": "watercolor"}
ASPECTS = {"1:1": (256, 256), "4:3": (296, 224), "3:2": (312, 208), "16:9": (344, 192), "3:4": (224, 296), "9:16": (192, 344)}
ROLES = {
    "viewer": ["see-own-history", "see-all-history"],
    "creator": ["paint", "use-reference", "choose-model", "see-own-history", "judge", "export"],
    "admin": ["paint", "use-reference", "choose-model", "see-own-history", "see-all-history", "see-prompts", "judge", "export",
              "import", "prune", "skip-history", "change-policy", "switch-guardrail", "grant-roles"],
}
SETTINGS = [
    ("negative", "text", "basic", "What to avoid.", {}),
    ("size", "choice", "basic", "About 256 (small), 512 (medium) or 1024 (large) pixels squared, in the aspect's shape.",
     {"choices": ["small", "medium", "large"]}),
    ("seed", "integer", "basic", "The number that decides the noise.", {"minimum": 0}),
    ("steps", "integer", "basic", "Sampling steps.", {"minimum": 1, "maximum": 1000, "default": 12}),
    ("guidance", "number", "basic", "How strictly to follow the prompt.", {"minimum": 0, "maximum": 100, "default": 3}),
    ("strength", "number", "advanced", "How far to leave the reference.", {"minimum": 0, "maximum": 1, "default": 0.75}),
    ("width", "integer", "advanced", "Width in pixels, a multiple of 8; with height.", {"minimum": 64, "maximum": 2048}),
    ("height", "integer", "advanced", "Height in pixels, a multiple of 8; with width.", {"minimum": 64, "maximum": 2048}),
    ("sampler", "choice", "advanced", "How noise is taken away.", {"choices": ["euler", "dpm++2m", "ddim"], "default": "dpm++2m"}),
    ("deep_cache", "integer", "advanced", "Let a UNet's deep layers work at every Nth step only.", {"minimum": 1, "default": 1}),
]
lock = threading.RLock()
uploads, jobs, pictures, listeners, tokens = {}, {}, [], [], []
numbers = iter(range(1, 10**9))
queue = threading.Condition(lock)


def now(back=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - back))


def size_of(data):
    if data[:4] == b"\x89PNG":
        return struct.unpack(">II", data[16:24])
    return (256, 256)


def picture(prompt, settings, seed, path, age=0, **more):
    width, height = size_of(path.read_bytes())
    number = f"p{next(numbers)}"
    style = settings.get("style")
    made = {
        "id": number, "url": f"/api/v1/pictures/{number}/file", "thumbnail": f"/api/v1/pictures/{number}/thumbnail", "width": width,
        "height": height, "prompt": prompt, "alt": prompt + (f", {style}" if style else ""), "settings": {**settings, "steps": 12, "guidance": 3},
        "seed": seed, "model": "default", "style": style, "created": now(age), "seconds": 0.47, "rating": None, "flagged": None,
        "person": "ada", "command": f"limn \"{prompt}\" --seed {seed}" + (f" --style {style}" if style else ""), "warnings": [], "references": [], **more}
    pictures.insert(0, {"file": path, **made})
    return made


def shown(record):
    return {key: value for key, value in record.items() if key != "file"}


def tell(event, data):
    for channel in list(listeners):
        channel.append((event, data))
    queue.notify_all()


def painter():
    """Paints one job after another, as slowly as a person can follow."""
    while True:
        with queue:
            waiting = [job for job in jobs.values() if job["state"] == "waiting"]
            if not waiting:
                queue.wait(1)
                continue
            job = waiting[0]
            job.update(state="painting", position=0)
            for place, other in enumerate(waiting[1:], 1):
                other["position"] = place
                tell("job", other)
        pause = 1.2 if "slow" in job["prompt"] else 0.05
        for index in range(job["count"]):
            named = [sample for sample in SAMPLES if sample.stem in job["prompt"]]
            path = (named or SAMPLES)[(job["seed"] + index) % len(named or SAMPLES)]
            for step in range(1, 13):
                time.sleep(pause)
                with queue:
                    if job["state"] != "painting":
                        break
                    job.update(step=step, steps=12, seconds_left=pause * (12 - step + 12 * (job["count"] - index - 1)))
                    tell("job", job)
                    data = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
                    if step % 3 == 0:
                        tell("preview", {"job": job["id"], "index": index, "data": data})
            with queue:
                if job["state"] != "painting":
                    break
                if "broken" in job["prompt"]:
                    job.update(state="failed", error={"code": "failed", "message": "unet.safetensors ends in the middle of a tensor."})
                    tell("job", job)
                    break
                job["pictures"] = job["pictures"] + [picture(job["prompt"], job["settings"], job["seed"] + index, path)]
                tell("job", job)
        with queue:
            if job["state"] == "painting":
                job.update(state="done", seconds_left=0)
                tell("job", job)


class Refused(Exception):
    def __init__(self, status, code, message, headers={}, **more):
        self.status, self.headers = status, headers
        self.body = {"error": {"code": code, "message": message, "field": None, **more}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def send(self, status, body=b"", kind="application/json", headers={}):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
                            "Cache-Control": "no-store", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def person(self):
        found = re.search(r"session=(\w+)", self.headers.get("Cookie", ""))
        return found and found[1]

    def handle_method(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlparse(self.path)
        parts = [unquote(part) for part in address.path.strip("/").split("/")]
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        try:
            if parts[0] != "api":
                return self.page(parts, query, body)
            if not self.person():
                raise Refused(401, "signed_out", "Sign in first.")
            if parts[2] == "events":
                return self.events()
            with lock:
                self.interface(self.command, parts[2:], query, body)
        except Refused as refused:
            self.send(refused.status, refused.body, headers=refused.headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_method

    def page(self, parts, query, body):
        if parts[0] == "enter":
            given = query.get("key") or parse_qs(body.decode()).get("token", [""])[0]
            role = given.removeprefix("limn_")
            if role not in ROLES:
                return self.send(303, headers={"Location": "/?refused=token"})
            return self.send(303, headers={"Location": "/", "Set-Cookie": f"session={role}; Path=/; HttpOnly; SameSite=Strict"})
        if parts[0] == "leave":
            return self.send(204, headers={"Set-Cookie": "session=; Path=/; Max-Age=0"})
        name = ("index.html" if self.person() else "sign-in.html") if parts[0] == "" else parts[-1]
        file = PAGE / name
        if not file.is_file() or file.parent != PAGE:
            return self.send(404, b"not here", "text/plain")
        self.send(200, file.read_bytes(), TYPES[file.suffix])

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        channel = []
        with queue:
            listeners.append(channel)
            channel += [("job", job) for job in jobs.values() if job["state"] in ("waiting", "painting")]
        try:
            while True:
                with queue:
                    if not channel:
                        queue.wait(5)
                    lines = "".join(f"event: {event}\ndata: {json.dumps(data)}\n\n" for event, data in channel) or ": here\n\n"
                    channel.clear()
                self.wfile.write(lines.encode())
                self.wfile.flush()
        except OSError:
            listeners.remove(channel)

    def interface(self, method, parts, query, body):
        role = self.person()
        route = (method, parts[0], len(parts))
        given = json.loads(body) if body and self.headers.get("Content-Type") == "application/json" else {}
        if route == ("GET", "me", 1):
            return self.send(200, {"name": "ada", "role": role, "permissions": ROLES[role], "version": "0.1.0", "model": "default",
                                   "quota": {"pictures_left": 188, "seconds_left": None}})
        if route == ("GET", "options", 1):
            return self.send(200, options())
        if parts[0] == "uploads":
            if method == "POST":
                number = f"u{next(numbers)}"
                uploads[number] = body
                width, height = size_of(body)
                return self.send(201, {"id": number, "width": width, "height": height, "url": f"/api/v1/uploads/{number}"})
            if parts[1] not in uploads:
                raise Refused(404, "unknown", "There is no such upload.")
            return self.send(200, uploads[parts[1]], "image/png")
        if route == ("POST", "inspect", 1):
            return self.send(200, {"settings": {"prompt": "an owl at night", "style": "3d", "seed": 7, "steps": 12, "guidance": 3},
                                   "made_by": "limn 0.1.0", "notes": ["The model “default” is here."], "text": ""})
        if parts[0] == "jobs":
            return self.jobs(method, parts, given)
        if parts[0] == "pictures":
            return self.pictures(method, parts, query, given)
        if role != "admin":
            raise Refused(403, "forbidden", "Your role here does not allow this.")
        return self.admin(route, parts, given)

    def jobs(self, method, parts, given):
        if method == "GET":
            return self.send(200, {"jobs": list(reversed(jobs.values()))})
        if method == "DELETE":
            job = jobs[parts[1]]
            job["state"] = "stopped"
            tell("job", job)
            return self.send(204)
        prompt = given["prompt"]
        if "massacre" in prompt:
            raise Refused(400, "refused", "The guardrail refused the prompt.", refusal={
                "reason": "The prompt asks for graphic violence. Leave that out, or show it from far away.", "category": "violence_graphic",
                "subject": "prompt", "words": ["bloody", "massacre"], "suggestion": "Leave that out, or show it from far away."})
        if "full" in prompt:
            raise Refused(429, "busy", "The queue is full.", {"Retry-After": "40"})
        if given.get("steps", 1) > 1000:
            raise Refused(400, "range", "steps is 1 to 1000.", field="steps")
        waiting = [job for job in jobs.values() if job["state"] in ("waiting", "painting")]
        seed = int(given.get("seed") or next(numbers) * 7919 % 100000)
        job = {
            "id": f"j{next(numbers)}", "state": "waiting", "prompt": prompt, "created": now()[:-1] + f"{time.time() % 1:.3f}"[1:] + "Z", "position": len(waiting),
            "settings": {key: value for key, value in given.items() if key not in ("prompt", "references", "preview")},
            "references": given["references"], "count": given["count"], "seed": seed, "pictures": [], "step": 0,
            "steps": 12, "seconds_expected": 1.2 * given["count"], "seconds_left": None, "error": None, "refusal": None}
        jobs[job["id"]] = job
        self.send(201, job)
        tell("job", job)

    def pictures(self, method, parts, query, given):
        if len(parts) == 1:
            wanted = [p for p in pictures if query.get("query", "").lower() in p["prompt"].lower()
                      and query.get("style", p["style"]) == p["style"]
                      and (p["rating"] or 0) >= int(query.get("rating", 0))
                      and query.get("flagged", str(bool(p["flagged"])).lower()) == str(bool(p["flagged"])).lower()]
            before = query.get("before")
            first = next((i + 1 for i, p in enumerate(wanted) if p["id"] == before), 0)
            limit = int(query.get("limit", 50))
            some = wanted[first:first + limit]
            return self.send(200, {"pictures": [shown(p) for p in some], "next": some[-1]["id"] if len(wanted) > first + limit else None})
        found = next((p for p in pictures if p["id"] == parts[1]), None)
        if not found:
            raise Refused(404, "unknown", "There is no such picture.")
        if len(parts) == 3 and method == "GET":
            return self.send(200, found["file"].read_bytes(), "image/png")
        if len(parts) == 3:
            raise Refused(501, "not_available", "This model cannot do that yet.")
        if method == "PATCH":
            if "rating" in given:
                found["rating"] = given["rating"]
            if "flag" in given:
                found["flagged"] = given["flag"]
        if method == "DELETE":
            pictures.remove(found)
            return self.send(204)
        return self.send(200, shown(found))

    def admin(self, route, parts, given):
        if parts[0] == "people":
            if route[0] == "PUT":
                return self.send(200, {"name": parts[1], **given})
            return self.send(200, {
                "people": [{"name": name, "role": role, "permissions": ROLES[role], "granted_by": "root", "last_seen": now(age), "pictures_today": made,
                            "quota": {"pictures": 200, "seconds": None}}
                           for name, role, age, made in [("ada", "admin", 5, 12), ("grace", "creator", 4000, 31), ("class 7b", "creator", 90000, 0), ("visitor", "viewer", 900000, 0)]],
                "roles": [{"name": name, "permissions": permissions} for name, permissions in ROLES.items()]})
        if parts[0] == "tokens":
            if route[0] == "POST":
                token = {"id": f"t{next(numbers)}", "created": now(), "expires": None, "last_used": None, **given}
                tokens.append(token)
                return self.send(201, {**token, "token": "limn_4c5d9a31f2b07e68d9aa10fe7722b1c90f5e"})
            if route[0] == "DELETE":
                tokens[:] = [token for token in tokens if token["id"] != parts[1]]
                return self.send(204)
            return self.send(200, {"tokens": tokens})
        if parts[0] == "audit":
            return self.send(200, {"whole": True, "head": "12:9c55a4", "next": None, "rows": [
                {"number": 12 - i, "at": now(i * 5000), "person": "ada", "action": action, "detail": detail}
                for i, (action, detail) in enumerate([("refused", "run 1841, violence_graphic"), ("token made", "classroom tablet, creator"),
                                                      ("granted", "creator to grace"), ("policy", "threshold hate 0.7")])]})
        if parts[0] == "policy":
            names = ["sexual", "sexual_minors", "violence_graphic", "hate", "harassment", "self_harm", "illegal", "shocking"]
            return self.send(200, {"switch": "on", "thresholds": [{"category": name, "block": 0.8, "warn": 0.5} for name in names],
                                   "allow": ["shooting star"], "deny": ["acme corp"], "pictures": "withhold", "roles": {}})
        if parts[0] == "guard":
            bad = "massacre" in given["prompt"]
            return self.send(200, {
                "decision": "block" if bad else "allow", "score": 0.99 if bad else 0.02, "answer": "The prompt asks for graphic violence. Leave that out." if bad else None,
                "categories": {"violence_graphic": 0.91 if bad else 0.02, "hate": 0.3 if bad else 0, "shocking": 0.06, "illegal": 0.02},
                "reasons": [{"category": "violence_graphic", "by": "rule", "rule": "violence_graphic/gore", "weight": 0.9, "words": ["massacre"]}] if bad else []})
        if parts[0] == "models":
            return self.send(200, {"models": [
                {"name": "default", "title": "limn’s own", "family": "PixArt", "bytes": 74_000_000, "loaded": True, "default": True, "pull": None},
                {"name": "sd15", "title": "Stable Diffusion 1.5", "family": "Stable Diffusion", "bytes": 4_265_000_000, "loaded": False, "default": False, "pull": None},
                {"name": "klein", "title": "FLUX.2 klein", "family": "FLUX.2", "bytes": None, "loaded": False, "default": False,
                 "pull": {"bytes": 1_900_000_000, "total": 7_800_000_000, "state": "fetching"}}]})
        if parts[0] == "health":
            return self.send(200, {"is_well": True, "version": "0.1.0", "findings": [
                {"section": "program", "name": "limn", "state": "ok", "found": "0.1.0"},
                {"section": "processor", "name": "kernels", "state": "ok", "found": "avx512"},
                {"section": "processor", "name": "sgemm", "state": "note", "found": "12 GFLOP/s with 2 threads", "advice": "That is slow for this processor. Other programs may be at work."},
                {"section": "guardrail", "name": "policy", "state": "ok", "found": "the standard one"},
                {"section": "history", "name": "database", "state": "ok", "found": "1,204 runs, 3.1 MB, whole"}],
                "server": {"started": now(86000), "uptime_seconds": 86000, "memory_bytes": 118_000_000, "memory_limit_bytes": 2_000_000_000,
                           "waiting": 0, "painting": 0, "model": "default", "address": "127.0.0.1:7860", "tls": False}})
        if parts[0] == "report":
            return self.send(200, report())
        raise Refused(404, "unknown", "There is no such route.")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A browser that closes its connections is no fault.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def options():
    return {
        "models": [{"name": "default", "title": "limn’s own", "default": True, "family": "PixArt", "sizes": [[256, 256]], "steps": 12, "guidance": 3,
                    "supports": ["reference", "mask", "negative"]},
                   {"name": "sd15", "title": "Stable Diffusion 1.5", "default": False, "family": "Stable Diffusion", "sizes": [[512, 512]], "steps": 25,
                    "guidance": 7.5, "supports": ["reference", "mask", "negative", "style", "control"]}],
        "styles": [{"name": name, "description": f"{{prompt}}, {name}", "sample": next((p["thumbnail"] for p in pictures if p["file"].stem == PAINTED_IN[name]), None)} for name in STYLES],
        "abilities": [], "aspects": [{"name": name, "width": width, "height": height} for name, (width, height) in ASPECTS.items()],
        "settings": [{"name": name, "label": name.replace("_", " ").capitalize(), "kind": kind, "group": group, "help": text, "minimum": None, "maximum": None,
                      "default": None, "choices": [], **more} for name, kind, group, text, more in SETTINGS],
        "limits": {"prompt_characters": 2000, "references": 4, "count": 8, "upload_bytes": 32_000_000}}


def report():
    tally = lambda painted, refused, failed: {"painted": painted, "refused": refused, "failed": failed, "interrupted": 0, "runs": painted + refused + failed}
    days = [{"start": f"2026-11-{day:02}", "tally": tally((day * 37) % 61 + (day % 5) * 6, (day * 3) % 5, day % 7 == 3)} for day in range(1, 31)]
    group = lambda name, painted: {"name": name, "tally": tally(painted, 2, 0)}
    return {"totals": {"tally": {**tally(1042, 61, 5), "success_rate": 0.94, "refusal_rate": 0.055},
                       "timing": {"count": 1042, "mean_seconds": 0.76, "median_seconds": 0.47, "p95_seconds": 1.05}, "pictures_an_hour": 4210},
            "timeline": {"unit": "day", "intervals": days}, "disk": {"picture_bytes": 91_279_000, "database_bytes": 3_296_024},
            "stages": [{"name": "load", "mean_seconds": 0.2}, {"name": "encode", "mean_seconds": 0.08}, {"name": "sample", "mean_seconds": 0.38}, {"name": "decode", "mean_seconds": 0.15}],
            "styles": [group("3d", 410), group("ink", 220), group("pixel", 96)], "models": [group("default", 1000), group("sd15", 42)],
            "categories": [{"name": "violence_graphic", "refused": {"count": 40, "total": 1108}}, {"name": "hate", "refused": {"count": 21, "total": 1108}}],
            "effectiveness": {"words": [{"name": "owl", "kept": {"share": {"count": 8, "total": 9, "rate": 0.89}}}]}, "failures": [],
            "scope": {"days": ["2026-11-01", "2026-11-30"], "made": "2026-11-30 20:38", "software": "limn 0.1.0", "shows_prompts": True},
            "live": {"waiting": 3, "painting": 1, "people_today": 7, "pictures_today": 43}}


def serve(port=0):
    """Starts it in the background. @returns the server; its port is `server_address[1]`."""
    for index, path in enumerate(SAMPLES * 3):
        style = next((name for name, stem in PAINTED_IN.items() if stem == path.stem), "3d")
        picture(f"a picture of {path.stem}", {"style": style}, index, path, index * 4000)
        pictures[0].update(rating=5 if index % 6 == 0 else None, flagged="looks broken" if index == 5 else None, person="ada")
    threading.Thread(target=painter, daemon=True).start()
    server = Server(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    server = serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"http://127.0.0.1:{server.server_address[1]}/enter?key=limn_admin", flush=True)
    threading.Event().wait()
