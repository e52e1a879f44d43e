// What the pages of reports look like, light or dark as the reader's system is.
#pragma once

namespace penstock::bench {

inline constexpr const char* kPageStyle = R"(
:root { color-scheme: light dark; --ground: #ffffff; --page: #f4f5f7; --ink: #1d2126;
  --soft: #606873; --grid: #d9dde3; --good: #1e7d3c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #1b1f24; --page: #121519; --ink: #e4e7eb;
  --soft: #98a1ad; --grid: #363d46; --good: #63c787; --bad: #f2827a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 1320px; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .3rem; font-size: 1.7rem; }
h2 { margin: 2.4rem 0 .8rem; font-size: 1.2rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr));
  gap: 1rem; align-items: start; margin-bottom: 1rem; }
.box { background: var(--ground); border: 1px solid var(--grid); border-radius: 8px;
  padding: .6rem; overflow-x: auto; margin-bottom: 1rem; }
.charts .box { margin: 0; }
.box svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .6rem; text-align: left; border-bottom: 1px solid var(--grid);
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; line-height: 1.25; vertical-align: bottom; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
.met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; }
)";

}  // namespace penstock::bench
