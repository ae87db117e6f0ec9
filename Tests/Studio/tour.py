"""Every view at another size or in other colours: no road, only looking."""


def look(visit):
    page, step, state = visit.page, visit.step, visit.state

    def painting():
        page.goto(visit.server.link)
        page.wait_for_selector(".composer")
        state("empty")
        page.fill("#prompt", "a castle by the sea")
        page.locator(".shape-card:has-text('16:9')").click()
        # Two, so that there is one to compare with.
        page.fill("#count", "2")
        page.locator("#count").blur()
        page.click(".composer button.primary")
        page.wait_for_selector(".job.first[data-state=done] a.frame:nth-child(2) img", timeout=90000)
        page.fill("#count", "4")
        page.locator("#count").blur()
        page.fill("#prompt", "a slow snail")
        page.locator("summary:has-text('More settings')").click()
        page.fill("#setting-steps", "400")
        page.click(".composer button.primary")
        page.wait_for_selector(".job.first[data-state=painting] .frame img", timeout=30000)
        page.locator(".stage").evaluate("stage => stage.scrollIntoView()")
        state("painting")
        page.locator(".job.first").get_by_role("button", name="Stop").click()
        page.wait_for_selector(".job.first[data-state=stopped]", timeout=15000)
        page.evaluate("scrollTo(0, 0)")
        state("composer", full=True)

    def mask():
        page.set_input_files("#reference-file", visit.sample)
        page.locator(".references >> text=Mask").click()
        page.wait_for_selector("dialog.mask")
        page.click("summary:has-text('A rectangle by numbers')")
        page.click("text=Add it")
        state("mask")
        page.keyboard.press("Escape")

    def gallery():
        page.goto(f"{visit.server.base}/#/gallery")
        page.wait_for_selector(".wall li")
        page.wait_for_timeout(400)
        state("gallery")
        page.locator(".wall a").first.click()
        page.wait_for_selector("dialog.viewer[open] .exhibit img")
        state("viewer")
        page.click("text=Compare …")
        page.wait_for_selector("dialog.compare .over[src]")
        state("compare")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog.compare", state="detached")
        page.keyboard.press("Escape")

    def admin():
        for name in ("report", "people", "tokens", "policy", "audit", "models", "health"):
            page.goto(f"{visit.server.base}/#/admin/{name}")
            page.wait_for_selector(f"h1:has-text('{name.capitalize()}')")
            page.wait_for_selector(".page:not([aria-busy]) > *")
            state(f"admin-{name}", full=True)

    for work in (painting, mask, gallery, admin):
        step(work.__name__, work)
