extension CardPage {
    /// Up to the title. The policy lets nothing in from anywhere.
    static let head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">

        """

    static let style = """
        :root { color-scheme: light dark; --text: #1a1c1f; --page: #fff; --soft: #5c6470; --line: #d9dde3; --good: #146c3a;
          --bad: #9c2b1c; --open: #6b5300; --fill: #f3f5f8; --mark: #1f5fbf; }
        @media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --page: #14171b; --soft: #a2abb8; --line: #343a43;
          --good: #6fd39b; --bad: #f0917f; --open: #e0c46c; --fill: #1d2127; --mark: #7fb0ff; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.4rem; margin: 1.5rem 0 .5rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
        h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
        p, li { max-width: 46rem; overflow-wrap: anywhere; }
        .verdict { font-size: 1.2rem; font-weight: 600; border-left: .3rem solid; padding: .25rem .75rem; margin: .5rem 0; }
        .good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
        .caution { background: var(--fill); padding: .5rem .75rem; }
        .wide { overflow-x: auto; margin-bottom: 1rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
        thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; }
        th:first-child { text-align: left; font-weight: 500; min-width: 7.5rem; position: sticky; left: 0;
          background: var(--page); }
        td { min-width: 5.5rem; }
        small { display: block; color: var(--soft); font-weight: 400; font-size: .75rem; }
        svg { width: 100%; max-width: 22rem; height: auto; display: block; }
        svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
        svg .axis { stroke: var(--line); } svg .mark { fill: var(--mark); stroke: var(--mark); }
        """
}
