"""Looks at a report's page in headless Chromium and lists what axe-core finds wrong with it.

    pip install axe-playwright-python
    python Tests/Accessibility/check_report.py REPORT.html [FOLDER]

Light and dark, on a wide screen and on a telephone, with the tables folded and unfolded, and as on paper. FOLDER gets
screenshots and a PDF. Chromium is the one on the path, or that which CHROMIUM names. Exit status 1 where something is wrong.
"""
import os, pathlib, shutil, sys
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

SIZES = {"wide": (1100, 900), "narrow": (390, 800)}
# Every rule that axe-core has, beyond what WCAG asks for.
OPTIONS = {"resultTypes": ["violations", "incomplete"]}


def problems(page, name):
    found = Axe().run(page, options=OPTIONS).response
    for violation in found["violations"]:
        print(f"{name}: {violation['id']}: {violation['help']}")
        for node in violation["nodes"]:
            print(f"    {node['html'][:160]}\n    {node['failureSummary']}")
    for unsure in found["incomplete"]:
        print(f"{name}: to be looked at by a person: {unsure['id']}: {unsure['help']} ({len(unsure['nodes'])} places)")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        print(f"{name}: the page is {wider} pixels wider than the screen")
    return len(found["violations"]) + (wider > 0), len(found["passes"])


def main(place, folder):
    wrong = 0
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
                messages = []
                page.on("console", lambda message: messages.append(message.text))
                page.goto(place.resolve().as_uri())
                for unfolded in (False, True):
                    name = f"{scheme}, {size}{', unfolded' if unfolded else ''}"
                    page.evaluate(f"document.querySelectorAll('details').forEach(d => d.open = {str(unfolded).lower()})")
                    if folder and not unfolded:
                        page.screenshot(path=folder / f"{scheme}-{size}.png", full_page=True)
                    count, passes = problems(page, name)
                    wrong += count
                    print(f"{name}: {count} violations, {passes} rules passed")
                for message in messages:
                    print(f"{scheme}, {size}: the browser says: {message}")
                wrong += len(messages)
                page.close()
        page = browser.new_page(color_scheme="dark")
        page.goto(place.resolve().as_uri())
        page.emulate_media(media="print")
        count, passes = problems(page, "print")
        wrong += count
        print(f"print: {count} violations, {passes} rules passed")
        if folder:
            page.pdf(path=folder / "report.pdf", format="A4")
        browser.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    sys.exit(main(pathlib.Path(sys.argv[1]), pictures))
