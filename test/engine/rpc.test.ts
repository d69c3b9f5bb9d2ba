import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineError, isEngineError } from "../../src/protocol/errors.js";
import { EngineClient, serveEngine, type EngineHandlers, type RpcChannel } from "../../src/protocol/rpc.js";

/** A pair of worker message ports clones values just as the IPC channel of a child does. */
function channelOfPort(port: MessagePort): RpcChannel {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on("message", listener);
      return () => port.off("message", listener);
    },
    onClose: (listener) => {
      const onClose = () => listener();
      port.on("close", onClose);
      return () => port.off("close", onClose);
    },
  };
}

const unknown = () => Promise.reject(new Error("not part of this test"));
const idle: EngineHandlers = {
  initialize: unknown,
  openDataset: unknown,
  listMotions: unknown,
  captionsOf: unknown,
  motionOfCaptionFile: unknown,
  index: unknown,
  indexStatus: unknown,
  search: unknown,
  describe: unknown,
  similar: unknown,
  align: unknown,
  loadMotion: unknown,
  inspect: unknown,
};

let close: (() => void) | undefined;
afterEach(() => close?.());

function connect(handlers: Partial<EngineHandlers>, events: ConstructorParameters<typeof EngineClient>[1] = {}) {
  const { port1, port2 } = new MessageChannel();
  close = () => port1.close();
  const client = new EngineClient(channelOfPort(port1), events);
  const server = serveEngine(channelOfPort(port2), { ...idle, ...handlers });
  return { client, server };
}

const request = { folder: "/data" };

describe("engine calls over a channel", () => {
  it("carries answers with typed arrays", async () => {
    const joints = new Float32Array([1.5, -2, 3]);
    const { client } = connect({
      loadMotion: async ({ path }) => ({
        motion: { joints, frames: 1, fps: 20, skeleton: "humanml3d22" },
        info: { format: "npy", layout: path, shape: [1], dtype: "<f4", warnings: [] },
      }),
    });
    const answer = await client.call("loadMotion", { path: "a.npy" });
    expect(answer.motion.joints).toEqual(joints);
    expect(answer.info.layout).toBe("a.npy");
  });

  it("keeps name and message of named errors, and the stack of others", async () => {
    const { client } = connect({
      listMotions: () => Promise.reject(new EngineError("DatasetError", "no motions in /data")),
      captionsOf: () => Promise.reject(new TypeError("a bug")),
    });
    const named = await client.call("listMotions", request).catch((error: unknown) => error);
    expect(isEngineError(named, "DatasetError")).toBe(true);
    expect((named as Error).message).toBe("no motions in /data");
    const other = await client.call("captionsOf", { folder: "", motion: "" }).catch((error: unknown) => error);
    expect(isEngineError(other)).toBe(false);
    expect((other as Error).message).toBe("a bug");
    expect((other as Error).stack).toContain("rpc.test");
  });

  it("turns an abort into CancelledError here and an aborted signal there", async () => {
    let seenAbort = false;
    const { client } = connect({
      index: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            seenAbort = signal.aborted;
            reject(signal.reason as Error);
          });
        }),
    });
    const controller = new AbortController();
    const call = client.call("index", request, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expect(call).rejects.toMatchObject({ name: "CancelledError" });
    await vi.waitFor(() => expect(seenAbort).toBe(true));
    await expect(client.call("index", request, { signal: controller.signal })).rejects.toMatchObject({
      name: "CancelledError",
    });
  });

  it("delivers events before the answer that follows them", async () => {
    const progress: number[] = [];
    const { client, server } = connect(
      {
        index: async ({ folder }) => {
          for (const done of [1, 2, 3]) server.emit("indexProgress", { folder, phase: "motions", done, total: 3 });
          return { motions: 3, captions: 0, encoded: 3, failed: [], seconds: 0 };
        },
      },
      { indexProgress: ({ done }) => progress.push(done) },
    );
    await client.call("index", request);
    expect(progress).toEqual([1, 2, 3]);
  });

  it("rejects pending and later calls with EngineStoppedError when the channel closes", async () => {
    const { client } = connect({ index: () => new Promise(() => undefined) });
    const pending = client.call("index", request);
    setTimeout(() => close?.(), 10);
    await expect(pending).rejects.toMatchObject({ name: "EngineStoppedError" });
    expect(client.stopped).toBe(true);
    await expect(client.call("listMotions", request)).rejects.toMatchObject({ name: "EngineStoppedError" });
  });
});
