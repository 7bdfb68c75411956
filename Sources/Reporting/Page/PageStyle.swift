/// The look of every page. The colours are those of Okabe and Ito, lighter where the page is dark; curves differ in
/// their dashes too, and areas that mean "wrong" are hatched, so that colour is never the only sign.
enum PageStyle {
    static let css = """
        :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--quiet:#59626d;--rule:#dfe3e8;
        --c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#cc79a7;--c5:#56b4e9}
        @media (prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1d2126;--ink:#e6e9ed;--quiet:#9aa5b1;
        --rule:#343b44;--c0:#4aa8e0;--c1:#f0b840;--c2:#2fc79b;--c3:#f58442;--c4:#e09ac2;--c5:#8fd0f5}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",
        "DejaVu Sans",sans-serif}
        main{max-width:1320px;margin:0 auto;padding:20px 14px 48px}
        h1{font-size:22px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
        h2{font-size:17px;margin:32px 0 10px}
        p{margin:4px 0}.lead,.note{color:var(--quiet);overflow-wrap:anywhere}.note{font-size:13px}
        .tiles{display:flex;flex-wrap:wrap;gap:10px;margin:16px 0 0;padding:0;list-style:none}
        .tiles li{flex:1 1 140px;min-width:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:9px 12px}
        .tiles b{display:block;font-size:19px;font-weight:600;overflow-wrap:anywhere}
        .tiles span{color:var(--quiet);font-size:12.5px;display:block}
        .grid{display:flex;flex-wrap:wrap;gap:12px}.grid>*{flex:1 1 min(100%,330px)}
        figure,.card{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;
        padding:12px 12px 10px;min-width:0}
        figcaption,h3{font-size:inherit;font-weight:600;margin-top:0;margin-bottom:4px;overflow-wrap:anywhere}
        figure>svg{display:block;width:100%;max-width:520px;height:auto;margin:0 auto}
        .legend{display:flex;flex-wrap:wrap;gap:2px 14px;list-style:none;margin:0 0 6px;padding:0;font-size:13px;
        color:var(--quiet)}
        .legend li{overflow-wrap:anywhere;min-width:0}
        .key{width:24px;height:10px;margin-right:5px;vertical-align:0}
        svg text{font:11px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}
        svg text.quiet{fill:var(--quiet)}svg text.small{font-size:9.5px;fill:var(--quiet)}
        svg text.on{fill:#fff}
        @media (prefers-color-scheme:dark){svg text.on{fill:#101317}}
        line.rule{stroke:var(--rule);stroke-width:1}line.axis{stroke:var(--quiet);stroke-width:1}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .line.dots{fill:var(--card)}
        .s0{stroke:var(--c0)}.s1{stroke:var(--c1);stroke-dasharray:7 4}.s2{stroke:var(--c2);stroke-dasharray:2 4}
        .s3{stroke:var(--c3);stroke-dasharray:9 3 2 3}.s4{stroke:var(--c4);stroke-dasharray:4 3}
        .s5{stroke:var(--c5);stroke-dasharray:12 4}
        circle.line{stroke-dasharray:none;stroke-width:1.8}
        .faint{stroke-width:1;stroke-opacity:.35;stroke-dasharray:none}
        .ideal{stroke:var(--quiet);stroke-width:1.2;stroke-dasharray:4 4}
        .best{fill:none;stroke:var(--ink);stroke-width:1.6}
        .c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}
        .hatched{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 2}
        .whisker{stroke:var(--ink);stroke-width:1.1}.limit{stroke:var(--c3);stroke-width:1.5;stroke-dasharray:5 3}
        details{margin-top:6px;font-size:13px}summary{cursor:pointer;color:var(--quiet)}
        .scroll{overflow-x:auto;max-width:100%;max-height:420px;overflow-y:auto}
        table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
        th,td{padding:3px 10px 3px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);
        font-weight:400}
        thead th{color:var(--quiet);font-weight:600}
        td.n,thead th.n{text-align:right;white-space:nowrap}.marked{background:var(--bg)}.marked>*{font-weight:600}
        .facts{width:100%;table-layout:fixed}.facts th{width:42%;color:var(--quiet)}
        .facts td{overflow-wrap:anywhere}.facts th{overflow-wrap:break-word}
        .tall{max-height:none}.mistakes td:last-child{width:60%;min-width:220px}
        .mistakes pre{margin:0;font:13px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap;
        overflow-wrap:anywhere;max-height:9.8em;overflow-y:auto}
        footer{margin-top:36px;color:var(--quiet);font-size:13px}
        @media print{@page{margin:14mm}:root{--bg:#fff;--card:#fff;--ink:#000;--quiet:#444;--rule:#ccc;--c0:#0072b2;
        --c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#cc79a7;--c5:#56b4e9}svg text.on{fill:#fff}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
        main{max-width:none;padding:0}table{font-size:11px}td.n,thead th.n{white-space:normal}.grid>*{flex-basis:45%}
        figure,.card,tr{break-inside:avoid}
        h2{break-after:avoid}figure details{display:none}.mistakes pre,.scroll{max-height:none;overflow:visible}}
        """
}
