// The conflict matrix as HTML: data in, text out, so that it can be tested without an editor.

/// What `mcc conflicts --format json` prints, and the request `mc/conflicts` answers.
export interface Conflicts {
  app: string;
  entries: string[];
  serial_pairs: number;
  all_pairs: number;
  pairs: Pair[];
}

export interface Pair {
  a: string;
  b: string;
  verdict: string;
  because: Meeting[];
}

export interface Meeting {
  verdict: string;
  condition: string;
  a: Side | null;
  b: Side | null;
}

export interface Side {
  mode: string;
  cell: string;
  places: Place[];
}

export interface Place {
  file: string;
  line: number;
  column: number;
}

/// How a verdict is shown: its sign, as `mcc conflicts` has it, and what it means.
const VERDICTS: Record<string, { sign: string; means: string }> = {
  never: { sign: "·", means: "never" },
  commutes: { sign: "+", means: "commute" },
  when_equal: { sign: "◇", means: "when keys are equal" },
  by_state: { sign: "◆", means: "as the state says" },
  always: { sign: "■", means: "always" },
};

export function verdict(word: string): { sign: string; means: string; kind: string } {
  const kind = word.replaceAll(/[^a-z]+/g, "_");
  return { ...(VERDICTS[kind] ?? { sign: "?", means: word }), kind };
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/// The inside of the page; a row is marked if `marked` names it.
export function page(conflicts: Conflicts, marked?: string): string {
  const found = new Map<string, number>();
  conflicts.pairs.forEach((pair, number) => {
    found.set(`${pair.a}\n${pair.b}`, number);
    found.set(`${pair.b}\n${pair.a}`, number);
  });
  const cell = (row: string, column: string): string => {
    const number = found.get(`${row}\n${column}`);
    const pair = number === undefined ? undefined : conflicts.pairs[number];
    if (pair === undefined) {
      return "<td></td>";
    }
    const { sign, means, kind } = verdict(pair.verdict);
    const title = escaped(`${row}, ${column}: ${means}`);
    return `<td><button class="${kind}" data-pair="${number}" title="${title}">${sign}</button></td>`;
  };
  const heads = conflicts.entries.map((name) => `<th scope="col"><span>${escaped(name)}</span></th>`).join("");
  const rows = conflicts.entries.map((row) => {
    const mark = row === marked ? ' class="marked"' : "";
    const cells = conflicts.entries.map((column) => cell(row, column)).join("");
    return `<tr${mark}><th scope="row">${escaped(row)}</th>${cells}</tr>`;
  });
  const legend = Object.entries(VERDICTS).map(([kind, { sign, means }]) => `<b class="${kind}">${sign}</b> ${means}`);
  const title = conflicts.app === "" ? "Conflicts" : `Conflicts of ${escaped(conflicts.app)}`;
  return [
    `<h1>${title}</h1>`,
    `<p>${conflicts.serial_pairs} of ${conflicts.all_pairs} pairs of calls always conflict.</p>`,
    `<p class="legend">${legend.join(" &nbsp; ")}</p>`,
    `<table><thead><tr><td></td>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`,
    `<div id="because">${conflicts.pairs.map(because).join("")}</div>`,
  ].join("\n");
}

/// Why a pair meets; hidden until its sign is clicked.
function because(pair: Pair, number: number): string {
  const { means } = verdict(pair.verdict);
  const reasons = pair.because.map((meeting) => {
    const sides = [meeting.a, meeting.b].filter((side) => side !== null).map(side);
    const when = meeting.condition === "" ? "" : ` <i>if ${escaped(meeting.condition)}</i>`;
    return `<li>${sides.join(" and ")}${when}</li>`;
  });
  const heading = `${escaped(pair.a)}, ${escaped(pair.b)}: ${escaped(means)}`;
  return `<section id="pair-${number}" hidden><h2>${heading}</h2><ul>${reasons.join("")}</ul></section>`;
}

function side({ mode, cell, places }: Side): string {
  const place = places[0];
  const text = `${escaped(mode)} <code>${escaped(cell)}</code>`;
  if (place === undefined) {
    return text;
  }
  const at = `data-file="${escaped(place.file)}" data-line="${place.line}" data-column="${place.column}"`;
  return `<a href="#" ${at}>${text}</a>`;
}

/// In the editor's own colours.
export const STYLE = `
body { padding: 0 1rem 2rem; }
h1 { font-size: 1.3em; font-weight: 600; }
h2 { font-size: 1.1em; font-weight: 600; }
table { border-collapse: collapse; }
thead th { height: 9em; vertical-align: bottom; padding: 0; }
thead span { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: normal; }
tbody th { text-align: right; font-weight: normal; padding-right: .6em; white-space: nowrap; }
tr.marked th { font-weight: bold; }
tr.marked, tbody tr:hover { background: var(--vscode-list-hoverBackground); }
td { padding: 0; }
button { width: 2em; height: 2em; border: 1px solid var(--vscode-panel-border, #8884); background: none;
  color: inherit; font: inherit; cursor: pointer; }
button:hover, button.chosen { outline: 2px solid var(--vscode-focusBorder); outline-offset: -2px; }
.never { opacity: .45; } .commutes { color: var(--vscode-charts-green); }
.when_equal { color: var(--vscode-charts-yellow); } .by_state { color: var(--vscode-charts-orange); }
.always { color: var(--vscode-charts-red); }
.legend { opacity: .9; }
`;
