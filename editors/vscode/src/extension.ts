// Starts the language server of mcc, and gives the editor what a server cannot: tasks and views.

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { ConflictView } from "./view";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const conflicts = new ConflictView(() => client);
  context.subscriptions.push(
    conflicts,
    vscode.commands.registerCommand("mc.conflicts", () => conflicts.show()),
    vscode.commands.registerCommand("mc.effects", () => runOnFile("effects")),
    vscode.commands.registerCommand("mc.test", () => runOnFile("test")),
    vscode.commands.registerCommand("mc.restart", () => restart(conflicts)),
    vscode.tasks.registerTaskProvider("mcc", { provideTasks: tasks, resolveTask: resolved }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("mc.path") || change.affectsConfiguration("mc.inlayHints")) {
        void restart(conflicts);
      }
    }),
  );
  await start(conflicts);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

function setting<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration("mc").get(name, otherwise);
}

async function start(conflicts: ConflictView): Promise<void> {
  const server: ServerOptions = { command: setting("path", "mcc"), args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "mc" }],
    initializationOptions: {
      inlayHints: { types: setting("inlayHints.types", true), cells: setting("inlayHints.cells", true) },
    },
    middleware: {
      // Lenses name commands of the server; what has a better place than a message is shown there.
      executeCommand: async (command, args, next) => {
        const [uri, name] = args as [string?, string?];
        if (command === "mcc.runTest" && uri && name) {
          return vscode.tasks.executeTask(task("test", [vscode.Uri.parse(uri).fsPath, name]));
        }
        if (command === "mcc.showConflicts" && uri) {
          return conflicts.show(vscode.Uri.parse(uri), name);
        }
        return next(command, args);
      },
    },
  };
  client = new LanguageClient("mc", "mc", server, options);
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `The language server cannot be started: ${String(error)}`,
      "Where is mcc?",
    );
    if (choice !== undefined) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "mc.path");
    }
  }
}

async function restart(conflicts: ConflictView): Promise<void> {
  await client?.dispose();
  client = undefined;
  await start(conflicts);
}

/// `mcc COMMAND FILE` for the file that is being edited.
async function runOnFile(command: string): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId === "mc") {
    await document.save();
    await vscode.tasks.executeTask(task(command, [document.uri.fsPath]));
  }
}

function tasks(): vscode.Task[] {
  return ["check", "build", "test", "fmt"].map((command) => task(command, []));
}

function resolved(asked: vscode.Task): vscode.Task | undefined {
  const { command, args } = asked.definition as { command?: string; args?: string[] };
  return command === undefined ? undefined : task(command, args ?? [], asked.definition);
}

function task(
  command: string,
  args: string[],
  definition: vscode.TaskDefinition = { type: "mcc", command, args },
): vscode.Task {
  const format = command === "check" ? ["--format", "short"] : [];
  const run = new vscode.ProcessExecution(setting("path", "mcc"), [command, ...format, ...args]);
  const made = new vscode.Task(definition, vscode.TaskScope.Workspace, `mcc ${command}`, "mcc", run, ["$mcc"]);
  made.group = command === "test" ? vscode.TaskGroup.Test : vscode.TaskGroup.Build;
  made.presentationOptions = { clear: true };
  return made;
}
