// A private Redis on a loopback port that keeps nothing on disk.
import { freePort } from "./lab.mjs";
import { Program, runWell } from "./program.mjs";
import { eventually } from "./waiting.mjs";

export class RedisServer {
  static async start(lab, name = "redis") {
    const server = new RedisServer();
    Object.assign(server, { lab, name, port: await freePort(), home: lab.folder(name) });
    lab.keep(server);
    await server.startAgain();
    return server;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  async startAgain() {
    this.program = new Program(this.name, "redis-server", [
      "--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.home,
      "--save", "", "--appendonly", "no", "--daemonize", "no",
    ], { log: this.lab.path(`${this.name}.log`), cwd: this.home });
    await eventually("Redis answers", async () => {
      this.program.mustRun();
      return (await this.command("PING")).trim() === "PONG";
    });
  }

  /// What redis-cli prints for a command.
  command(...words) {
    return runWell("redis-cli", ["-h", "127.0.0.1", "-p", String(this.port), ...words]);
  }

  /// As a crash would; all that it held is gone.
  async stop() {
    await this.program.end("SIGKILL");
  }

  async close() {
    if (this.program?.running) await this.program.end("SIGKILL");
  }
}
