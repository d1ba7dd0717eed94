/// The style sheet of the report.
enum ReportStyle {
  /// CSS: colours, text, tables, charts, pictures, print.
  static let sheet: HTML = """
    \(colours)
    \(text)
    \(tables)
    \(charts)
    \(pictures)
    \(print)
    """

  private static let colours: HTML = """
    :root { --page: #fdfdfb; --ink: #1d1f24; --soft: #5d626c; --rule: #dcdcd6; --faint: #ecece7;
      --panel: #f6f6f2; --accent: #0064a5; --good: #00795a; --bad: #b6402a; color-scheme: light; }
    @media screen and (prefers-color-scheme: dark) { :root { --page: #15171b; --ink: #e6e6e3;
      --soft: #a0a5ae; --rule: #383c44; --faint: #262a30; --panel: #1c1f24; --accent: #66b2f0;
      --good: #4fd0a5; --bad: #ff9279; color-scheme: dark; } }
    """

  private static let text: HTML = """
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, serif; }
    main { max-width: 1160px; margin: 0 auto; padding: 56px 32px 72px; }
    header { border-bottom: 1px solid var(--rule); padding-bottom: 20px; }
    .kicker, h2, h3, h4, table, figure, .legend, .tabs label, .against, .tiles, .missing, summary,
      .row-label { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans",
      sans-serif; }
    .kicker { margin: 0; font-size: 12px; letter-spacing: .09em; text-transform: uppercase;
      color: var(--soft); }
    h1 { font-size: 34px; line-height: 1.2; font-weight: 500; margin: 8px 0 14px;
      overflow-wrap: anywhere; }
    .abstract { font-size: 18px; max-width: 44em; margin: 0; overflow-wrap: anywhere; }
    section { margin-top: 44px; }
    h2 { font-size: 14px; font-weight: 600; letter-spacing: .05em; text-transform: uppercase;
      margin: 0 0 16px; color: var(--soft); }
    h3 { font-size: 15px; font-weight: 600; margin: 30px 0 12px; overflow-wrap: anywhere; }
    h4 { font-size: 13.5px; font-weight: 600; margin: 0 0 10px; overflow-wrap: anywhere; }
    .task { border-top: 1px solid var(--rule); padding-top: 26px; }
    header + .task { border-top: 0; padding-top: 0; }
    .task > h2 { font-size: 24px; font-weight: 500; letter-spacing: 0; text-transform: none;
      color: var(--ink); margin-bottom: 6px; overflow-wrap: anywhere; }
    .task > .about { color: var(--soft); margin: 0 0 18px; max-width: 46em; }
    .notes { padding-left: 1.2em; margin: 0; max-width: 46em; }
    .notes li { margin-bottom: 6px; }
    .empty { color: var(--soft); font-style: italic; }
    .missing { color: var(--soft); font-size: 12.5px; margin: 6px 0 0; }
    pre { background: var(--panel); border: 1px solid var(--faint); border-radius: 6px;
      padding: 14px 16px; overflow-x: auto; font-size: 13px; line-height: 1.5; margin: 0 0 16px; }
    code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
    details { border-top: 1px solid var(--faint); padding: 10px 0; }
    summary { cursor: pointer; font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
    details[open] > summary { margin-bottom: 14px; }
    """

  private static let tables: HTML = """
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
    .wide .many { width: 100%; } .wide .few th, .wide .few td { padding-left: 28px; }
    .wide .few th:first-child { padding-left: 0; }
    th, td { padding: 8px 7px; text-align: right; border-bottom: 1px solid var(--faint);
      white-space: nowrap; vertical-align: baseline; }
    thead th, thead td { color: var(--soft); font-weight: 500; font-size: 12.5px; line-height: 1.3;
      vertical-align: bottom; border-bottom: 1px solid var(--rule); }
    th:first-child { text-align: left; padding-left: 0; }
    tbody th { position: relative; font-weight: 600; white-space: normal;
      min-width: 9em; overflow-wrap: anywhere; }
    td.text, th.text { text-align: left; white-space: normal; min-width: 8em; }
    td.best { font-weight: 700; color: var(--accent); }
    td.none { color: var(--soft); }
    .grouped tbody tr > * { border-bottom: 0; }
    .grouped tbody tr:not(.control) > * { border-top: 1px solid var(--rule); }
    .grouped .control > * { padding-top: 2px; }
    .many .control th { padding-left: 50px; font-weight: 500; }
    th small { display: block; text-indent: 0; white-space: nowrap; color: var(--soft);
      font-weight: 400; font-size: 11.5px; }
    .many { font-size: 13px; } .many th, .many td { padding-left: 5px; padding-right: 5px; }
    .many thead th:first-child { padding-left: 0; }
    .many tbody th { padding-left: 34px; text-indent: -34px; min-width: 11.5em; }
    .winners tbody th { padding-left: 0; text-indent: 0; min-width: 9em; }
    td small { display: block; color: var(--soft); font-weight: 400; font-size: 11.5px; }
    .winners td { min-width: 11em; }
    .winners td b { font-weight: 600; }
    .facts th { font-weight: 500; color: var(--soft); padding-right: 24px; min-width: 0; }
    .facts td { text-align: left; white-space: normal; }
    .facts { margin-bottom: 20px; font-size: 13.5px; }
    .facts th, .facts td { padding-top: 5px; padding-bottom: 5px; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
      gap: 12px; margin: 0 0 22px; }
    .tiles div { background: var(--panel); border: 1px solid var(--faint); border-radius: 8px;
      padding: 12px 16px; }
    .tiles dt { font-size: 12.5px; color: var(--soft); }
    .tiles dd { margin: 2px 0 0; font-size: 24px; font-weight: 500; white-space: nowrap;
      font-variant-numeric: tabular-nums; }
    """

  private static let charts: HTML = """
    .tabs > input { position: absolute; opacity: 0; pointer-events: none; }
    .against { font-size: 13px; color: var(--soft); margin-right: 8px; }
    .tabs > label { display: inline-block; font-size: 13px; padding: 4px 12px; margin-right: 6px;
      border: 1px solid var(--rule); border-radius: 999px; cursor: pointer; color: var(--soft); }
    .tabs > input:checked + label { background: var(--ink); border-color: var(--ink);
      color: var(--page); }
    .tabs > input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
    .panel { display: none; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
      gap: 26px 32px; margin-top: 20px; }
    .full { grid-column: 1 / -1; }
    .pick-epochs:checked ~ .by-epochs, .pick-gradients:checked ~ .by-gradients,
    .pick-seconds:checked ~ .by-seconds { display: grid; }
    .triple { display: grid; gap: 24px 28px;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 310px), 1fr)); }
    .chart { margin: 0; break-inside: avoid; }
    .chart figcaption { font-size: 14px; font-weight: 600; margin-bottom: 8px; }
    .chart figcaption small { font-weight: 400; color: var(--soft); margin-left: 4px; }
    .chart svg { display: block; width: 100%; height: auto; overflow: visible; }
    .grid { stroke: var(--faint); stroke-width: 1; }
    .axis { stroke: var(--soft); stroke-width: 1; opacity: .6; }
    .tick, .label { font-size: 12.5px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .triple .tick, .triple .label { font-size: 17px; }
    .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round;
      stroke-linecap: round; }
    .triple .line { stroke-width: 2.6; }
    .dashed { stroke-dasharray: 7 5; } .dotted { stroke-dasharray: 0.1 4.5; }
    .dashDotted { stroke-dasharray: 10 4 0.1 4; } .longDashed { stroke-dasharray: 16 6; }
    .thin { stroke-width: 1; opacity: .4; stroke-dasharray: none; }
    .chart g:hover > .line:not(.thin) { stroke-width: 4; }
    .dot, .end { fill: var(--c); } .end { font-size: 12px; }
    .leader { fill: none; stroke: var(--c); stroke-width: .8; opacity: .6; stroke-dasharray: 2 3; }
    .touch { fill: transparent; }
    .chart g:hover > .dot { r: 4.5px; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 0;
      margin: 14px 0 0; font-size: 13px; }
    details .legend, #layers > .legend { margin: 0 0 14px; }
    .legend li { overflow-wrap: anywhere; }
    .key { width: 26px; height: 10px; margin-right: 7px; vertical-align: middle; }
    @media (max-width: 640px) { main { padding: 32px 18px; } .tick, .label { font-size: 17px; }
      .wide .few th, .wide .few td { padding-left: 12px; } .panel { gap: 20px; } }
    @media screen and (prefers-color-scheme: dark) { .line { stroke: var(--d); }
      .leader { stroke: var(--d); } .dot, .end { fill: var(--d); } }
    """

  private static let pictures: HTML = """
    .grid-block { margin-bottom: 30px; overflow-x: auto; }
    .pictures { display: flex; flex-wrap: wrap; gap: 10px; margin-bottom: 12px;
      align-items: flex-start; }
    .in-columns { display: grid;
      grid-template-columns: 96px repeat(var(--columns), minmax(58px, 86px)); }
    .in-columns figure { width: auto; }
    .row-label { position: sticky; left: 0; background: var(--page); font-size: 13px;
      color: var(--soft); align-self: center; }
    .pictures figure { margin: 0; width: 86px; break-inside: avoid; }
    .pictures img { display: block; width: 100%; height: auto; image-rendering: pixelated;
      border-radius: 3px; background: var(--faint); }
    .pictures figcaption { font-size: 12px; line-height: 1.3; color: var(--soft); margin-top: 4px;
      text-align: center; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .right { color: var(--good); } .wrong { color: var(--bad); }
    """

  private static let print: HTML = """
    @media print { :root { --page: #fff; } body { font-size: 11pt; }
      main { max-width: none; padding: 0; } h1 { font-size: 20pt; } section { margin-top: 24pt; }
      .against, .tabs > label { display: none; } .tabs > input:checked + label { display: none; }
      h2, h3, summary { break-after: avoid; } .pictures, tr, .tiles div { break-inside: avoid; }
      .wide, .grid-block { overflow: visible; } .many { font-size: 7.5pt; }
      .many th, .many td { padding: 4px; min-width: 0; } .many thead th { font-size: 7pt; }
      pre { white-space: pre-wrap; }
      .panel { grid-template-columns: 1fr 1fr; } .triple { grid-template-columns: repeat(3, 1fr); }
      .in-columns { grid-template-columns: 88px repeat(var(--columns), minmax(0, 86px)); } }
    """
}
