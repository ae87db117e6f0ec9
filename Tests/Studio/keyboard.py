"""Painting and looking by keyboard alone, and that what has the focus is never hidden (WCAG 2.2, 2.4.11)."""
import pathlib

from playwright.sync_api import expect

# What has the focus, and whether its middle (or that of the label which stands for a hidden radio button) can be seen.
FOCUS = """() => {
  const element = document.activeElement;
  const shown = element.classList.contains("unseen") ? element.closest("label") : element;
  const box = shown.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, Math.min(box.top + box.height / 2, box.top + 30)];
  const top = document.elementFromPoint(x, y);
  const name = `${element.tagName} ${element.getAttribute("aria-label") ?? element.id ?? ""} ${element.textContent.slice(0, 20)}`;
  return { name, body: element === document.body, seen: Boolean(top) && (shown.contains(top) || top.contains(shown)) };
}"""


def walk(visit):
    page, step, holds = visit.page, visit.step, visit.holds

    def tabbing():
        page.goto(visit.server.link)
        page.wait_for_selector(".composer")
        page.evaluate("document.querySelector('details.more').open = true")
        names = []
        for _ in range(60):
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUS)
            if found["body"]:
                break
            names.append(found["name"])
            holds(found["seen"], f"the focus is hidden at {found['name']}")
        holds(any("Paint" in name for name in names) and any("prompt" in name for name in names), f"Tab reaches the form: {names}")

    def painting():
        page.locator("#prompt").focus()
        page.keyboard.type("a fox")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        holds(page.locator(".styles input:checked").input_value() != "", "arrows choose a style")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".job.first[data-state=done] a.frame", timeout=60000)
        expect(page.locator("#said")).to_contain_text("Done: a fox")

    def looking():
        page.locator(".job.first a.frame").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog.viewer[open]")
        page.keyboard.press("5")
        page.wait_for_selector(".star.lit:nth-of-type(5)")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog.viewer:not([open])", state="attached")
        page.keyboard.press("g")
        page.wait_for_selector(".gallery")
        page.keyboard.press("/")
        expect(page.locator("#search")).to_be_focused()
        page.keyboard.type("fox g?/")
        holds(page.locator(".gallery").count() == 1 and page.locator("dialog[open]").count() == 0, "keys do nothing while one types")

    def reading():
        """What a screen reader has to say, for a person to read."""
        page.goto(visit.server.base + "/#/")
        page.wait_for_selector(".composer")
        text = page.locator("body").aria_snapshot()
        holds("heading \"Paint\"" in text and "textbox \"What shall it be?\"" in text, "the accessibility tree has the form")
        if visit.folder:
            pathlib.Path(visit.folder / f"{visit.name}-tree.txt").write_text(text)
        resources = page.evaluate("performance.getEntriesByType('paint').map(({ name, startTime }) => `${name} ${Math.round(startTime)} ms`)")
        print(f"{visit.name}: {', '.join(resources)}")

    for work in (tabbing, painting, looking, reading):
        step(work.__name__, work)
