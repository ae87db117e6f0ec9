"""The whole road through the studio, once, as somebody would walk it."""
import pathlib

from playwright.sync_api import expect

from studio import drop

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOX = ROOT / "docs/pictures/fox.png"


def walk(visit):
    page, step, state, holds = visit.page, visit.step, visit.state, visit.holds
    prompt, paint = page.locator("#prompt"), page.locator(".composer button.primary")
    newest = page.locator(".job.first")

    def notice(text):
        page.wait_for_selector(f".notice:has-text('{text}')")

    def fresh(words):
        """Has this painted and waits until it is done."""
        prompt.fill(words)
        paint.click()
        page.wait_for_selector(f".job.first[data-state=done]:has-text('{words}')", timeout=60000)

    def signing_in():
        page.goto(visit.server.base + "/")
        page.fill("#token", "limn_wrong")
        page.click("text=Sign in")
        page.wait_for_selector("#refused:visible")
        state("sign-in")
        page.goto(visit.server.link)
        page.wait_for_selector(".composer")
        state("empty")

    def typing():
        paint.click()
        page.wait_for_selector(".trouble:has-text('Say in a few words')")
        holds(page.evaluate("document.activeElement.id") == "prompt", "the focus goes where something is missing")
        prompt.fill("an owl at night")
        page.locator(".style-card:has-text('Ink')").click()
        page.locator(".shape-card:has-text('4:3')").click()
        page.click("summary:has-text('More settings')")
        page.fill("#setting-steps", "9")
        page.reload()
        page.wait_for_selector(".composer")
        holds(prompt.input_value() == "an owl at night", "the words are there after a reload")
        holds(page.locator("input[value=ink]").is_checked(), "the style is there after a reload")
        holds(page.locator("input[value='4:3']").is_checked(), "the shape is there after a reload")
        page.click("summary:has-text('More settings')")
        holds(page.input_value("#setting-steps") == "9", "a setting is there after a reload")
        state("settings")
        page.fill("#setting-steps", "")

    def painting():
        page.keyboard.press("Control+Enter") if prompt.focus() is None else None
        page.wait_for_selector(".job.first")
        page.wait_for_selector(".job.first[data-state=done] a.frame img", timeout=60000)
        state("done")

    def stopping():
        page.fill("#setting-steps", "400")
        page.fill("#count", "2")
        page.locator("#count").blur()
        prompt.fill("a slow snail")
        paint.click()
        page.wait_for_selector(".job.first[data-state=painting] .frame img", timeout=30000)
        state("painting")
        newest.get_by_role("button", name="Stop").click()
        page.wait_for_selector(".job.first[data-state=stopped]", timeout=15000)
        holds(page.evaluate("document.activeElement.className.includes('job')"), "the focus stays at the job that was stopped")
        page.fill("#setting-steps", "")
        page.fill("#count", "1")
        page.locator("#count").blur()

    def refusing():
        prompt.fill("a bloody massacre")
        paint.click()
        page.wait_for_selector(".trouble:has-text('Not painted')")
        holds(page.locator(".trouble mark").count() > 0, "a refusal marks the words")
        state("refused")
        prompt.fill("a fox")

    def referring():
        drop(page, FOX, "Use as a reference")
        page.wait_for_selector(".references li")
        page.locator(".references select").select_option("start")
        page.locator("#strength").fill("0.4")
        page.locator(".references >> text=Mask").click()
        page.wait_for_selector("dialog.mask")
        canvas = page.locator(".easel canvas")
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + box["width"] * .3, box["y"] + box["height"] * .3)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * .7, box["y"] + box["height"] * .5, steps=6)
        page.mouse.up()
        share = lambda: float(page.locator("dialog.mask output").inner_text().split("%")[0])
        brushed = share()
        holds(1 < brushed < 30, f"the brush covers some of the picture, not {brushed}%")
        page.keyboard.press("Control+z")
        holds(share() == 0, "undo takes the stroke away")
        canvas.focus()
        page.keyboard.press("Space")
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        holds(share() > 0, "the keyboard paints")
        page.locator("dialog.mask .choice >> text=Lasso").click()
        canvas.focus()
        for key in ("Space", "Shift+ArrowLeft", "Space", "Shift+ArrowDown", "Space", "Enter"):
            page.keyboard.press(key)
        page.click("summary:has-text('A rectangle by numbers')")
        page.click("text=Add it")
        holds(share() >= 25, "a rectangle by numbers covers a quarter")
        state("mask")
        page.click("text=Use this mask")
        page.wait_for_selector(".references .over")
        state("reference")
        fresh("a fox with a hat")
        page.locator(".references button[aria-label^='Remove']").click()
        notice("Removed")

    def repeating():
        count = page.locator(".job").count()
        newest.locator("text=Again").click()
        expect(page.locator(".job")).to_have_count(count + 1)
        page.wait_for_selector(".job.first[data-state=done]", timeout=60000)
        newest.locator("text=Vary").click()
        expect(page.locator(".job")).to_have_count(count + 2)
        page.wait_for_selector(".job.first[data-state=done] .frame:nth-child(4)", timeout=60000)
        state("varied")

    def looking():
        newest.locator("a.frame").first.click()
        page.wait_for_selector("dialog.viewer[open] .exhibit img")
        page.keyboard.press("4")
        page.wait_for_selector(".star.lit:nth-of-type(4)")
        state("viewer")
        first = page.url
        page.keyboard.press("ArrowRight")
        page.wait_for_url(lambda url: url != first)
        page.click("text=Copy as command")
        notice("Copied")
        holds(page.evaluate("navigator.clipboard.readText()").startswith("limn "), "the command is a command")
        page.click("text=Flag …")
        state("flag")
        page.click("text=Flag it")
        page.wait_for_selector(".flag-line:has-text('Flagged')")
        with page.expect_download() as download:
            page.click("text=Download")
        holds(download.value.suggested_filename.endswith(".png"), "a download has a name")
        page.click("text=Compare …")
        page.wait_for_selector("dialog.compare .over[src]")
        page.locator("dialog.compare input[type=range]").focus()
        before = page.evaluate("document.querySelector('.comparison .frame').style.getPropertyValue('--at')")
        page.keyboard.press("ArrowRight")
        holds(page.evaluate("document.querySelector('.comparison .frame').style.getPropertyValue('--at')") != before, "the slider moves by keys")
        state("compare")
        page.locator("dialog.compare").get_by_label("Side by side").check()
        page.keyboard.press("Escape")
        page.click("text=Use its settings")
        notice("The form has its settings now")
        page.wait_for_selector("dialog.viewer:not([open])", state="attached")

    def enlarging():
        newest.locator("a.frame").first.click()
        page.wait_for_selector("dialog.viewer[open] .exhibit img")
        small = page.locator(".exhibit img").evaluate("image => image.naturalWidth")
        if page.locator(".actions >> text=Enlarge").count():
            page.click(".actions >> text=Enlarge")
            notice("being enlarged")
            page.keyboard.press("Escape")
            page.wait_for_selector(".job.first[data-state=done]:has-text('larger') a.frame img", timeout=120000)
            newest.locator("a.frame").first.click()
            page.wait_for_function("width => document.querySelector('dialog.viewer[open] .exhibit img')?.naturalWidth === 2 * width", arg=small)
            holds(page.locator(".actions >> text=Vary").count() == 0, "what was enlarged is not varied")
            state("enlarged")
            page.click("text=Restyle …")
            page.locator("dialog .strip button").first.click()
            notice("in that style")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog.viewer:not([open])", state="attached")
        page.wait_for_selector(".job.first[data-state=done]", timeout=120000)

    def searching():
        page.goto(visit.server.base + "/#/gallery")
        page.wait_for_selector(".wall li")
        state("gallery")
        page.fill("#search", "nothing is called this")
        page.wait_for_selector("text=Nothing fits")
        state("gallery-empty")
        page.fill("#search", "fox")
        page.wait_for_selector(".wall li")
        words = page.locator(".wall img").evaluate_all("images => images.map((image) => image.alt)")
        holds(all("fox" in alt for alt in words), f"the search finds foxes, not {words[:4]}")
        page.reload()
        page.wait_for_selector(".wall li")
        holds(page.input_value("#search") == "fox", "the search is there after a reload")
        count = page.locator(".wall li").count()
        page.locator(".wall a").first.click()
        page.click(".actions >> text=Delete")
        notice("Deleted")
        expect(page.locator(".wall li")).to_have_count(count - 1)
        page.click(".notice >> text=Undo")
        expect(page.locator(".wall li")).to_have_count(count)
        page.fill("#search", "")

    def reading_settings():
        page.goto(visit.server.base + "/#/")
        page.wait_for_selector(".composer")
        drop(page, FOX, "Read its settings")
        page.wait_for_selector("dialog .inspected")
        state("inspected")
        page.click("dialog >> text=Use these settings")
        notice("The form has its settings now")
        page.click("button[aria-label=Presets]")
        page.locator("dialog .inline input").fill("my own")
        page.locator("dialog .inline button").click()
        page.wait_for_selector(".presets >> text=my own")
        state("presets")
        page.locator(".presets >> text=my own").click()
        page.keyboard.press("?")
        page.wait_for_selector("dialog:has-text('Keys and help')")
        state("help")
        page.keyboard.press("Escape")

    def looking_after():
        for name in ("report", "people", "tokens", "policy", "audit", "models", "health"):
            page.goto(f"{visit.server.base}/#/admin/{name}")
            page.wait_for_selector(f".page:not([aria-busy]) > *")
            page.wait_for_selector(f"h1:has-text('{name.capitalize()}')")
            holds(page.locator(".page > .trouble").count() == 0, f"the page {name} opens")
            if name == "policy":
                page.fill(".page textarea", "a bloody massacre")
                page.click("text=Ask the guardrail")
                page.wait_for_selector(".verdict:has-text('refused')")
            if name == "tokens":
                page.fill("form.panel input[placeholder='classroom tablet']", "a tablet")
                page.click("text=Make a token")
                page.wait_for_selector("dialog .secret")
                state("token")
                page.keyboard.press("Escape")
                page.click("button[aria-label='Revoke a tablet']")
                page.click("text=Revoke it")
                page.wait_for_selector("text=a tablet", state="detached")
            state(f"admin-{name}", full=True)

    def signing_out():
        page.click(".menu summary")
        page.click("text=Sign out")
        page.wait_for_selector("#token")

    for work in (signing_in, typing, painting, stopping, refusing, referring, repeating, looking, enlarging, searching, reading_settings,
                 looking_after, signing_out):
        step(work.__name__.replace("_", " "), work)
