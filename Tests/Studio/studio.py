"""What the page test is made of: a server to test against, a browser page that is looked at after every step, and the
list of what is wrong."""
import os, pathlib, re, shutil, subprocess, tempfile

from axe_playwright_python.sync_playwright import Axe

# Every rule that axe-core has on by default, and the size of targets (WCAG 2.2, 2.5.8), which it has off.
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


class Limn:
    """`limn serve` on a free port of this machine, with a home of its own, which is removed when it ends."""

    def __init__(self, program):
        self.home = tempfile.TemporaryDirectory()
        folders = {f"XDG_{name}_HOME": f"{self.home.name}/{name.lower()}" for name in ("DATA", "CONFIG", "STATE", "CACHE")}
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **folders})
        heard = []
        for line in self.process.stdout:
            heard.append(line)
            link = re.search(r"(http://\S+?)/enter\?key=\S+", line)
            if link:
                self.link, self.base = link[0], link[1]
                return
        raise SystemExit("limn serve printed no link:\n" + "".join(heard))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.home.cleanup()


class Invented:
    """The server that paints nothing."""

    def __init__(self):
        import invented_server
        self.server = invented_server.serve()
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.link = f"{self.base}/enter?key=limn_admin"

    def stop(self):
        self.server.shutdown()


def browser(playwright):
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


class Visit:
    """A page at one size and in one scheme, and what was found wrong with it."""

    def __init__(self, browser, server, scheme="light", width=1280, height=800, folder=None, **context):
        self.name = f"{scheme}-{width}"
        self.server, self.folder, self.wrong, self.checks = server, folder, [], 0
        self.context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height}, **context)
        self.context.set_default_timeout(8000)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.fault(f"error on the page: {error}"))
        self.page.on("console", self.console)
        self.expected = []

    def console(self, message):
        # A refusal is an answer of 400, which browsers write on their console too.
        if message.type == "error" and not re.search(r"status of (400|401|404|429|501)", message.text):
            self.fault(f"the browser says: {message.text}")

    def fault(self, text):
        self.wrong.append(text)
        print(f"{self.name}: WRONG: {text}", flush=True)

    def holds(self, condition, text):
        self.checks += 1
        if not condition:
            self.fault(text)

    def step(self, text, work):
        """A part of the road; the rest is walked even where one fails."""
        try:
            work()
            print(f"{self.name}: {text}", flush=True)
        except Exception as error:
            self.fault(f"{text}: {str(error).strip().splitlines()[0]}")
            if self.folder:
                self.page.screenshot(path=self.folder / f"{self.name}-WRONG-{re.sub(r'[^a-z]+', '-', text.lower())}.png")

    def state(self, name, full=False, look=True):
        """Looks at what is shown: with axe, for being too wide, and by a screenshot for people."""
        if self.folder:
            self.page.screenshot(path=self.folder / f"{self.name}-{name}.png", full_page=full)
        if not look:
            return
        self.checks += 1
        for violation in Axe().run(self.page, options=AXE).response["violations"]:
            places = "; ".join(node["html"][:110] + " -- " + (node["failureSummary"] or "").replace("\n", " ")[:160] for node in violation["nodes"][:3])
            self.fault(f"{name}: {violation['id']}: {violation['help']}: {places}")
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.holds(wider <= 0, f"{name}: the page is {wider} pixels wider than the screen")

    def close(self):
        self.context.close()


def drop(page, path, zone):
    """Drops a file on the page, as the system would."""
    data = list(pathlib.Path(path).read_bytes())
    transfer = page.evaluate_handle(
        """([bytes, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
          return transfer;
        }""", [data, pathlib.Path(path).name])
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    page.locator(f".zone:has-text('{zone}')").dispatch_event("drop", {"dataTransfer": transfer})
