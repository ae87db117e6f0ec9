"""Drives the studio's page in headless Chromium: the whole road, every view at other sizes and in other colours, with
axe-core and a look at the width after each step.

    pip install playwright axe-playwright-python
    python Tests/Studio/check_studio.py ./limn [--pictures FOLDER] [PART ...]
    python Tests/Studio/check_studio.py invented [--pictures FOLDER] [PART ...]

With `invented` in place of the program, against a server that paints nothing (invented_server.py). Parts: logic, keyboard,
telephone, road, wide, narrow, dark, forced; all of them without a name. Chromium is the one on the path, or that which CHROMIUM names.
Exit status 1 where something is wrong.
"""
import argparse, pathlib, sys

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import keyboard, logic, road, tour
from studio import Invented, Limn, Visit, browser

PARTS = {
    "logic": (logic.ask, {}),
    "keyboard": (keyboard.walk, {}),
    "telephone": (keyboard.walk, {"width": 360, "height": 740}),
    "road": (road.walk, {}),
    "wide": (tour.look, {"width": 2560, "height": 1300}),
    "narrow": (tour.look, {"width": 360, "height": 740, "scheme": "dark", "has_touch": True, "is_mobile": True}),
    "dark": (tour.look, {"scheme": "dark"}),
    "forced": (tour.look, {"width": 1000, "height": 900, "forced_colors": "active", "reduced_motion": "reduce"}),
}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--pictures", type=pathlib.Path)
    arguments.add_argument("parts", nargs="*", default=[])
    given = arguments.parse_intermixed_args()
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    wrong = checks = 0
    with sync_playwright() as playwright:
        chromium = browser(playwright)
        for part in given.parts or PARTS:
            server = Invented() if given.program == "invented" else Limn(given.program)
            work, how = PARTS[part]
            visit = Visit(chromium, server, folder=given.pictures, **how)
            visit.sample = str(road.FOX)
            try:
                work(visit)
            except Exception as error:
                visit.fault(f"{part}: {error}")
            wrong, checks = wrong + len(visit.wrong), checks + visit.checks
            visit.close()
            server.stop()
        chromium.close()
    print(f"{checks} checks, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
