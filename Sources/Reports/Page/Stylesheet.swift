/// The page's looks: light and dark as the reader's system is set, and on paper always light.
enum Stylesheet {
  static let light = """
    --ground: #ffffff; --card: #f4f6f9; --ink: #1b2430; --faint: #526073; --line: #cfd6df; --link: #1d5aa8;
    --painted: #2b6cb0; --refused: #b45309; --failed: #b3123f; --interrupted: #6b7280; --overall: #1b2430;
    """

  static let dark = """
    --ground: #12161c; --card: #1c222b; --ink: #e6eaf0; --faint: #a4b0c0; --line: #39434f; --link: #8ab8f2;
    --painted: #6aa9f0; --refused: #f0a24e; --failed: #f27a93; --interrupted: #a0a9b6; --overall: #e6eaf0;
    """

  static let css = """
    :root { color-scheme: light dark; \(light) }
    @media (prefers-color-scheme: dark) { :root { \(dark) } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; } h1 span { white-space: nowrap; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
    p { margin: .25rem 0 .75rem; max-width: 46rem; }
    header p, .note, figcaption, caption, .change { color: var(--faint); }
    .note, figcaption, caption { font-size: .875rem; }
    a { color: var(--link); }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 1rem 0 0; padding: 0; }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
    dl.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.4rem, 1fr)); gap: .75rem; margin: 0; }
    dl.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
    dl.figures dt { color: var(--faint); font-size: .875rem; }
    dl.figures dd { margin: 0; }
    dl.figures .value { font-size: 1.5rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
    dl.figures .change { font-size: .875rem; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: .25rem 0 1rem; }
    caption { text-align: left; padding: .25rem 0; }
    th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
    th:first-child { text-align: left; padding-left: 0; font-weight: 500; white-space: normal; overflow-wrap: anywhere;
      min-width: 8rem; }
    thead th { color: var(--faint); font-size: .875rem; font-weight: 500; border-bottom-color: var(--faint);
      vertical-align: bottom; }
    .chart { text-align: left; } td.chart { width: 30%; min-width: 6rem; }
    .said { text-align: left; min-width: 14rem; white-space: normal; overflow-wrap: anywhere; }
    svg { display: block; width: 100%; }
    svg.bar { height: .7rem; } svg.bar rect { fill: var(--painted); }
    .refusals svg.bar rect { fill: var(--refused); } .failures svg.bar rect { fill: var(--failed); }
    svg.interval { height: 1rem; min-width: 7.5rem; max-width: 16rem; }
    svg.interval .scale { stroke: var(--line); } svg.interval .overall { stroke: var(--overall); stroke-dasharray: 2 2; }
    svg.interval .reach { stroke: var(--painted); stroke-width: 3; } svg.interval circle { fill: var(--painted); }
    svg.time { min-width: 40rem; }
    svg.time text { fill: var(--faint); font-size: 12px; } svg.time .grid { stroke: var(--line); }
    rect.painted { fill: var(--painted); } rect.refused { fill: var(--refused); } rect.failed { fill: var(--failed); }
    rect.interrupted { fill: var(--interrupted); }
    path.median, path.p95 { fill: none; stroke: var(--painted); stroke-width: 2; } circle.median { fill: var(--painted); }
    path.p95 { stroke: var(--refused); stroke-dasharray: 6 4; } circle.p95 { fill: var(--refused); }
    ul.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0 0 .5rem; padding: 0;
      font-size: .875rem; }
    ul.legend svg { display: inline-block; width: 1.5rem; height: .8rem; vertical-align: -.05rem; margin-right: .4rem; }
    ul.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; list-style: none;
      margin: 0; padding: 0; }
    figure { margin: 0; } figure img { width: 100%; height: auto; display: block; border-radius: .375rem; }
    figcaption { margin-top: .35rem; overflow-wrap: anywhere; } figcaption q { color: var(--ink); }
    summary { cursor: pointer; color: var(--link); font-size: .875rem; padding: .25rem 0; }
    footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
    @media print {
      :root { color-scheme: light; \(light) }
      @page { margin: 15mm; }
      body { max-width: none; padding: 0; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      nav { display: none; }
      details > summary { display: none; } details:not([open]) { display: none; }
      h2, caption, p, ul.legend { break-after: avoid; } footer { break-inside: avoid; }
      dl.figures { grid-template-columns: repeat(5, 1fr); } p, tr, figure, dl.figures div, svg { break-inside: avoid; }
      dl.figures div { padding: .4rem .6rem; } dl.figures .value { font-size: 13pt; white-space: nowrap; }
      .wide { overflow: visible; break-inside: avoid; } svg.time { min-width: 0; }
      thead { display: table-header-group; }
    }
    """
}
