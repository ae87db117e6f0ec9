#!/usr/bin/env python3
"""Kills `limn serve` at random instants under load: kill-serve.py LIMN [KILLS [STEPS]]

Then no picture is half-written, no job is lost or painted twice, and the history tells the truth. Needs nothing but Python.
"""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

LIMN = os.path.abspath(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
STEPS = int(sys.argv[3]) if len(sys.argv) > 3 else 12
FOLDER = tempfile.mkdtemp()
ENVIRONMENT = dict(
    os.environ, XDG_STATE_HOME=f"{FOLDER}/state", XDG_DATA_HOME=f"{FOLDER}/data", XDG_CACHE_HOME=f"{FOLDER}/cache",
    XDG_CONFIG_HOME=f"{FOLDER}/config")
ENVIRONMENT.pop("LIMN_HISTORY", None)
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def start():
    server = subprocess.Popen([LIMN, "serve", "--listen", "127.0.0.1:0"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().split("/enter")[0].strip()
    assert url, "the server did not start"
    return server, url


def call(url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url + path, data=data, method=method, headers={"X-Api-Key": TOKEN, "Content-Type": "application/json"})
    with OPENER.open(request, timeout=30) as answer:
        return json.load(answer)


TOKEN = subprocess.run(
    [LIMN, "tokens", "create", "tester"], env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()
jobs = {}
random.seed(1)
for kill in range(KILLS):
    server, url = start()
    try:
        for _ in range(3):
            count = random.randint(1, 2)
            job = call(url, "POST", "/api/v1/jobs", {"prompt": f"a fox number {len(jobs)}", "count": count, "steps": STEPS})
            jobs[job["id"]] = count
        time.sleep(random.uniform(0, 1.2))
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
server, url = start()
deadline = time.time() + 600
states = {}
while time.time() < deadline:
    states = {id: call(url, "GET", f"/api/v1/jobs/{id}") for id in jobs}
    left = [id for id, job in states.items() if job["state"] in ("waiting", "painting")]
    if not left:
        break
    time.sleep(1)
server.terminate()
status = server.wait(20)
faults = [] if status == 0 else [f"SIGTERM ended it with {status}"]
for id, count in jobs.items():
    if states[id]["state"] != "done" or len(states[id]["pictures"]) != count:
        faults.append(f"job {id}: {states[id]['state']}, {len(states[id]['pictures'])} of {count}")
history = sqlite3.connect(f"{FOLDER}/state/limn/history.sqlite")
painted = history.execute("SELECT id, output_path, output_hash FROM runs WHERE outcome = 'painted'").fetchall()
if len(painted) != sum(jobs.values()):
    faults.append(f"{len(painted)} pictures by the history, {sum(jobs.values())} asked for")
if history.execute("SELECT count(*) FROM runs WHERE outcome = 'running'").fetchone()[0]:
    faults.append("runs that never ended")
for id, path, digest in painted:
    if hashlib.sha256(open(path, "rb").read()).hexdigest() != digest:
        faults.append(f"{path} is not what was painted")
files = [os.path.join(top, name) for top, _, names in os.walk(f"{FOLDER}/data/limn/pictures") for name in names]
pictures = [name for name in files if name.endswith(".png")]
if len(pictures) != len(painted):
    faults.append(f"{len(pictures)} files, {len(painted)} pictures")
print(f"{KILLS} kills, {len(jobs)} jobs, {len(painted)} pictures, {len(files) - len(pictures)} scraps")
print("\n".join(faults) or "all is well")
sys.exit(1 if faults else 0)
