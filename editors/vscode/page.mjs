// Sources as a page, painted by the TextMate grammar: `npm run -s page -- FILE.mc… > page.html`
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import textmate from "vscode-textmate";
import oniguruma from "vscode-oniguruma";

// A scope has the colour of the first of these that it begins with; where scopes lie in each other, the innermost counts.
const COLOURS = [
  ["comment.line.documentation", "#57606a;font-style:italic"],
  ["comment", "#6e7781"],
  ["string", "#0a3069"],
  ["constant.character.escape", "#b35900"],
  ["constant", "#b35900"],
  ["keyword.control", "#a0111f"],
  ["keyword.operator", "#cf222e"],
  ["keyword.other.unit", "#b35900"],
  ["keyword", "#8250df"],
  ["support.type", "#0a6c74"],
  ["entity.name.type", "#116329"],
  ["entity.name.function", "#0550ae"],
  ["entity.other.attribute-name", "#bf3989"],
  ["variable.other", "#6f4200"],
  ["punctuation", "#57606a"],
];

const bytes = readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm"));
await oniguruma.loadWASM(bytes);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => JSON.parse(readFileSync(new URL("syntaxes/mc.tmLanguage.json", import.meta.url), "utf8")),
});
const grammar = await registry.loadGrammar("source.mc");

const escaped = (text) => text.replace(/[&<>]/g, (letter) => `&#${letter.codePointAt(0)};`);
const colour = (scopes) => {
  const own = scopes.slice(1).reverse();
  const of = (scope) => COLOURS.find(([head]) => scope.startsWith(head))?.[1];
  return own.map(of).find(Boolean) ?? "#24292f";
};
const painted = (line, { startIndex, endIndex, scopes }) =>
  `<span title="${scopes.slice(1).join(" ")}" style="color:${colour(scopes)}">${escaped(line.slice(startIndex, endIndex))}</span>`;

const pages = process.argv.slice(2).map((file) => {
  let state = textmate.INITIAL;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => {
    const read = grammar.tokenizeLine(line, state);
    state = read.ruleStack;
    return read.tokens.map((token) => painted(line, token)).join("");
  });
  return `<pre>${lines.join("\n")}</pre>`;
});
console.log(`<!doctype html><meta charset="utf-8"><title>mc</title>
<style>body{margin:1.5rem;columns:2;background:#fbfbf8;font:11.5px/1.4 "DejaVu Sans Mono",monospace}
pre{margin:0 0 2rem;white-space:pre-wrap}</style>
${pages.join("\n")}`);
