import tseslint from "typescript-eslint";

/** Folders that a folder may import, besides itself (docs/architecture.md). */
const layers = {
  core: [],
  protocol: ["core"],
  formats: ["core", "protocol"],
  engine: ["core", "protocol", "formats"],
  cli: ["core", "protocol", "formats", "engine"],
  webview: ["core", "protocol"],
  extension: ["core", "protocol"],
};

const layerRules = Object.entries(layers).map(([folder, allowed]) => {
  const forbidden = Object.keys(layers).filter((other) => other !== folder && !allowed.includes(other));
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbidden.join("|")})/`,
      message: `src/${folder} may import ${allowed.join(", ") || "nothing outside itself"} only.`,
    },
  ];
  if (folder !== "extension") patterns.push({ regex: "^vscode$", message: "Only src/extension uses the VS Code API." });
  if (["core", "protocol", "webview"].includes(folder)) {
    patterns.push({ regex: "^node:", message: `src/${folder} also runs in the browser.` });
  }
  if (folder === "extension" || folder === "core") {
    patterns.push({ regex: "^onnxruntime", message: "ONNX Runtime is loaded by the engine process only." });
  }
  return { files: [`src/${folder}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
});

export default tseslint.config(
  {
    ignores: [
      "dist/**",
      "out/**",
      "test-results/**",
      "node_modules/**",
      ".vscode-host/**",
      "src/engine/index/kernel/**",
      "**/.venv/**",
      "media/**",
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ["src/**/*.ts", "test/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      eqeqeq: "error",
    },
  },
  ...layerRules,
);
