#!/usr/bin/env python3
"""Many clients at once against `limn serve`: load-serve.py LIMN [MINUTES [CLIENTS]]

Every client asks for a picture, looks every two seconds how far it is, and asks for the next when it is there. Half of them come
in the name of one person, ask for four, and meet a queue that is full for that person. Then: no answer but good ones and 429 with
a `Retry-After`, after which there is mostly room; no more memory at the end than in the middle, nearly as many pictures
a minute as `limn batch` paints, and a position in the queue within 50 ms for 99 of 100. Needs nothing but Python.
"""

import asyncio
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
import time

LIMN = os.path.abspath(sys.argv[1])
MINUTES = float(sys.argv[2]) if len(sys.argv) > 2 else 10
CLIENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 200
FOLDER = tempfile.mkdtemp()
ENVIRONMENT = dict(
    os.environ, XDG_STATE_HOME=f"{FOLDER}/state", XDG_DATA_HOME=f"{FOLDER}/data", XDG_CACHE_HOME=f"{FOLDER}/cache",
    XDG_CONFIG_HOME=f"{FOLDER}/config")
ENVIRONMENT.pop("LIMN_HISTORY", None)
PEOPLE = 20
SUBJECTS = ["a fox", "an owl", "a red apple", "a castle", "a rocket", "a snowman", "a guitar", "a cat"]
BATCH = 60


def batch_rate():
    """Pictures a second of `limn batch`, once it is warm."""
    lines = "\n".join(f"{SUBJECTS[index % len(SUBJECTS)]}" for index in range(BATCH))
    path = f"{FOLDER}/prompts.txt"
    open(path, "w").write(lines + "\n")
    start = time.time()
    subprocess.run(
        [LIMN, "batch", path, "--output", f"{FOLDER}/batch", "--quiet"], env=ENVIRONMENT, check=True, capture_output=True)
    return BATCH / (time.time() - start)


class Client:
    """A connection that is kept open."""

    def __init__(self, port, token):
        self.port, self.token, self.reader, self.writer = port, token, None, None

    async def call(self, method, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n")
        if self.writer is None or self.writer.is_closing() or self.reader.at_eof():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        start = time.perf_counter()
        self.writer.write(head.encode() + data)
        await self.writer.drain()
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        seconds = time.perf_counter() - start
        status = int(answer[0].split()[1])
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in answer[1:] if ": " in line)}
        content = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return status, headers, json.loads(content) if content else None, seconds


class Load:
    def __init__(self, port, tokens, end):
        self.port, self.tokens, self.end = port, tokens, end
        self.statuses, self.positions, self.untrue = collections.Counter(), [], []
        self.painted, self.waits = 0, []

    async def client(self, number):
        client = Client(self.port, self.tokens[0 if number % 2 else 1 + number // 2 % (PEOPLE - 1)])
        await asyncio.sleep(random.uniform(0, 2))
        while time.time() < self.end:
            try:
                await self.picture(client, number)
            except (OSError, EOFError, asyncio.IncompleteReadError) as error:
                self.statuses[type(error).__name__] += 1
                client.writer = None
                await asyncio.sleep(1)

    async def picture(self, client, number):
        wish = {"prompt": SUBJECTS[number % len(SUBJECTS)], "count": 4 if number % 2 else 1}
        status, headers, job, _ = await client.call("POST", "/api/v1/jobs", wish)
        self.statuses["POST", status] += 1
        if status == 429:
            seconds = int(headers["retry-after"])
            if time.time() + seconds >= self.end:
                return await asyncio.sleep(max(0, self.end - time.time()))
            await asyncio.sleep(seconds)
            # Whoever waits as long as they were told finds room, unless others were quicker.
            status, _, job, _ = await client.call("POST", "/api/v1/jobs", wish)
            self.statuses["POST again", status] += 1
            if status == 429:
                self.untrue.append(seconds)
                return
        if status != 201:
            return
        asked, known = time.time(), 0
        while time.time() < self.end:
            await asyncio.sleep(2)
            status, _, job, seconds = await client.call("GET", f"/api/v1/jobs/{job['id']}")
            self.statuses["GET", status] += 1
            if job["state"] == "waiting":
                assert job["position"] >= 1, job
            self.positions.append(seconds)
            # Pictures of orders that are not finished count too.
            self.painted += job["painted"] - known
            known = job["painted"]
            if job["state"] not in ("waiting", "painting"):
                self.statuses[job["state"]] += 1
                self.waits.append(time.time() - asked)
                return


def memory(process):
    status = open(f"/proc/{process.pid}/status").read()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def watched(process, end):
    """Megabytes in use, each second."""
    seen = []
    while time.time() < end:
        await asyncio.sleep(1)
        seen.append(memory(process))
    return seen


def main():
    rate = batch_rate()
    tokens = [
        subprocess.run(
            [LIMN, "tokens", "create", f"person-{index}"], env=ENVIRONMENT, check=True, capture_output=True,
            text=True).stdout.strip() for index in range(PEOPLE)]
    server = subprocess.Popen([LIMN, "serve", "--listen", "127.0.0.1:0"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().split("/enter")[0].strip()
    start = time.time()
    load = Load(int(url.rsplit(":", 1)[1]), tokens, start + 60 * MINUTES)

    async def run():
        clients = asyncio.gather(*(load.client(number) for number in range(CLIENTS)))
        seen = await watched(server, load.end)
        await clients
        return seen

    seen = asyncio.run(run())
    seconds = time.time() - start
    server.terminate()
    status = server.wait(30)
    faults = [] if status == 0 else [f"SIGTERM ended it with {status}"]
    bad = {key: count for key, count in load.statuses.items() if isinstance(key, tuple) and key[1] not in (200, 201, 429) or isinstance(key, str) and key not in ("done", "stopped")}
    if bad:
        faults.append(f"answers that are none: {bad}")
    positions = sorted(load.positions)
    p99 = 1000 * positions[int(0.99 * len(positions))]
    if p99 > 50:
        faults.append(f"a position in the queue takes {p99:.0f} ms at the 99th percentile; at most 50")
    refused = sum(count for key, count in load.statuses.items() if isinstance(key, tuple) and key[0] == "POST again")
    if len(load.untrue) > refused / 4:
        faults.append(f"{len(load.untrue)} of {refused} who waited as told found the queue full again")
    share = load.painted / seconds / rate
    if share < 0.95:
        faults.append(f"{share:.2f} of the pictures that limn batch paints; at least 0.95")
    middle, last = seen[len(seen) // 3: 2 * len(seen) // 3], seen[-max(1, len(seen) // 6):]
    growth = sum(last) / len(last) - sum(middle) / len(middle)
    if growth > 40:
        faults.append(f"{growth:.0f} MB more at the end than in the middle")
    print(f"{CLIENTS} clients, {seconds / 60:.1f} minutes: {load.painted} pictures, {load.painted / seconds:.2f} a second; limn batch {rate:.2f}, so {share:.2f} of it")
    print(f"answers: {dict(sorted((str(key), count) for key, count in load.statuses.items()))}; {len(load.untrue)} of {refused} who waited as told waited in vain")
    print(f"positions: {len(positions)}, median {1000 * positions[len(positions) // 2]:.1f} ms, 99th percentile {p99:.1f} ms, longest {1000 * positions[-1]:.1f} ms")
    print(f"memory: {seen[0]:.0f} MB at first, {max(seen):.0f} at most, {seen[-1]:.0f} at last")
    print("\n".join(faults) or "all is well")
    return 1 if faults else 0


sys.exit(main())
