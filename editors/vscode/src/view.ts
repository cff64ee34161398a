// The conflict matrix beside the editor: every call against every other, and why two of them meet.

import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type Conflicts, STYLE, escaped, page } from "./matrix";

export class ConflictView implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private shown: { uri: vscode.Uri; marked: string | undefined } | undefined;
  private readonly saved: vscode.Disposable;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.saved = vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.languageId === "mc" && this.panel?.visible) {
        void this.refresh();
      }
    });
  }

  dispose(): void {
    this.saved.dispose();
    this.panel?.dispose();
  }

  /// Opens the matrix of the program that a file belongs to, with one call marked.
  async show(uri = vscode.window.activeTextEditor?.document.uri, marked?: string): Promise<void> {
    if (uri === undefined) {
      return;
    }
    this.shown = { uri, marked };
    this.panel ??= this.open();
    this.panel.reveal(vscode.ViewColumn.Beside, true);
    await this.refresh();
  }

  private open(): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel("mc.conflicts", "Conflicts", vscode.ViewColumn.Beside, {
      enableScripts: true,
      retainContextWhenHidden: true,
    });
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((place: { file: string; line: number; column: number }) => this.goTo(place));
    return panel;
  }

  private async refresh(): Promise<void> {
    if (this.panel !== undefined && this.shown !== undefined) {
      const { uri, marked } = this.shown;
      this.panel.webview.html = whole(await this.content(uri, marked));
    }
  }

  private async content(uri: vscode.Uri, marked: string | undefined): Promise<string> {
    const client = this.client();
    if (client === undefined) {
      return "<p>The language server is not running.</p>";
    }
    try {
      const textDocument = { uri: client.code2ProtocolConverter.asUri(uri) };
      return page(await client.sendRequest<Conflicts>("mc/conflicts", { textDocument }), marked);
    } catch (error) {
      return `<p>${escaped(error instanceof Error ? error.message : String(error))}</p>`;
    }
  }

  private async goTo({ file, line, column }: { file: string; line: number; column: number }): Promise<void> {
    const uri = await this.found(file);
    if (uri !== undefined) {
      const place = new vscode.Position(line - 1, column - 1);
      await vscode.window.showTextDocument(uri, {
        selection: new vscode.Range(place, place),
        viewColumn: vscode.ViewColumn.One,
      });
    }
  }

  /// The file that mcc names: below the folder of what is shown, or one of those around it.
  private async found(file: string): Promise<vscode.Uri | undefined> {
    if (path.isAbsolute(file) || this.shown === undefined) {
      return vscode.Uri.file(file);
    }
    let folder = path.dirname(this.shown.uri.fsPath);
    for (;;) {
      const uri = vscode.Uri.file(path.join(folder, file));
      try {
        await vscode.workspace.fs.stat(uri);
        return uri;
      } catch {
        const above = path.dirname(folder);
        if (above === folder) {
          return undefined;
        }
        folder = above;
      }
    }
  }
}

/// The page around the matrix, in the editor's own colours.
function whole(content: string): string {
  const nonce = Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Conflicts</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>${content}<script nonce="${nonce}">${SCRIPT}</script></body>
</html>`;
}

const SCRIPT = `
const editor = acquireVsCodeApi();
document.addEventListener("click", (event) => {
  const sign = event.target.closest("button[data-pair]");
  if (sign) {
    document.querySelectorAll("button.chosen").forEach((it) => it.classList.remove("chosen"));
    document.querySelectorAll("#because section").forEach((it) => { it.hidden = true; });
    sign.classList.add("chosen");
    const because = document.getElementById("pair-" + sign.dataset.pair);
    because.hidden = false;
    because.scrollIntoView({ block: "nearest" });
  }
  const place = event.target.closest("a[data-file]");
  if (place) {
    event.preventDefault();
    const { file, line, column } = place.dataset;
    editor.postMessage({ file, line: Number(line), column: Number(column) });
  }
});
`;
