// Bundles the extension into out/extension.js, and brings the derived grammar and the licence in.
import { build } from "esbuild";
import { copyFileSync, mkdirSync } from "node:fs";

mkdirSync("syntaxes", { recursive: true });
copyFileSync("../textmate/mc.tmLanguage.json", "syntaxes/mc.tmLanguage.json");
copyFileSync("../../LICENSE", "LICENSE");

await build({
  entryPoints: ["src/extension.ts"],
  bundle: true,
  outfile: "out/extension.js",
  external: ["vscode"],
  platform: "node",
  target: "node18",
  format: "cjs",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
