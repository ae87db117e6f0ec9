"""The page's own arithmetic, asked in the browser: what an order is made of, how times are said, what a mask covers."""

import pathlib

ASKED = """async () => {
  const { order, valuesOf } = await import("/studio/draft.js");
  const { duration, place, fileName, bytes } = await import("/studio/words.js");
  const { typed } = await import("/studio/inspect.js");
  const { Strokes } = await import("/studio/mask-strokes.js");
  const { marked, without } = await import("/studio/paint-trouble.js");
  const strokes = new Strokes(200, 100);
  const shares = [strokes.share];
  strokes.add({ kind: "rectangle", points: [[0, 0], [100, 100]] });
  shares.push(strokes.share);
  strokes.add({ kind: "invert" });
  strokes.add({ kind: "eraser", size: 400, points: [[150, 50]] });
  shares.push(strokes.share);
  strokes.undo();
  shares.push(strokes.share);
  const mask = await createImageBitmap(await strokes.png());
  const made = { prompt: "a fox", seed: 7, settings: { prompt: "a fox", style: "ink", steps: 9, count: 3 }, references: [{ id: null, role: "start" }, { id: "u", role: "style" }, { id: "m", role: "mask" }] };
  const values = valuesOf(made);
  const exact = order({ ...values, aspect: "4:3", settings: { width: 64, height: 32, size: "small", strength: 0.4 } });
  return {
    shares: shares.map((share) => Math.round(share * 100)), mask: [mask.width, mask.height],
    order: order(values), exact: [exact.aspect ?? null, exact.width, exact.size ?? null, exact.strength ?? null],
    said: [duration(0.2), duration(1), duration(89), duration(120), place(1), place(2), place(8), bytes(74e6)],
    file: fileName({ prompt: "A fox / in: the <snow>!", seed: 3 }),
    without: [without("a bloody massacre", ["bloody", "massacre"]), without("a fox with a bloody knife", ["bloody knife"]), without("a shocking red house", ["shocking"])],
    typed: [["a fox, flat", "flat"], ["a fox", "flat"], ["a fox, flat", "none"]].map(([prompt, style]) => typed({ prompt, style }, [{ name: "flat", description: "{prompt}, flat" }]).prompt),
    marked: marked("see <b>Blood</b> (now)", ["blood", "(now)"]).map((part) => part.textContent ?? part),
  };
}"""

EXPECTED = {
    "shares": [0, 50, 0, 50], "mask": [200, 100],
    "order": {"prompt": "a fox", "style": "ink", "steps": 9, "seed": 7, "count": 1, "preview": True,
              "references": [{"id": "u", "role": "style"}, {"id": "m", "role": "mask"}]},
    "exact": [None, 64, None, None],
    "said": ["less than a second", "1 second", "89 seconds", "2 minutes", "Next in line", "Second in line", "Number 8 in line", "74.0 MB"],
    "file": "a-fox-in-the-snow-3.png",
    "without": [None, "a fox", "a red house"],
    "typed": ["a fox", "a fox", "a fox, flat"],
    "marked": ["see <b>", "Blood", "</b> ", "(now)", ""],
}


# The page's weight, uncompressed.
MOST_BYTES = 200_000
PAGE = pathlib.Path(__file__).resolve().parents[2] / "Sources/Server/Studio"


def ask(visit):
    weight = sum(path.stat().st_size for path in PAGE.iterdir())
    visit.holds(weight <= MOST_BYTES, f"the page has {weight} bytes; at most {MOST_BYTES}")
    visit.page.goto(visit.server.link)
    visit.page.wait_for_selector(".composer")
    found = visit.page.evaluate(ASKED)
    for name, expected in EXPECTED.items():
        visit.holds(found[name] == expected, f"{name} is {found[name]}; expected {expected}")
