/** The manifest against the code: what one names, the other has. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { bundleText, collectTexts } from "../scripts/l10n.mjs";
import { DEFAULT_STRINGS } from "../src/webview/strings.js";

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly enablement?: string;
}

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly default?: unknown;
  readonly scope?: string;
  readonly markdownDescription?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
  readonly order?: number;
}

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");
const manifest = JSON.parse(read("package.json"));
const nls: Record<string, string> = JSON.parse(read("package.nls.json"));
const { contributes } = manifest;
const commands: readonly Command[] = contributes.commands;
const menus: Readonly<Record<string, readonly MenuEntry[]>> = contributes.menus;
const settings: Readonly<Record<string, Setting>> = Object.assign(
  {},
  ...contributes.configuration.map((group: { properties: object }) => group.properties),
);
const sources = fs
  .readdirSync(path.join(root, "src/extension"), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => read(path.join("src/extension", file)));
const allSource = sources.join("\n");

/** Names listed in an interface of a source file: `"name": ...` or `name: ...`. */
function membersOf(file: string, name: string): string[] {
  const body = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(read(file))?.[1] ?? "";
  return [...body.matchAll(/^ {2}"?([\w.]+)"?:/gm)].map((match) => match[1]!);
}

const text = (value: string) => value.replace(/^%(.+)%$/, (_, key: string) => nls[key] ?? `missing ${key}`);
const palette = new Map((menus["commandPalette"] ?? []).map((entry) => [entry.command, entry.when]));

describe("commands", () => {
  const declared = commands.map(({ command }) => command).sort();

  it("are those of the command map, and every one is registered", () => {
    expect(declared).toEqual(membersOf("src/extension/commands/command-map.ts", "CommandMap").sort());
    for (const command of declared) {
      const handlers = [...allSource.matchAll(new RegExp(`"${command.replaceAll(".", "\\.")}": (async )?\\(`, "g"))];
      // Once as a type in the map, once as a handler.
      expect(handlers.length, command).toBe(2);
    }
  });

  it("run from the code exist", () => {
    const used = [...allSource.matchAll(/"(motionLens\.[a-zA-Z]+)" satisfies CommandId/g)].map((match) => match[1]!);
    const named = [...allSource.matchAll(/command: "(motionLens\.[a-zA-Z]+)"/g)].map((match) => match[1]!);
    expect(used.length + named.length).toBeGreaterThan(5);
    for (const command of [...used, ...named]) expect(declared).toContain(command);
  });

  it("have the category, a title that starts with a verb in capitals, and no emoji", () => {
    for (const { command, title, category } of commands) {
      expect(text(category ?? ""), command).toBe("Motion Lens");
      expect(text(title), command).toMatch(
        /^(Search|Find|Open|Show|Toggle|Insert|Play|Next|Previous|Index|Cancel|Rebuild|Refresh|Restart|Choose|Copy)\b/,
      );
      expect(text(title), command).not.toMatch(/\p{Extended_Pictographic}/u);
    }
  });

  it("that need a menu's or a link's argument are hidden from the palette", () => {
    const hidden = ["copyMotionPath", "openCaptions", "playFrames", "previewMotion", "showStatusMenu"];
    const found = [...palette].filter(([, when]) => when === "false").map(([command]) => command);
    expect(found.sort()).toEqual(hidden.map((name) => `motionLens.${name}`).sort());
  });

  it("that act on a shown motion or a caption file appear only where there is one", () => {
    for (const name of [
      "playPause",
      "nextMoment",
      "previousMoment",
      "showBeside",
      "insertCaption",
      "findSimilarToLoop",
    ]) {
      expect(palette.get(`motionLens.${name}`), name).toMatch(/motionLens\.(motionShown|captionFileActive)/);
    }
  });

  it("that a user starts with are always in the palette", () => {
    for (const name of [
      "search",
      "findDescriptions",
      "findSimilar",
      "indexFolder",
      "rebuildIndex",
      "showLog",
      "openSample",
    ]) {
      expect(palette.has(`motionLens.${name}`), name).toBe(false);
    }
  });
});

describe("menus", () => {
  it("name commands that exist", () => {
    const known = new Set(commands.map(({ command }) => command));
    for (const [menu, entries] of Object.entries(menus)) {
      for (const { command } of entries) expect(known, menu).toContain(command);
    }
  });

  it("offer motion commands on motion files only", () => {
    const entries = (menus["explorer/context"] ?? []).filter(({ command }) => command !== "motionLens.indexFolder");
    expect(entries.map(({ command }) => command).sort()).toEqual([
      "motionLens.findDescriptions",
      "motionLens.findSimilar",
      "motionLens.openAsMotion",
    ]);
    for (const { when } of entries) {
      const pattern = /resourceExtname =~ \/(.+)\/i/.exec(when ?? "")?.[1] ?? "";
      for (const ending of [".npy", ".npz", ".bvh", ".BVH"]) expect(new RegExp(pattern, "i").test(ending)).toBe(true);
      for (const ending of [".txt", ".npyx", "npy", ".json"]) expect(new RegExp(pattern, "i").test(ending)).toBe(false);
    }
  });

  it("put at most one icon into the title of an editor", () => {
    const icons = (menus["editor/title"] ?? []).filter(({ group }) => group?.startsWith("navigation"));
    const conditions = icons.map(({ when }) => when);
    // One for caption files, one for motion editors: never both at once.
    expect(icons).toHaveLength(2);
    expect(conditions[0]).toContain("motionLens.captionFileActive");
    expect(conditions[1]).toContain("activeCustomEditorId == motionLens.motion");
  });

  it("use context keys that the code sets", () => {
    const conditions = JSON.stringify(contributes);
    const used = new Set(
      [...conditions.matchAll(/motionLens\.(captionFileActive|motionShown|indexing|noMotions)/g)].map(
        (match) => match[0],
      ),
    );
    expect(used.size).toBe(4);
    for (const key of used) expect(allSource).toContain(`"setContext", "${key}"`);
    for (const [, key] of allSource.matchAll(/"setContext", "([^"]+)"/g)) expect(used).toContain(key);
  });

  it("bind keys with a condition, and not over the editor's own", () => {
    for (const { key, when } of contributes.keybindings as { key: string; when?: string }[]) {
      expect(when).toContain("editorTextFocus");
      expect(key).toMatch(/^alt\+/);
      expect(["alt+left", "alt+right", "alt+up", "alt+down", "alt+z", "alt+enter"]).not.toContain(key);
    }
  });
});

describe("settings", () => {
  it("are those that the code reads, with the same types", () => {
    const inCode = membersOf("src/extension/settings.ts", "SettingTypes").map((name) => `motionLens.${name}`);
    expect(Object.keys(settings).sort()).toEqual(inCode.sort());
    for (const name of inCode) {
      const short = name.slice("motionLens.".length);
      const quoted = read("src/extension/settings.ts").match(
        new RegExp(`^  "?${short.replaceAll(".", "\\.")}"?: (.+);$`, "m"),
      )?.[1];
      const type = settings[name]?.type;
      expect({
        name,
        type: type === "array" ? "string[]" : settings[name]?.enum ? 'EngineSettings["executionProvider"]' : type,
      }).toEqual({ name, type: quoted });
    }
  });

  it("each have a default, a scope, an order and a description", () => {
    for (const [name, setting] of Object.entries(settings)) {
      expect(setting.default, name).toBeDefined();
      expect(["window", "resource", "machine", "machine-overridable"], name).toContain(setting.scope);
      expect(setting.order, name).toBeGreaterThan(0);
      expect(text(setting.markdownDescription ?? ""), name).toMatch(/\.$/);
      expect(setting.markdownEnumDescriptions?.length, name).toBe(setting.enum?.length);
    }
  });

  it("are in groups with titles", () => {
    for (const group of contributes.configuration) expect(text(group.title).length).toBeGreaterThan(3);
  });

  it("that name code or data to load are not taken from untrusted workspaces", () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    for (const name of ["motionLens.model.folder", "motionLens.index.folder"]) {
      expect(restrictedConfigurations).toContain(name);
      expect(settings[name]?.scope).toBe("machine-overridable");
    }
    for (const name of restrictedConfigurations) expect(Object.keys(settings)).toContain(name);
  });
});

describe("contributions", () => {
  it("have the views, editor and panel that the code registers", () => {
    const views = Object.values(contributes.views as Record<string, { id: string }[]>)
      .flat()
      .map(({ id }) => id);
    expect(views.sort()).toEqual([...allSource.matchAll(/createTreeView\("([^"]+)"/g)].map((match) => match[1]).sort());
    const [editor] = contributes.customEditors;
    expect(allSource).toContain(`MOTION_VIEW_TYPE = "${editor.viewType}"`);
    expect(editor.priority).toBe("option");
    expect(manifest.activationEvents).toEqual(["onWebviewPanel:motionLens.player"]);
    expect(allSource).toContain('PLAYER_VIEW_TYPE = "motionLens.player"');
    for (const { view } of contributes.viewsWelcome) expect(views).toContain(view);
  });

  it("use colours that are declared", () => {
    const declared = contributes.colors.map(({ id }: { id: string }) => id).sort();
    const used = new Set([...allSource.matchAll(/ThemeColor\("(motionLens[^"]+)"\)/g)].map((match) => match[1]!));
    for (const [, id] of allSource.matchAll(/tint\("(\w+)"\)/g)) used.add(`motionLens.word.${id}`);
    expect([...used].sort()).toEqual(declared);
  });

  it("point to files that are there", () => {
    const files = [...JSON.stringify(contributes).matchAll(/"(?:\.\/)?((?:media|language)\/[^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(files.length).toBeGreaterThan(7);
    for (const file of [...files, manifest.icon]) expect(fs.existsSync(path.join(root, file)), file).toBe(true);
  });

  it("claim caption files narrowly", () => {
    expect(contributes.languages[0].filenamePatterns).toEqual(["**/texts/*.txt"]);
    expect(contributes.languages[0].extensions).toBeUndefined();
  });

  it("link only to commands that exist", () => {
    const known = new Set(commands.map(({ command }) => command));
    const links = Object.values(nls).flatMap((value) =>
      [...value.matchAll(/command:([\w.]+)/g)].map((match) => match[1]!),
    );
    expect(links.length).toBeGreaterThan(5);
    for (const link of links.filter((name) => name.startsWith("motionLens."))) expect(known).toContain(link);
  });
});

describe("texts", () => {
  it("of the manifest are in package.nls.json, all of them used", () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]!);
    expect([...new Set(used)].sort()).toEqual(Object.keys(nls).sort());
  });

  it("shown to users are not written into the manifest itself", () => {
    const written = commands.filter(({ title }) => !/^%.+%$/.test(title));
    expect(written).toEqual([]);
  });

  it("of the code and the panel are in the bundle for translators", () => {
    expect(read("l10n/bundle.l10n.json"), "npm run l10n").toBe(bundleText());
    const panel = Object.entries(collectTexts()).filter(([key]) => key.startsWith("panel."));
    expect(Object.fromEntries(panel.map(([key, value]) => [key.slice("panel.".length), value]))).toEqual(
      DEFAULT_STRINGS,
    );
  });

  it("name body parts as the panel does", () => {
    const names = [...read("src/extension/parts.ts").matchAll(/case "(\w+)":\s+return vscode\.l10n\.t\("([^"]+)"\)/g)];
    expect(names).toHaveLength(14);
    const inPanel: Readonly<Record<string, string>> = DEFAULT_STRINGS;
    for (const [, part, label] of names) expect(inPanel[`part.${part}`]).toBe(label);
  });
});
