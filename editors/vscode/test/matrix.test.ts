// The page of the matrix, and that it is made of what mcc prints.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conflicts, page, verdict } from "../src/matrix";

const side = (cell: string) => ({ mode: "write", cell, places: [{ file: "src/a.mc", line: 3, column: 5 }] });

const CONFLICTS: Conflicts = {
  app: "Shop <1>",
  entries: ["gold.pay", "Buy"],
  serial_pairs: 1,
  all_pairs: 3,
  pairs: [
    { a: "gold.pay", b: "gold.pay", verdict: "never", because: [] },
    {
      a: "gold.pay",
      b: "Buy",
      verdict: "when-equal",
      because: [{ verdict: "when-equal", condition: "to₁ = to₂", a: side("m[to₁]"), b: null }],
    },
    { a: "Buy", b: "Buy", verdict: "always", because: [] },
  ],
};

test("both halves of the matrix show a pair", () => {
  const html = page(CONFLICTS, "Buy");
  assert.equal(html.split('data-pair="1"').length - 1, 2);
  assert.equal(html.split('data-pair="0"').length - 1, 1);
  assert.match(html, /<tr class="marked"><th scope="row">Buy/);
  assert.match(html, /1 of 3 pairs/);
});

test("names are text and no markup", () => {
  assert.match(page(CONFLICTS), /Conflicts of Shop &lt;1&gt;/);
});

test("a reason leads to its place", () => {
  assert.match(page(CONFLICTS), /data-file="src\/a\.mc" data-line="3" data-column="5"/);
  assert.match(page(CONFLICTS), /<i>if to₁ = to₂<\/i>/);
});

test("every verdict of mcc has a sign", () => {
  for (const word of ["never", "commutes", "when-equal", "by-state", "always"]) {
    assert.notEqual(verdict(word).sign, "?", word);
  }
});
